/* The hands of the digital report: which issue, which figure, the list behind it, signing.

   What is looked at stands in the address, so that it can be handed on; keys are bound by
   `KeyboardEvent.code`, and none works while a field is being typed into. */
"use strict";

const briefing = (() => {
  const line = hands.line("briefing-line");
  const SURE_MS = 5000;
  const view = {issue: "", figure: "", with: "", compare: false, list: false};
  let marks = {};
  let begun = false;
  let sent = 0;
  let toldOf = "";

  const page = () => document.querySelector(".briefing");

  function look() {
    const address = new URLSearchParams(location.search);
    for (const name of ["issue", "figure", "with"]) {
      if (view[name]) address.set(name, view[name]); else address.delete(name);
    }
    if (view.list) address.set("list", "1"); else address.delete("list");
    const query = address.toString();
    history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
    sent = Date.now();
    hands.send("briefing-look", view);
  }

  function begin() {
    const address = new URLSearchParams(location.search);
    for (const name of ["issue", "figure", "with"]) view[name] = address.get(name) || "";
    view.list = address.get("list") === "1";
    view.compare = view.with !== "";
    begun = true;
    look();
  }

  function mark(issue) {
    for (const line of document.querySelectorAll("[data-issue]:is(li)")) {
      const isHere = line.dataset.issue === issue;
      line.classList.toggle("is-here", isHere);
      line.querySelector("a").setAttribute("aria-current", String(isHere));
    }
    for (const figure of document.querySelectorAll(".told")) {
      figure.classList.toggle("is-here", figure.dataset.figure === view.figure);
    }
  }

  function choose(name) {
    view.figure = name === view.figure ? "" : name;
    if (!view.figure) view.list = false;
    look();
  }

  function next() {
    const names = [...new Set([...document.querySelectorAll(".printed .told")].map((one) => one.dataset.figure))];
    if (!names.length) return;
    view.figure = names[(names.indexOf(view.figure) + 1) % names.length];
    look();
  }

  function turn(name) {
    if (name === "source") { next(); return; }
    if (name === "compare") {
      view.compare = !view.compare;
      if (!view.compare) view.with = "";
    }
    if (name === "list") view.list = !view.list && view.figure !== "";
    look();
  }

  // A signature is asked for twice: the first press arms the button for some seconds.
  function deed(button) {
    const label = button.querySelector("span");
    if (!button.dataset.armed) {
      button.dataset.armed = "1";
      const plain = label.textContent;
      label.textContent = centre.say("briefing_page.again", {}) + plain;
      setTimeout(() => { delete button.dataset.armed; label.textContent = plain; }, SURE_MS);
      return;
    }
    line.expect();
    hands.send("briefing-deed", {do: button.dataset.deed, issue: button.dataset.issue});
  }

  function press(event) {
    if (!page() || !hands.isPlain(event)) return;
    if (hands.isTyping(event)) return;
    const told = event.target.closest && event.target.closest(".told");
    if (told && (event.code === "Enter" || event.code === "Space")) {
      event.preventDefault();
      choose(told.dataset.figure);
      return;
    }
    const found = page().querySelector(`[data-hotkey="${event.code}"]`);
    if (!found) return;
    event.preventDefault();
    if (found.dataset.look) turn(found.dataset.look); else deed(found);
  }

  function shown(found) {
    if (!found || !page()) return;
    const held = document.activeElement && document.activeElement.closest(".told");
    const kept = held ? held.dataset.figure : "";
    centre.put(found.parts);
    page().classList.toggle("is-list", Boolean(found.list));
    // What is drawn anew keeps the focus where it was.
    const again = kept && document.querySelector(`.told[data-figure="${CSS.escape(kept)}"]`);
    if (again) again.focus();
    mark(found.issue);
    if (view.figure !== toldOf) {
      toldOf = view.figure;
      if (toldOf) document.getElementById("briefing-source").scrollIntoView({block: "nearest"});
    }
  }

  function told(answer) {
    if (!answer || !page()) return;
    line.hear(answer.text);
    if (answer.done) { view.issue = answer.issue; look(); }
  }

  function follow(live) {
    if (!page()) { begun = false; return; }
    if (!begun) { begin(); marks = live.revisions || {}; return; }
    const now = live.revisions || {};
    const name = view.issue || now.newest;
    const isChanged = now.newest !== marks.newest || now[name] !== marks[name];
    marks = now;
    const isEmpty = !document.querySelector("#briefing-sheet > *") && Date.now() - sent > hands.ANSWER_MS;
    if (isChanged || isEmpty) look(); else mark(name || "draft");
  }

  addEventListener("keydown", press);
  addEventListener("click", (event) => {
    if (!page()) return;
    const line = event.target.closest("[data-issue] > a");
    if (line) {
      event.preventDefault();
      view.issue = line.parentNode.dataset.issue;
      look();
      return;
    }
    const figure = event.target.closest(".told");
    if (figure) { choose(figure.dataset.figure); return; }
    const button = event.target.closest("[data-look], .deed");
    if (button) { if (button.dataset.look) turn(button.dataset.look); else deed(button); }
  });
  addEventListener("change", (event) => {
    if (!page() || event.target.id !== "briefing-with") return;
    view.with = event.target.value;
    look();
  });
  centre.after.push(follow);
  return {shown, told};
})();

Object.assign(window.dash_clientside.centre, {shownBriefing: briefing.shown, toldBriefing: briefing.told});

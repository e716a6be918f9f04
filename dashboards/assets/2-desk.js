/* The hands of a desk: physical keys, one chosen case, small choices before a step is sent.

   Keys are bound by `KeyboardEvent.code`, since Vietnamese typing changes letters and digits. No
   key works while a field is being typed into. */
"use strict";

const desk = (() => {
  const line = hands.line("answer-line");
  let chosen = null;
  let opened = null;
  let askedFor = null;

  const rows = () => [...document.querySelectorAll("[data-alert]")];

  function mark() {
    for (const row of rows()) row.setAttribute("aria-selected", String(row.dataset.alert === chosen));
  }

  function choose(id) {
    if (!id || id === chosen) return;
    chosen = id;
    ask(false);
    mark();
  }

  function ask(isAgain) {
    hands.send("choice", {alert: chosen, again: isAgain});
  }

  function step(by) {
    const next = hands.beside(rows(), (row) => row.dataset.alert === chosen, by);
    if (!next) return;
    choose(next.dataset.alert);
    next.scrollIntoView({block: "nearest"});
  }

  function shut() {
    document.querySelectorAll(".chooser").forEach((box) => { box.hidden = true; });
    document.querySelectorAll(".action[aria-expanded]").forEach((b) => b.setAttribute("aria-expanded", "false"));
  }

  const open = () => document.querySelector(".chooser:not([hidden])");

  function act(button) {
    if (button.disabled) return;
    const box = button.dataset.opens && document.getElementById(button.dataset.opens);
    if (box) {
      const wasOpen = !box.hidden;
      shut();
      box.hidden = wasOpen;
      button.setAttribute("aria-expanded", String(!wasOpen));
      const field = box.querySelector("input");
      if (!wasOpen && field) field.focus();
      return;
    }
    const field = button.closest(".chooser") && button.closest(".chooser").querySelector("input");
    const deed = {alert: chosen, step: button.dataset.step};
    for (const name of ["unit", "outcome", "minutes", "stream", "verdict"]) {
      if (button.dataset[name]) deed[name] = button.dataset[name];
    }
    if (field && field.name && !deed[field.name]) deed[field.name] = field.value.trim();
    shut();
    hands.leave();
    line.expect();
    hands.send("deed", deed);
  }

  function press(event) {
    if (!hands.isPlain(event)) return;
    const isTyping = hands.isTyping(event);
    if (event.code === "Escape") { shut(); event.target.blur(); return; }
    if (isTyping) {
      const box = event.code === "Enter" && event.target.closest(".chooser");
      const enter = box && box.querySelector("button[data-enter]");
      if (enter) { event.preventDefault(); enter.click(); }
      return;
    }
    if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      if (!rows().length) return;
      event.preventDefault();
      step(event.code === "ArrowDown" ? 1 : -1);
      return;
    }
    if (event.code === "KeyZ") { document.body.classList.toggle("is-zoomed"); return; }
    if (event.code === "KeyP" && document.querySelector(".print")) { print(); return; }
    const scope = open() || document;
    const button = scope.querySelector(`button[data-key="${event.code}"]`);
    if (button) { event.preventDefault(); act(button); }
  }

  function follow(live) {
    if (!document.querySelector(".desk")) return;
    const all = rows();
    if (!chosen && all.length) choose(all[0].dataset.alert);
    mark();
    const revision = live.revisions && live.revisions[chosen];
    const isNews = revision && opened && opened.alert === chosen && revision !== opened.revision;
    if (isNews && askedFor !== revision) {
      askedFor = revision;
      ask(true);
    }
  }

  function show(found) {
    if (!found || found.alert !== chosen) return;
    opened = found;
    shut();
    centre.put(found.parts);
    centre.tick();
  }

  function hear(answer) {
    if (!answer) return;
    line.hear(answer.text);
    if (answer.next && answer.alert === chosen) { chosen = null; step(1); } else if (chosen) ask(true);
  }

  addEventListener("keydown", press);
  addEventListener("click", (event) => {
    const row = event.target.closest("[data-alert]");
    if (row) { choose(row.dataset.alert); return; }
    if (event.target.closest(".zoomable")) { document.body.classList.toggle("is-zoomed"); return; }
    if (event.target.closest(".print")) { print(); return; }
    const button = event.target.closest("button[data-step], button[data-opens]");
    if (button) act(button);
  });
  centre.after.push(follow);
  return {show, hear};
})();

Object.assign(window.dash_clientside.centre, {show: desk.show, hear: desk.hear});

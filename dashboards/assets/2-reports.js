/* The hands of the desk of reports: one opened report, filters that are named, small boxes in which
   is said what a step needs.

   Keys are bound by `KeyboardEvent.code`; none works while a field is being typed into. */
"use strict";

const reports = (() => {
  const line = hands.line("reports-line");
  const LONGEST_PX = 1600;
  const STATES = ["overdue", "open", "done"];
  const view = {agency: "", group: "", unit: "", state: "overdue"};
  // A search leads to one report, whatever the list shows.
  let chosen = new URLSearchParams(location.search).get("report");
  let revision = null;
  let asking = 0;

  const page = () => document.querySelector(".reports-desk");
  const rows = () => [...document.querySelectorAll("[data-report]")];
  const open = () => document.querySelector(".reports-desk .chooser:not([hidden])");

  function mark() {
    for (const row of rows()) row.setAttribute("aria-selected", String(row.dataset.report === chosen));
  }

  function look(only, again) {
    asking = Date.now();
    hands.send("report-look", {...view, ref: chosen, only, again});
  }

  function choose(ref) {
    if (!ref || ref === chosen) return;
    chosen = ref;
    shut();
    line.tell("");
    mark();
    look(true, false);
  }

  function step(by) {
    const next = hands.beside(rows(), (row) => row.dataset.report === chosen, by);
    if (!next) return;
    choose(next.dataset.report);
    next.scrollIntoView({block: "nearest"});
  }

  function shut() {
    document.querySelectorAll(".reports-desk .chooser").forEach((box) => { box.hidden = true; });
    document.querySelectorAll(".reports-desk [aria-expanded]").forEach((b) => b.setAttribute("aria-expanded", "false"));
  }

  function show(button) {
    const box = document.getElementById(button.dataset.shows);
    if (!box) return;
    const wasOpen = !box.hidden;
    shut();
    box.hidden = wasOpen;
    button.setAttribute("aria-expanded", String(!wasOpen));
    if (wasOpen) return;
    const field = box.querySelector("input:not([type=file])");
    if (field) field.focus();
    box.scrollIntoView({block: "nearest"});
  }

  function turn(values) {
    Object.assign(view, values);
    chosen = null;
    shut();
    look(false, true);
  }

  /* What is typed stands for the first name it is part of; marks and capitals do not count. */
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase().trim();

  function named(field) {
    const wanted = plain(field.value);
    if (!wanted) return "";
    const options = [...document.getElementById(field.getAttribute("list")).options];
    const found = options.find((o) => plain(o.value) === wanted) || options.find((o) => plain(o.value).includes(wanted));
    return found ? found.dataset.id : null;
  }

  function pick(button) {
    const name = button.dataset.chooses;
    if (button.hasAttribute("data-every")) { turn({[name]: ""}); return; }
    const field = button.closest(".chooser").querySelector("input");
    const id = named(field);
    if (id === null) { line.tell(centre.say("reports.no_such_name", {})); field.focus(); return; }
    field.value = "";
    field.blur();
    turn({[name]: id});
  }

  async function pictureOf(box) {
    const field = box && box.querySelector("input[type=file]");
    if (!field || !field.files.length) return null;
    // Drawn anew: smaller, and without what a telephone wrote into it.
    const whole = await createImageBitmap(field.files[0]);
    const scale = Math.min(1, LONGEST_PX / Math.max(whole.width, whole.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(whole.width * scale);
    canvas.height = Math.round(whole.height * scale);
    canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
  }

  async function act(button) {
    const box = button.closest(".chooser");
    const deed = {ref: chosen, deed: button.dataset.deed};
    for (const field of box ? box.querySelectorAll("input[name]") : []) {
      if (field.type === "file") continue;
      deed[field.name] = field.name === "agency" ? named(field) : field.value.trim();
      if (deed[field.name] === null) { line.tell(centre.say("reports.no_such_name", {})); field.focus(); return; }
    }
    if (button.dataset.days) deed.days = button.dataset.days;
    if (button.dataset.other) deed.other = button.dataset.other;
    const picture = await pictureOf(box).catch(() => undefined);
    if (picture === undefined) { line.tell(centre.say("reports.bad_picture", {})); return; }
    if (picture) deed.picture = picture;
    hands.leave();
    line.expect();
    hands.send("report-deed", deed);
  }

  /* The whole list stands over the desk; a row of it opens there. */
  const list = () => document.getElementById("reports-list");
  const isListed = () => list() !== null && !list().hidden;

  function turnList(isOpen) {
    if (!list()) return;
    list().hidden = !isOpen;
    if (isOpen) dispatchEvent(new Event("resize"));
  }

  // A figure leads to its list.
  let isWanted = location.hash === "#list";
  addEventListener("hashchange", () => { if (page() && location.hash === "#list") turnList(true); });

  function openRow(node) {
    const row = node && node.closest && node.closest("#reports-list .ag-row");
    if (!row) return false;
    turnList(false);
    choose(row.getAttribute("row-id"));
    return true;
  }

  function press(event) {
    if (!page() || !hands.isPlain(event)) return;
    const isTyping = hands.isTyping(event);
    if (isListed()) {
      if (event.code === "Escape" || (event.code === "KeyB" && !isTyping)) turnList(false);
      if (event.code === "Enter") openRow(document.activeElement);
      return;
    }
    if (event.code === "KeyB" && !isTyping) { event.preventDefault(); turnList(true); return; }
    if (event.code === "Escape") {
      if (open()) { shut(); event.target.blur(); } else { turn({agency: "", group: "", unit: "", state: "overdue"}); }
      return;
    }
    if (isTyping) {
      const box = event.code === "Enter" && event.target.closest(".chooser");
      if (!box) return;
      event.preventDefault();
      const fields = [...box.querySelectorAll("input:not([type=file])")];
      const next = fields[fields.indexOf(event.target) + 1];
      if (next && !next.value.trim()) next.focus();
      else box.querySelector("button[data-default]").click();
      return;
    }
    const box = open();
    const found = (box || page()).querySelector(`button[data-hotkey="${event.code}"]:not([disabled])`)
      || (box && document.querySelector(`.reports-desk button[data-shows="${box.id}"][data-hotkey="${event.code}"]`));
    if (found) { event.preventDefault(); found.click(); return; }
    if (box) return;
    const moves = {ArrowDown: 1, ArrowUp: -1, Home: -1e6, End: 1e6};
    if (moves[event.code]) { event.preventDefault(); step(moves[event.code]); return; }
    if (event.code === "Enter" && event.target.closest("[data-pick]")) { event.preventDefault(); part(event.target.closest("[data-pick]")); return; }
    if (event.code === "Enter") look(true, false);
  }

  function part(node) {
    const {pick: name, value} = node.dataset;
    turn({[name]: view[name] === value ? "" : value});
  }

  function shown(found) {
    if (!found || !page()) return;
    const parts = {...found.parts};
    const box = open();
    // What somebody is in the middle of saying is not drawn anew under his hands.
    if (box && box.id.startsWith("report-") && found.ref === chosen) delete parts["report-actions"];
    if (found.ref && found.ref !== chosen) {
      hands.drop(parts, "report-");
    }
    centre.put(parts);
    const all = rows().map((row) => row.dataset.report);
    if (!chosen && all.length) choose(all[0]);
    if (!chosen && !all.length) {
      centre.put({"report-head": "", "report-pictures": "", "report-facts": "", "report-log": "", "report-actions": ""});
    }
    mark();
    centre.tick();
  }

  function told(answer) {
    if (!answer || !page()) return;
    line.hear(answer.text);
    if (!answer.done) return;
    shut();
    if (answer.sender !== undefined) {
      const place = document.getElementById("report-sender");
      if (place && answer.ref === chosen) place.textContent = answer.sender;
      return;
    }
    if (answer.next) {
      const all = rows().map((row) => row.dataset.report);
      const at = all.indexOf(chosen);
      chosen = all[at + 1] || all[at - 1] || null;
    }
    look(false, false);
  }

  function follow(live) {
    if (!page()) return;
    if (isWanted && list()) { isWanted = false; turnList(true); }
    const now = live.revisions && live.revisions.reports;
    const isEmpty = !document.querySelector("#reports-rows > *");
    if (now && now !== revision) { revision = now; look(false, true); return; }
    // An answer may be lost with a socket: ask again once it should long be there.
    if (isEmpty && Date.now() - asking > hands.ANSWER_MS) look(false, true);
  }

  addEventListener("keydown", press);
  addEventListener("click", (event) => {
    if (!page()) return;
    if (openRow(event.target)) return;
    if (event.target.closest("[data-back]")) { turnList(false); return; }
    const row = event.target.closest("[data-report]");
    if (row) { choose(row.dataset.report); return; }
    const node = event.target.closest("[data-pick]");
    if (node) { part(node); return; }
    const button = event.target.closest("button");
    if (!button || button.disabled) return;
    if (button.dataset.chooses) pick(button);
    else if (button.dataset.shows) show(button);
    else if (button.dataset.deed) act(button);
    else if (button.dataset.turns) turn({state: STATES[(STATES.indexOf(view.state) + 1) % STATES.length]});
    else if (button.dataset.fills) {
      const field = button.closest(".chooser").querySelector(`input[name=${button.dataset.fills}]`);
      field.value = button.dataset.value;
      field.focus();
    }
  });
  centre.after.push(follow);
  return {shown, told};
})();

Object.assign(window.dash_clientside.centre, {shownReport: reports.shown, toldReport: reports.told});

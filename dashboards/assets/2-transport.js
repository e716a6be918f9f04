/* The hands of Transport's desk: one opened registration, many picked, filters that turn.

   Keys are bound by `KeyboardEvent.code`; none works while a field is being typed into. */
"use strict";

const transport = (() => {
  const line = hands.line("transport-line");
  const view = {state: "waiting", kind: "", origin: "", wait: ""};
  const picked = new Set();
  let chosen = null;
  let revision = null;
  let pending = null;
  let last = [];
  let asking = 0;

  const page = () => document.querySelector(".transport-desk");
  const rows = () => [...document.querySelectorAll("[data-filing]")];
  const open = () => document.querySelector(".transport-desk .chooser:not([hidden])");

  function mark() {
    const shown = new Set(rows().map((row) => row.dataset.filing));
    for (const ref of [...picked]) if (!shown.has(ref)) picked.delete(ref);
    for (const row of rows()) {
      row.classList.toggle("is-here", row.dataset.filing === chosen);
      row.setAttribute("aria-current", String(row.dataset.filing === chosen));
      row.setAttribute("aria-selected", String(picked.has(row.dataset.filing)));
    }
    const place = document.getElementById("transport-picked");
    if (place) place.textContent = picked.size ? centre.say("transport.picked", {n: picked.size}) : "";
  }

  function look(only, again) {
    asking = Date.now();
    hands.send("filing-look", {...view, ref: chosen, only, again});
  }

  function choose(ref) {
    if (!ref || ref === chosen) return;
    chosen = ref;
    shut();
    mark();
    look(true, false);
  }

  function step(by) {
    const next = hands.beside(rows(), (row) => row.dataset.filing === chosen, by);
    if (!next) return;
    choose(next.dataset.filing);
    next.scrollIntoView({block: "nearest"});
  }

  function pick(ref) {
    if (!ref) return;
    if (!picked.delete(ref)) picked.add(ref);
    mark();
  }

  function pickAll() {
    const all = rows().map((row) => row.dataset.filing);
    const isWhole = all.every((ref) => picked.has(ref));
    all.forEach((ref) => (isWhole ? picked.delete(ref) : picked.add(ref)));
    mark();
  }

  function shut() {
    pending = null;
    document.querySelectorAll(".transport-desk .chooser").forEach((box) => { box.hidden = true; });
  }

  function show(box) {
    document.querySelectorAll(".transport-desk .chooser").forEach((other) => { other.hidden = true; });
    box.hidden = false;
    box.scrollIntoView({block: "nearest"});
  }

  function turn(button) {
    // From the value asked for last, which may not be drawn yet.
    const values = JSON.parse(button.dataset.values);
    const name = button.dataset.filter;
    view[name] = values[(values.indexOf(view[name]) + 1) % values.length];
    picked.clear();
    chosen = null;
    look(false, true);
  }

  function begin(button) {
    const isLocked = button.hasAttribute("data-locked");
    if (isLocked && !picked.size) return;
    // A permit is changed by itself; only decisions are for all that are picked.
    const isChange = Boolean(button.dataset.change);
    const refs = picked.size && !isChange ? [...picked] : chosen ? [chosen] : [];
    if (!refs.length) return;
    pending = {refs, step: button.dataset.deed, said: button.dataset.said};
    if (isChange) pending.change = button.dataset.change;
    if (button.dataset.class) pending.class = button.dataset.class;
    const box = button.dataset.shows && document.getElementById(button.dataset.shows);
    if (box) { const kept = pending; show(box); pending = kept; return; }
    ready();
  }

  function choice(button) {
    if (!pending) return;
    if (button.dataset.site) pending.site = button.dataset.site;
    if (button.dataset.hours) pending.hours = button.dataset.hours;
    if (button.dataset.reason) pending.reason = button.dataset.reason;
    if (button.hasAttribute("data-own")) {
      const field = button.closest(".chooser").querySelector("input");
      if (!field.value.trim()) { field.focus(); return; }
      pending.note = field.value.trim();
      field.blur();
    }
    ready();
  }

  function ready() {
    if (pending.refs.length === 1) { act(); return; }
    const box = document.getElementById("confirm");
    const text = box.querySelector(".confirm-text");
    text.textContent = text.dataset.text.replace("{what}", pending.said).replace("{n}", pending.refs.length);
    show(box);
  }

  function act() {
    const {said, ...deed} = pending;
    shut();
    hands.leave();
    line.expect();
    hands.send("filing-deed", deed);
  }

  function undo() {
    if (!last.length) { line.tell(centre.say("transport.no_undo", {})); return; }
    pending = {refs: last, step: "reopen", reason: "mistake"};
    act();
  }

  function press(event) {
    if (!page() || !hands.isPlain(event)) return;
    const isTyping = hands.isTyping(event);
    if (event.code === "Escape") {
      if (pending) shut(); else { picked.clear(); mark(); }
      if (isTyping) event.target.blur();
      return;
    }
    if (isTyping) return;
    const box = open();
    const found = (box || page()).querySelector(`[data-hotkey="${event.code}"]`);
    if (found) { event.preventDefault(); press1(found); return; }
    if (box) return;
    const moves = {ArrowDown: 1, ArrowUp: -1};
    if (moves[event.code]) { event.preventDefault(); step(moves[event.code]); return; }
    if (event.code === "Space") {
      event.preventDefault();
      if (event.shiftKey) pickAll(); else { pick(chosen); }
      return;
    }
    if (event.code === "Backspace") { event.preventDefault(); undo(); }
  }

  function press1(button) {
    if (button.href) button.click();
    else if (button.dataset.filter) turn(button);
    else if (button.dataset.deed) begin(button);
    else if (button.hasAttribute("data-yes")) { if (pending) act(); }
    else if (button.hasAttribute("data-no")) shut();
    else choice(button);
  }

  function shown(found) {
    if (!found || !page()) return;
    const isOpen = Boolean(open());
    const parts = {...found.parts};
    // What somebody is in the middle of choosing is not drawn anew under his hands.
    if (isOpen && found.ref === chosen) delete parts["filing-actions"];
    if (found.ref && found.ref !== chosen) {
      hands.drop(parts, "filing-");
    }
    centre.put(parts);
    const all = rows().map((row) => row.dataset.filing);
    if (!all.length && !found.ref) {
      centre.put({"filing-head": "", "filing-facts": "", "filing-past": "", "filing-actions": "", "filing-log": ""});
    }
    if (!all.includes(chosen)) {
      chosen = null;
      if (all.length) choose(all[0]);
    }
    mark();
    centre.tick();
  }

  function told(answer) {
    if (!answer || !page()) return;
    line.hear(answer.text);
    if (!answer.done.length) { look(true, true); return; }
    if (!answer.changed) last = answer.done;
    const all = rows().map((row) => row.dataset.filing);
    const gone = new Set(answer.done);
    if (gone.has(chosen)) {
      const at = all.indexOf(chosen);
      chosen = all.slice(at).find((ref) => !gone.has(ref)) || all.slice(0, Math.max(0, at)).reverse().find((ref) => !gone.has(ref)) || null;
    }
    answer.done.forEach((ref) => picked.delete(ref));
    look(false, false);
  }

  function follow(live) {
    if (!page()) return;
    const now = live.revisions && live.revisions.queue;
    if (!now || now === revision) {
      // An answer may be lost with a socket: ask again once it should long be there.
      if (!document.querySelector("#transport-queue > *") && Date.now() - asking > hands.ANSWER_MS) look(false, true);
      return;
    }
    revision = now;
    look(false, true);
  }

  addEventListener("keydown", press);
  addEventListener("click", (event) => {
    if (!page()) return;
    const pickMark = event.target.closest(".pick");
    const row = event.target.closest("[data-filing]");
    if (row && pickMark) { pick(row.dataset.filing); return; }
    if (row) { choose(row.dataset.filing); return; }
    const button = event.target.closest("button[data-filter], button[data-deed], .chooser button");
    if (button) press1(button);
  });
  centre.after.push(follow);
  return {shown, told};
})();

Object.assign(window.dash_clientside.centre, {shownFiling: transport.shown, toldFiling: transport.told});

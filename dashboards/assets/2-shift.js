/* The hands of the shift lead: one chosen row in three lists, small choices before a deed is sent.

   Keys are bound by `KeyboardEvent.code`; none works while a field is being typed into. */
"use strict";

const shift = (() => {
  const line = hands.line("shift-line");
  let chosen = null;
  let revision = null;
  // Of several questions of a kind the last one alone is answered: what is asked while the form of
  // the handover is on its way would keep it away, and is asked once it is there.
  let formUntil = 0;
  let later = null;

  const page = () => document.querySelector(".shift-desk");
  const lanes = () => [...document.querySelectorAll(".shift-lane")].filter((lane) => lane.querySelector("[data-item]"));
  const rows = (lane) => [...(lane || document).querySelectorAll("[data-item]")];
  const open = () => document.querySelector(".shift-desk .chooser:not([hidden])");

  function mark() {
    for (const row of rows()) row.setAttribute("aria-selected", String(row.dataset.item === chosen));
  }

  function look(data) {
    if (Date.now() < formUntil) { later = data; return; }
    if (data.form) formUntil = Date.now() + hands.ANSWER_MS;
    hands.send("shift-look", data);
  }

  function choose(item) {
    if (!item || item === chosen) return;
    chosen = item;
    shut();
    mark();
    look({item: chosen, again: false});
  }

  function step(by) {
    go(hands.beside(rows(), (row) => row.dataset.item === chosen, by));
  }

  function turn(by) {
    const lane = hands.beside(lanes(), (one) => rows(one).some((row) => row.dataset.item === chosen), by);
    if (lane) go(rows(lane)[0]);
  }

  function go(row) {
    if (!row) return;
    choose(row.dataset.item);
    row.scrollIntoView({block: "nearest"});
  }

  function shut() {
    document.querySelectorAll(".shift-desk .chooser").forEach((box) => { box.hidden = true; });
  }

  function show(box) {
    shut();
    box.hidden = false;
    box.scrollIntoView({block: "nearest"});
    const field = box.querySelector("input[data-focus], #shift-form input");
    if (field) field.focus();
  }

  function act(button) {
    if (button.dataset.form) { look({form: true}); return; }
    if (button.dataset.shows) {
      const box = document.getElementById(button.dataset.shows);
      if (box.hidden) show(box); else shut();
      return;
    }
    const box = button.closest(".chooser");
    const field = box && box.querySelector("input");
    if (!button.dataset.do) { if (field) field.blur(); return; }
    const deed = {...button.dataset};
    if (field && field.name && !deed[field.name]) deed[field.name] = field.value.trim();
    shut();
    hands.leave();
    line.expect();
    hands.send("shift-deed", deed);
  }

  function press(event) {
    if (!page() || !hands.isPlain(event)) return;
    const isTyping = hands.isTyping(event);
    if (event.code === "Escape") { shut(); if (isTyping) event.target.blur(); return; }
    if (isTyping) {
      const box = event.code === "Enter" && !event.defaultPrevented && event.target.closest(".chooser");
      const usual = box && box.querySelector("button[data-enter]");
      if (usual) { event.preventDefault(); act(usual); }
      return;
    }
    const found = (open() || page()).querySelector(`button[data-hotkey="${event.code}"]`);
    if (found) { event.preventDefault(); act(found); return; }
    const moves = {ArrowDown: [step, 1], ArrowUp: [step, -1], ArrowRight: [turn, 1], ArrowLeft: [turn, -1]};
    if (moves[event.code]) { event.preventDefault(); moves[event.code][0](moves[event.code][1]); }
  }

  function shown(found) {
    if (!found || !page()) return;
    if (found.form) {
      centre.put(found.parts);
      show(document.getElementById("shift-form"));
      formUntil = 0;
      if (later) look(later);
      later = null;
      return;
    }
    if (found.item !== chosen) return;
    // What somebody is in the middle of choosing is not drawn anew under his hands.
    if (open() && document.getElementById("shift-case").contains(open())) return;
    centre.put(found.parts);
    if (found.gone) { chosen = null; const first = rows()[0]; if (first) choose(first.dataset.item); }
    centre.tick();
  }

  function told(answer) {
    if (!answer || !page()) return;
    line.hear(answer.text);
    if (chosen) look({item: chosen, again: true});
  }

  function follow(live) {
    if (!page()) return;
    const all = rows().map((row) => row.dataset.item);
    if (!chosen && all.length) choose(all[0]);
    mark();
    const now = live.revisions && live.revisions[chosen];
    const isGone = chosen && !all.includes(chosen);
    if (isGone || (now && revision && now !== revision)) look({item: chosen, again: true});
    revision = now || null;
  }

  addEventListener("keydown", press);
  addEventListener("click", (event) => {
    if (!page()) return;
    const row = event.target.closest("[data-item]");
    if (row) { choose(row.dataset.item); return; }
    const button = event.target.closest("button[data-do], button[data-shows], button[data-form], .chooser button");
    if (button) act(button);
  });
  centre.after.push(follow);
  return {shown, told};
})();

Object.assign(window.dash_clientside.centre, {shownShift: shift.shown, toldShift: shift.told});

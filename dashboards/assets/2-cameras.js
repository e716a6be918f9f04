/* The hands of the desk of cameras: filters that turn, one camera opened. Keys are bound by
   `KeyboardEvent.code`. */
"use strict";

const cameras = (() => {
  const EVERY_MS = 10000;
  const view = {state: "", road: "", district: ""};
  let chosen = new URLSearchParams(location.search).get("camera");
  let revision = null;
  let asking = 0;

  const page = () => document.querySelector(".cameras-desk");
  const rows = () => [...document.querySelectorAll("[data-camera]")];

  function look(only) {
    if (!only) asking = Date.now();
    hands.send("camera-look", {...view, camera: chosen, only});
  }

  function mark() {
    for (const row of rows()) row.setAttribute("aria-selected", String(row.dataset.camera === chosen));
  }

  function choose(id) {
    if (!id || id === chosen) return;
    chosen = id;
    mark();
    look(true);
  }

  function step(by) {
    const next = hands.beside(rows(), (row) => row.dataset.camera === chosen, by);
    if (!next) return;
    choose(next.dataset.camera);
    next.scrollIntoView({block: "nearest"});
  }

  function turn(button) {
    // From the value asked for last, which may not be drawn yet.
    const values = button.dataset.values.split("|");
    const name = button.dataset.turns;
    view[name] = values[(values.indexOf(view[name]) + 1) % values.length];
    chosen = null;
    look(false);
  }

  function press(event) {
    if (!page() || !hands.isPlain(event)) return;
    if (hands.isTyping(event)) return;
    if (event.code === "Escape") { Object.assign(view, {state: "", road: "", district: ""}); look(false); return; }
    const button = page().querySelector(`button[data-hotkey="${event.code}"]`);
    if (button) { event.preventDefault(); button.click(); return; }
    const moves = {ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -1e6, End: 1e6};
    if (moves[event.code]) { event.preventDefault(); step(moves[event.code]); }
  }

  function shown(found) {
    if (!found || !page()) return;
    const parts = {...found.parts};
    if (found.camera !== chosen) hands.drop(parts, "camera-");
    centre.put(parts);
    const all = rows().map((row) => row.dataset.camera);
    if (!all.includes(chosen)) {
      chosen = null;
      if (all.length) choose(all[0]);
      else centre.put({"camera-head": "", "camera-scores": "", "camera-day": ""});
    }
    mark();
    centre.tick();
  }

  function follow(live) {
    if (!page()) return;
    const now = live.revisions && live.revisions.cameras;
    if (now === revision && Date.now() - asking < EVERY_MS) return;
    revision = now;
    look(false);
  }

  addEventListener("keydown", press);
  addEventListener("click", (event) => {
    if (!page()) return;
    const row = event.target.closest("[data-camera]");
    if (row) { choose(row.dataset.camera); return; }
    const button = event.target.closest("button[data-turns]");
    if (button) turn(button);
  });
  centre.after.push(follow);
  return {shown};
})();

Object.assign(window.dash_clientside.centre, {shownCamera: cameras.shown});

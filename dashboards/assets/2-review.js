/* The hands of review: one question at a time, one key an answer.

   Keys are physical; none works while the plate is being typed. Pictures are fetched once and kept
   while their question is asked: looking at one again is not another look-up. */
"use strict";

const review = (() => {
  const LOOKS = ["original", "contrast", "negative", "frame"];
  const line = hands.line("answer-line");
  const pictures = new Map();
  const answered = new Set();
  let chosen = null;
  let place = 0;
  let looks = 0;
  let told = null;
  let wanted = null;

  const room = () => document.querySelector(".review");
  const all = () => [...document.querySelectorAll("[data-question]")]
    .filter((one) => !answered.has(one.dataset.question));
  const current = () => document.querySelector(`[data-question="${chosen}"]`);

  async function load(image, name) {
    if (!name) return;
    if (!pictures.has(name)) pictures.set(name, fetched(name));
    const data = await pictures.get(name);
    if (data && image.dataset.shown !== name) {
      image.dataset.shown = name;
      image.src = data;
    }
  }

  async function fetched(name) {
    const answer = await fetch(`/evidence/${name}`).catch(() => null);
    if (!answer || !answer.ok) return null;
    const blob = await answer.blob();
    return new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(blob);
    });
  }

  function forget() {
    const asked = [...document.querySelectorAll("[data-picture]")];
    const names = new Set(asked.flatMap((one) => [one.dataset.picture, one.dataset.frame]));
    for (const name of pictures.keys()) if (!names.has(name)) pictures.delete(name);
  }

  function paint() {
    for (const one of document.querySelectorAll("[data-question]")) {
      one.hidden = one.dataset.question !== chosen;
    }
    for (const one of document.querySelectorAll("[data-turn]")) {
      one.parentElement.hidden = answered.has(one.dataset.turn);
      one.setAttribute("aria-current", String(one.dataset.turn === chosen));
      const image = one.querySelector("img");
      if (image && !one.parentElement.hidden) load(image, image.dataset.picture);
    }
    const asked = current();
    const image = asked && asked.querySelector("[data-picture]");
    if (!image) return;
    const look = LOOKS[looks % LOOKS.length];
    const isFrame = look === "frame" && image.dataset.frame;
    image.className = `as-${isFrame ? "frame" : look}`;
    load(image, isFrame ? image.dataset.frame : image.dataset.picture);
    const label = asked.querySelector(".looked-as");
    if (label) label.textContent = centre.say(`review.${look}`, {});
  }

  function choose(id) {
    if (id !== chosen) looks = 0;
    chosen = id;
    place = Math.max(0, all().findIndex((one) => one.dataset.question === id));
    close();
    paint();
    if (chosen && chosen !== told) {
      told = chosen;
      hands.send("looking", {alert: chosen});
    }
  }

  function turn(by) {
    wanted = null;
    const left = all();
    if (left.length) choose(left[(place + by + left.length) % left.length].dataset.question);
  }

  function follow() {
    if (!room()) return;
    forget();
    const asked = new Set([...document.querySelectorAll("[data-question]")].map((one) => one.dataset.question));
    for (const id of answered) if (!asked.has(id)) answered.delete(id);
    if (asked.has(wanted) && chosen !== wanted) { choose(wanted); return; }
    const left = all();
    if (left.some((one) => one.dataset.question === chosen)) { paint(); return; }
    const next = left[Math.min(place, left.length - 1)];
    choose(next ? next.dataset.question : null);
  }

  function form() { return document.querySelector(".correcting"); }

  function close() {
    const box = form();
    if (!box || box.hidden) return;
    box.hidden = true;
    box.querySelector("input").blur();
  }

  function correct() {
    const asked = current(), box = form();
    if (!asked || !box) return;
    const field = box.querySelector("input"), at = Number(asked.dataset.doubtful);
    box.hidden = false;
    field.value = asked.dataset.read;
    field.focus();
    field.setSelectionRange(at, at + 1);
  }

  function answer(said, typed) {
    if (!chosen || !current()) return;
    const alert = chosen;
    wanted = null;
    answered.add(alert);
    line.expect();
    hands.send("ruling", {alert, answer: said, typed: typed || ""});
    const left = all();
    const next = left[Math.min(place, left.length - 1)];
    choose(next ? next.dataset.question : null);
  }

  function act(button) {
    if (button.dataset.answer) { answer(button.dataset.answer, button.dataset.typed); return; }
    if (button.dataset.does === "correct") correct();
    if (button.dataset.does === "other_picture") { looks += 1; paint(); }
    if (button.dataset.does === "undo") { line.expect(); hands.send("ruling", {alert: "", answer: "undo"}); }
  }

  const SAME = {Enter: "KeyY", Backspace: "KeyZ"};
  const TURNS = {KeyJ: 1, KeyK: -1, ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1};

  function press(event) {
    if (!room() || !hands.isPlain(event)) return;
    if (event.code === "Escape") { close(); return; }
    const on = event.target;
    if (hands.isTyping(event)) return;
    // A button that has the focus is pressed by Enter as everywhere.
    if (event.code === "Enter" && on.matches && on.matches("button, a")) return;
    if (event.code in TURNS) { event.preventDefault(); turn(TURNS[event.code]); return; }
    const code = SAME[event.code] || event.code;
    const within = current() || document;
    const button = within.querySelector(`[data-hand="${code}"]`) || document.querySelector(`.hands [data-hand="${code}"]`);
    if (button) { event.preventDefault(); act(button); }
  }

  function looked(found) {
    if (found && found.tempo) show(found.tempo);
  }

  function show(tempo) {
    centre.text(document.getElementById("tempo"), tempo);
  }

  function ruled(answerOf) {
    if (!answerOf) return;
    line.hear(answerOf.text);
    if (answerOf.tempo) show(answerOf.tempo);
    const back = answerOf.is_done ? answerOf.back : answerOf.alert;
    if (!back) return;
    answered.delete(back);
    // It is asked again: here at once where it still stands, or with the push that brings it back.
    // One that was drawn before may come in between, so it stays wanted until a hand moves on.
    wanted = back;
    if (document.querySelector(`[data-question="${back}"]`)) choose(back);
  }

  addEventListener("keydown", press);
  addEventListener("submit", (event) => {
    if (!event.target.matches(".correcting")) return;
    event.preventDefault();
    answer("corrected", event.target.querySelector("input").value);
  });
  addEventListener("click", (event) => {
    if (!room()) return;
    const one = event.target.closest("[data-turn]");
    if (one) { wanted = null; choose(one.dataset.turn); return; }
    const button = event.target.closest("[data-hand]");
    if (button) { act(button); button.blur(); }
  });
  centre.after.push(follow);
  return {looked, ruled};
})();

Object.assign(window.dash_clientside.centre, {looked: review.looked, ruled: review.ruled});

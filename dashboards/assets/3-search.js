/* The search of every desk, the evidence pack, and the sound of a new first-priority case.

   A search says its purpose in its form; the server notes it before it answers. */
"use strict";

const search = (() => {
  const box = () => document.getElementById("search");
  const send = (data) => hands.send("quest", data);

  function tell(words) {
    centre.text(document.getElementById("answer-line"), words);
  }

  function isOpen() {
    return box() !== null && !box().hidden;
  }

  function open() {
    if (!box()) return;
    box().hidden = false;
    send({quest: "open"});
  }

  function shut() {
    if (box()) box().hidden = true;
  }

  function said() {
    const form = box().querySelector("form");
    return form ? Object.fromEntries(new FormData(form)) : {};
  }

  function find(found) {
    if (!found || !box()) return;
    centre.put(found.parts);
    const form = box().querySelector("form");
    const first = form && form.querySelector("input");
    if (first && !first.value) first.focus();
    const hit = document.querySelector("#search-answer :is(.found button, .found a, a.go)");
    if (hit && document.activeElement && document.activeElement.closest("form")) hit.focus();
  }

  function step(by) {
    const all = [...box().querySelectorAll("#search-answer :is(button, a), #search-trail button, #search-requests button")];
    const next = hands.beside(all, (one) => one === document.activeElement, by);
    if (next) next.focus();
  }

  // The desk's own keys rest while the search is open.
  addEventListener("keydown", (event) => {
    if (!isOpen()) {
      const isTyping = hands.isTyping(event);
      if (event.code === "Slash" && !isTyping && box() && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        open();
      }
      return;
    }
    event.stopImmediatePropagation();
    if (event.code === "Escape") { shut(); return; }
    if (event.code !== "ArrowDown" && event.code !== "ArrowUp") return;
    if (event.target.matches("select")) return;
    event.preventDefault();
    step(event.code === "ArrowDown" ? 1 : -1);
  }, true);

  // What is asked of plates alone is not asked while something else is searched.
  addEventListener("change", (event) => {
    if (!event.target.matches("#search select[name=kind]")) return;
    const kind = event.target.value;
    box().querySelectorAll("[data-only]").forEach((part) => { part.hidden = part.dataset.only !== kind; });
    centre.put({"search-answer": "", "search-trail": ""});
  });

  addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-quest]");
    if (!form) return;
    event.preventDefault();
    send({...said(), quest: form.dataset.quest});
  });

  async function takePack(button) {
    const box = button.closest(".chooser");
    const value = (name) => box.querySelector(`input[name=${name}]`).value.trim();
    if (!value("purpose")) {
      tell(centre.say("desk.pack_incomplete", {}));
      box.querySelector("input[name=purpose]").focus();
      return;
    }
    tell(centre.say("desk.pack_making", {}));
    const body = new URLSearchParams({purpose: value("purpose"), case: value("case")});
    const answer = await fetch(`/pack/${button.dataset.pack}`, {method: "POST", body}).catch(() => null);
    if (!answer || !answer.ok) {
      tell(centre.say("desk.pack_refused", {code: answer ? answer.status : "-"}));
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `alert-${button.dataset.pack}.zip`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    box.hidden = true;
    tell(centre.say("desk.pack_made", {}));
  }

  addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.shut) { shut(); return; }
    if (button.id === "search-open") { open(); return; }
    if (button.dataset.pack) { takePack(button); return; }
    if (button.type === "button" && button.dataset.quest) {
      send({...said(), quest: button.dataset.quest, plate: button.dataset.plate, request: button.dataset.request});
    }
  });
  return {find};
})();

/* A sound for a new case of the first priority, once, and not at the desk that has it open. Browsers
   let no page sound before somebody has pressed something: the desk says so instead of being mute. */
const sound = (() => {
  const SILENT = "desk-silent";
  const KNOWN = "desk-known";
  let context = null;
  let known = null;

  const isSilent = () => localStorage.getItem(SILENT) === "1";
  const state = () => isSilent() ? "off" : context && context.state === "running" ? "on" : "asleep";

  function show() {
    const place = document.getElementById("sound-state");
    if (!place) return;
    const words = centre.say(`sound.${state()}`, {});
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle("is-asleep", state() === "asleep");
  }

  async function wake() {
    if (!document.getElementById("sound-state")) return;
    context = context || new AudioContext();
    if (context.state === "suspended") await context.resume().catch(() => null);
    show();
  }

  function ring() {
    document.documentElement.dataset.rang = String(Number(document.documentElement.dataset.rang || 0) + 1);
    [0, 0.25].forEach((after, n) => {
      const tone = context.createOscillator();
      const level = context.createGain();
      const at = context.currentTime + after;
      tone.frequency.value = n ? 660 : 880;
      level.gain.setValueAtTime(0.0001, at);
      level.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
      level.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
      tone.connect(level).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.24);
    });
  }

  function toggle() {
    localStorage.setItem(SILENT, isSilent() ? "0" : "1");
    show();
  }

  function follow() {
    if (!document.getElementById("sound-state")) return;
    show();
    const urgent = [...document.querySelectorAll("[data-alert][data-urgent]")];
    const before = known || new Set((sessionStorage.getItem(KNOWN) || "").split(" "));
    const isFirst = known === null && sessionStorage.getItem(KNOWN) === null;
    const fresh = urgent.filter((row) => !before.has(row.dataset.alert) && row.getAttribute("aria-selected") !== "true");
    known = new Set(urgent.map((row) => row.dataset.alert));
    sessionStorage.setItem(KNOWN, [...known].join(" "));
    if (!isFirst && fresh.length && state() === "on") ring();
  }

  addEventListener("keydown", (event) => {
    const isTyping = hands.isTyping(event);
    if (event.code === "KeyS" && !isTyping && !event.ctrlKey && !event.metaKey && document.getElementById("sound-state")) toggle();
    wake();
  });
  addEventListener("click", (event) => {
    if (event.target.closest("#sound-state")) toggle();
    wake();
  });
  centre.after.push(follow);
  return {state};
})();

Object.assign(window.dash_clientside.centre, {find: search.find});

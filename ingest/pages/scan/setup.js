// What a device needs once: its key, and the point it stands at.

import { element } from "./lists.js";
import { say } from "./words.js";

const MOST = 40;
const $ = (id) => document.getElementById(id);

/** Show the view in which a device is set up; `onKey(key)`, `onPoint(point)`, `onBegin()`. */
export function wireSetup({ onKey, onPoint, onBegin }) {
  $("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const key = $("key").value.trim();
    $("key").value = "";
    if (key) onKey(key);
  });
  $("begin").addEventListener("click", onBegin);
  $("find").addEventListener("input", () => filter());
  $("points").addEventListener("click", (event) => {
    const row = event.target.closest("li");
    if (row) onPoint({ id: row.dataset.id, name: row.dataset.name });
  });
}

let known = [];
let chosen = null;

/** Show the points of the centre and which one is chosen. */
export function showPoints(points, point) {
  [known, chosen] = [points, point];
  filter();
}

export function showKey(hasKey, state) {
  const about = { key_refused: "scan.key_bad", offline: "scan.key_later", no_key: "scan.key_none" };
  $("key-state").textContent = say(hasKey ? (about[state] ?? "scan.key_good") : "scan.key_none");
  $("key-state").dataset.state = hasKey ? state : "no_key";
}

/** Search without regard to case and Vietnamese marks. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
}

function filter() {
  const words = plain($("find").value).split(/\s+/).filter(Boolean);
  const fits = (point) => words.every((word) => plain(`${point.name} ${point.id}`).includes(word));
  const found = known.filter(fits);
  const shown = found.slice(0, MOST);
  if (chosen && !shown.some(({ id }) => id === chosen.id)) shown.unshift(chosen);
  $("points").replaceChildren(
    ...shown.map(({ id, name }) => {
      const row = element("li", name);
      row.append(element("small", id));
      [row.dataset.id, row.dataset.name] = [id, name];
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(id === chosen?.id));
      row.tabIndex = 0;
      return row;
    }),
  );
  $("begin").disabled = !chosen;
}

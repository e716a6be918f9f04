// What people read, in both languages, from the centre's labels (/scan/words.json).

let labels = {};
let language = "vi";

export async function loadWords(chosen) {
  labels = await (await fetch("/scan/words.json")).json();
  speak(chosen === "en" ? "en" : "vi");
}

/** Turn every marked text of the page to a language. */
export function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  for (const part of document.querySelectorAll("[data-say]")) part.textContent = say(part.dataset.say);
  for (const part of document.querySelectorAll("[data-hint]")) part.placeholder = say(part.dataset.hint);
}

export function spoken() {
  return language;
}

/** Return the label of `name`, with its {placeholders} filled in; a gap is seen as its name. */
export function say(name, values = {}) {
  const text = labels[name]?.[language] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Return the label of `name`, or `fallback` where there is none. */
export function sayOr(name, fallback) {
  return labels[name] ? say(name) : fallback;
}

/**
 * Return a reason that the centre said in English in the language of the page: its words stand in
 * both, with {0}, {1} for what stands in them and … for what is not said again.
 */
export function sayReason(reason) {
  if (language === "en") return reason;
  for (const { en, vi } of reasons()) {
    const found = en.exec(reason);
    if (found) return vi.replace(/\{(\d)\}/g, (_, n) => found.groups[`s${n}`]);
  }
  return reason;
}

let known = null;

function reasons() {
  known ??= Object.entries(labels)
    .filter(([name]) => name.startsWith("refusal.") && name !== "refusal.other")
    .sort(([, one], [, other]) => other.en.length - one.en.length)
    .map(([, { vi, en }]) => ({ vi, en: patternOf(en) }));
  return known;
}

function patternOf(text) {
  const plain = text.replace(/[.*+?^$()|[\]\\/]/g, "\\$&");
  const slots = plain.replace(/\{(\d)\}/g, "(?<s$1>.*)").replaceAll("…", ".*");
  return new RegExp(`^${slots}$`, "s");
}

export function clock(at) {
  return new Date(at).toLocaleTimeString("vi-VN", { hour12: false });
}

export function moment(at) {
  const on = new Date(at);
  const day = on.toLocaleDateString("vi-VN", { day: "2-digit", month: "2-digit" });
  return `${day} ${clock(at)}`;
}

export function count(n) {
  return n.toLocaleString(language === "vi" ? "vi-VN" : "en-GB");
}

// A USB or Bluetooth scanner types what it read, faster than any hand, and ends with Enter.
//
// It types physical keys of a US keyboard, whatever layout and input method the machine has: under
// Telex "aa" becomes "â", on a French layout "a" becomes "q". So each stroke is read twice, by its
// key's place and by the character made of it, and the reading that is a known format is taken.

import { describe, isKey } from "./codes.js";

const GAP_MS = 100;
const SHORTEST = 8;
const PLAIN = {
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ",
  NumpadAdd: "++", NumpadSubtract: "--", NumpadMultiply: "**", NumpadDivide: "//", NumpadDecimal: "..",
};
const DIGITS = ")!@#$%^&*(";

/** Call `onCode(text)` for each code that a scanner types anywhere on the page. */
export function listen(onCode) {
  let strokes = [];
  let last = 0;
  let point = "";

  function take(placed, made) {
    strokes.push({ placed, made });
  }

  function keydown(event) {
    const at = event.timeStamp;
    if (at - last > GAP_MS) strokes = [];
    if (event.key !== "Shift") last = at;
    if (event.ctrlKey || event.metaKey) return;
    if (event.altKey) {
      point += numpad(event.code);
      return;
    }
    if (event.key === "Enter" || event.key === "Tab") {
      if (strokes.length < SHORTEST) return;
      const code = readingOf(strokes);
      strokes = [];
      event.preventDefault();
      event.stopPropagation();
      if (event.target instanceof HTMLInputElement) event.target.value = "";
      onCode(code);
      return;
    }
    const placed = placedBy(event);
    const made = event.key.length === 1 ? event.key : "";
    if (placed || made) take(placed || made, made || placed);
    // The space of a code is no press of the button that has the focus.
    if (strokes.length > 1 && event.target instanceof HTMLButtonElement) event.preventDefault();
  }

  // A scanner sends what its keyboard lacks as Alt and the character's number.
  function keyup(event) {
    if (event.key !== "Alt" || !point) return;
    const n = Number(point);
    point = "";
    if (n >= 32 && n <= 0x10ffff) take(String.fromCodePoint(n), String.fromCodePoint(n));
  }

  window.addEventListener("keydown", keydown, true);
  window.addEventListener("keyup", keyup, true);
}

/** Return the character that a US keyboard has at the place of a key, "" where it has none. */
function placedBy({ code, shiftKey }) {
  const n = shiftKey ? 1 : 0;
  if (/^Key[A-Z]$/.test(code)) return n ? code[3] : code[3].toLowerCase();
  if (/^Digit\d$/.test(code)) return n ? DIGITS[code[5]] : code[5];
  return PLAIN[code]?.[n] ?? numpad(code);
}

function numpad(code) {
  return /^Numpad\d$/.test(code) ? code[6] : "";
}

function readingOf(strokes) {
  const placed = strokes.map((stroke) => stroke.placed).join("");
  const made = strokes.map((stroke) => stroke.made).join("");
  return [placed, made].find((text) => isKey(text) || describe(text).format !== "unknown") ?? made;
}

// The answer in one glance: ground, shape, words and sound, each enough on its own.
//
// The colours are the house's: green, yellow and red are names of passes and never mean good or bad.
// Let in is the plain inverse ground; keep out is the violet of work that needs a person.

import { play } from "./sound.js";
import { clock, say, sayOr, sayReason } from "./words.js";

const SHAPES = {
  admit: '<circle cx="60" cy="60" r="54"/><path d="M34 62 53 81 88 42"/>',
  deny: '<path d="M40 8H80L112 40V80L80 112H40L8 80V40Z"/><path d="M42 42 78 78M78 42 42 78"/>',
  kept: '<circle cx="60" cy="60" r="54" stroke-dasharray="14 9"/><path d="M60 30V62L82 76"/>',
  asking: '<circle cx="60" cy="60" r="54"/><path d="M36 60h.1M60 60h.1M84 60h.1"/>',
  lost: '<path d="M60 8 116 108H4Z"/><path d="M60 44V74M60 90h.1"/>',
};
const TONE = { admit: "admit", deny: "deny", lost: "deny", kept: "kept" };

/** Show an answer: {kind, why, card, at}; `kind` is a name of SHAPES or "waiting". */
export function show(answer) {
  const box = document.getElementById("answer");
  box.className = `answer is-${answer.kind}`;
  box.querySelector("svg").innerHTML = SHAPES[answer.kind] ?? "";
  box.querySelector("strong").textContent = say(`scan.${answer.kind}`);
  box.querySelector(".why").textContent = answer.why ?? "";
  const { name, number, format } = answer.card ?? {};
  const kind = format ? say(`scan.format_${format}`) : "";
  box.querySelector(".who").textContent = [name, number].filter(Boolean).join(" · ");
  const at = answer.at ? clock(answer.at) : "";
  box.querySelector(".what").textContent = [kind, at].filter(Boolean).join(" · ");
  if (TONE[answer.kind] && !answer.isSilent) play(TONE[answer.kind]);
}

/** Return what to show of a centre's answer to one scan. */
export function answerOf(outcome) {
  const { admit, reason } = outcome.admission ?? {};
  if (outcome.status === "refused" && !reason) {
    return { kind: "deny", why: whyRefused(outcome.why) };
  }
  if (admit === undefined) return { kind: "kept", why: say("scan.not_checked") };
  const why = sayOr(`admission_reason.${reason}`, reason);
  const kind = admit ? "admit" : "deny";
  // "Let in: let in" tells nothing.
  return { kind, why: why === say(`scan.${kind}`) ? "" : why };
}

/** Return a refusal in words: the field by its name, and what was wrong with it. */
export function whyRefused(why = "") {
  const [field, ...rest] = why.split(": ");
  if (!rest.length || sayReason(why) !== why) return sayReason(why);
  const name = sayOr(`scan.field_${field.split(".")[0]}`, field);
  return `${name}: ${sayReason(rest.join(": "))}`;
}

// What a person must see and what was scanned last. Texts come in as text, never as markup.

import { whyRefused } from "./answer.js";
import { moment, clock, say, sayOr } from "./words.js";

const MOST = 8;

/** Show what was refused or denied while nobody looked; `onSeen(id)` when it was read. */
export function showNotices(notices, pointName, onSeen) {
  const list = document.getElementById("notices");
  document.getElementById("told").hidden = !notices.length;
  list.replaceChildren(
    ...notices.map((notice) => {
      const isRefused = notice.kind === "refused";
      const why = isRefused
        ? whyRefused(notice.why)
        : sayOr(`admission_reason.${notice.why}`, notice.why);
      const seen = element("button", say("scan.seen"), "seen");
      seen.addEventListener("click", () => onSeen(notice.id));
      const text = element("div");
      text.append(
        element("b", say(isRefused ? "scan.refused" : "scan.denied")),
        element("span", why),
        element("small", [notice.name, notice.number, pointName(notice.point), moment(notice.scanned_at)]
          .filter(Boolean).join(" · ")),
      );
      const row = element("li");
      row.append(text, seen);
      row.dataset.id = notice.id;
      return row;
    }),
  );
}

/** Show the last scans of this tab, newest first: time, whose, and what came of each. */
export function showLast(scans) {
  document.getElementById("last").replaceChildren(
    ...scans.slice(0, MOST).map((scan) => {
      const row = element("li", "", `is-${scan.kind}`);
      row.append(
        element("time", clock(scan.at)),
        element("span", scan.number || say(`scan.format_${scan.format}`)),
        element("b", say(`scan.${scan.kind}_short`)),
      );
      return row;
    }),
  );
}

export function element(tag, text = "", cls = "") {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (cls) made.className = cls;
  return made;
}

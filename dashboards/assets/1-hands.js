/* What the hands of every page share: telling the server something, the line that says how it went,
   the row beside another, whether a key is meant for the page at all. */
"use strict";

const hands = (() => {
  const ANSWER_MS = 6000;
  const FIELDS = "input, textarea, select";

  const send = (id, data) => window.dash_clientside.set_props(id, {data: {...data, at: Date.now()}});
  const isPlain = (event) => !(event.altKey || event.ctrlKey || event.metaKey || event.repeat);
  const isTyping = (event, fields = FIELDS) => Boolean(event.target.matches && event.target.matches(fields));

  function leave() {
    if (document.activeElement) document.activeElement.blur();
  }

  // The line of a desk: what was asked is being sent, is answered, or is answered by nobody.
  function line(id) {
    let waiting = 0;
    const tell = (words) => centre.text(document.getElementById(id), words);
    function expect() {
      tell(centre.say("desk.sending", {}));
      clearTimeout(waiting);
      waiting = setTimeout(() => tell(centre.say("desk.no_answer", {})), ANSWER_MS);
    }
    function hear(words) {
      clearTimeout(waiting);
      tell(words);
    }
    return {tell, expect, hear};
  }

  // The row so many places further, at most the last; the first where none is chosen.
  function beside(rows, isChosen, by) {
    return rows[Math.min(rows.length - 1, Math.max(0, rows.findIndex(isChosen) + by))];
  }

  // What was drawn of one that is no longer chosen does not stand for the one that is.
  function drop(parts, prefix) {
    for (const name of Object.keys(parts)) if (name.startsWith(prefix)) delete parts[name];
  }

  return {ANSWER_MS, send, isPlain, isTyping, leave, line, beside, drop};
})();

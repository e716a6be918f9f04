/* What is done with a row of a list: it is opened, a step is taken, the next one follows. */
"use strict";

const rows = (() => {
  const line = hands.line("row-line");
  let purpose = "";
  let pending = null;
  let sent = null;

  const form = () => document.querySelector(".row-form:not([hidden])");

  // A list that stands behind something else has no keys.
  const isBehind = () => document.querySelector("[hidden] .list-place") !== null;

  function tellPicked(n) {
    centre.text(document.getElementById("row-picked"), n ? centre.say("list.picked", {n}) : "");
  }

  function open(id, isNew) {
    const list = lists.current();
    if (!list.opens) return;
    if (isNew) { lists.choose(id); line.tell(""); }
    pending = null;
    hands.send("row-look", {table: list.name, id, purpose, again: false});
  }

  function again() {
    // What somebody is in the middle of writing is not drawn anew under his hands.
    if (!lists.chosen() || form() || document.querySelector(".purpose-ask")) return;
    hands.send("row-look", {table: lists.current().name, id: lists.chosen(), purpose, again: true});
  }

  function shut() {
    purpose = "";
    pending = null;
    line.tell("");
    tellPicked(0);
    centre.put({"row-case": document.getElementById("row-none")?.innerHTML || "", "row-actions": ""});
  }

  function shown(found) {
    if (!found || !lists.page() || found.id !== lists.chosen()) return;
    centre.put(found.parts);
    centre.tick();
  }

  function begin(button) {
    const ids = lists.picked().length ? lists.picked() : [lists.chosen()].filter(Boolean);
    if (!ids.length || button.disabled) return;
    pending = {ids, step: button.dataset.deed, said: button.dataset.said ? JSON.parse(button.dataset.said) : {}};
    const box = button.dataset.form && document.getElementById(button.dataset.form);
    document.querySelectorAll(".row-form").forEach((other) => { other.hidden = other !== box; });
    if (!box) { act(); return; }
    // What asks for no more than a yes has its yes in focus: Enter does it, Esc leaves it.
    const field = box.querySelector("input, select, textarea") || box.querySelector("[data-yes]");
    if (field) field.focus();
  }

  function act() {
    const box = form();
    if (box) {
      const isChosen = (one) => !["radio", "checkbox"].includes(one.type) || one.checked;
      const fields = [...box.querySelectorAll("[name]")].filter(isChosen);
      const empty = fields.find((one) => one.required && !one.value.trim());
      if (empty) { empty.focus(); return; }
      for (const one of fields) {
        // Several boxes of one name are one value, its parts told apart by commas.
        const before = one.type === "checkbox" && pending.said[one.name];
        pending.said[one.name] = before ? `${before},${one.value}` : one.value.trim();
      }
      box.hidden = true;
    }
    sent = box && {box, ids: pending.ids, step: pending.step};
    const node = lists.grid().getRowNode(lists.chosen());
    pending.index = node ? node.rowIndex : null;
    line.expect();
    hands.send("row-deed", {table: lists.current().name, ids: pending.ids, step: pending.step, said: pending.said});
  }

  function told(answer) {
    if (!answer || !lists.page()) return;
    line.hear(answer.text);
    const index = pending ? pending.index : null;
    pending = null;
    const asked = sent;
    sent = null;
    if (!answer.done.length && answer.field && asked && asked.box.isConnected) {
      // What was refused is mended where it was written, not written anew.
      const field = asked.box.querySelector(`[name="${answer.field}"]`) || asked.box.querySelector("[name]");
      asked.box.hidden = false;
      pending = {ids: asked.ids, step: asked.step, said: {}};
      if (field) { field.setAttribute("aria-invalid", "true"); field.focus(); }
      return;
    }
    if (!answer.done.length) { again(); return; }
    lists.grid().deselectAll();
    // Whoever decides goes on: the row that now stands where the decided one stood.
    const table = lists.current().name;
    lists.afterRows(() => setTimeout(() => { if (lists.current()?.name === table) follow(index, answer.done); }, 0));
    lists.refresh();
  }

  function follow(index, done) {
    const grid = lists.grid();
    const stays = done.includes(lists.chosen()) && grid.getRowNode(lists.chosen());
    if (stays && stays.rowIndex === index) { again(); lists.focus(); return; }
    const next = index === null ? null : grid.getDisplayedRowAtIndex(Math.min(index, grid.getDisplayedRowCount() - 1));
    if (!next || !next.data) { lists.choose(null); centre.put({"row-case": "", "row-actions": ""}); return; }
    lists.choose(next.data.id);
    hands.send("row-look", {table: lists.current().name, id: next.data.id, purpose, again: false});
    lists.focus();
  }

  function cancel() {
    const box = form();
    pending = null;
    if (box) { box.hidden = true; lists.focus(); return; }
    lists.choose(null);
    centre.put({"row-case": document.getElementById("row-none")?.innerHTML || "", "row-actions": ""});
    lists.focus();
  }

  function hot(found) {
    const box = found.querySelector ? found.querySelector("select") : null;
    if (box) {
      box.focus();
      try { box.showPicker(); } catch { /* a browser that does not open it leaves it focused */ }
      return;
    }
    found.click();
  }

  function press(event) {
    if (isBehind()) return;
    if (!lists.page() || !lists.current() || !hands.isPlain(event)) return;
    const target = event.target;
    const isTyping = hands.isTyping(event, "input:not([type=checkbox]), textarea, select");
    if (event.code === "Escape") { if (isTyping) target.blur(); cancel(); return; }
    if (isTyping) {
      const isDone = event.code === "Enter" && target.closest(".row-form");
      if (isDone) { event.preventDefault(); act(); }
      return;
    }
    const scope = form() || document;
    const found = scope.querySelector(`:is(.table-desk, .list-over) [data-hotkey="${event.code}"]:not([disabled])`);
    if (found) { event.preventDefault(); hot(found); return; }
    if (form()) return;
    const isInGrid = Boolean(target.closest && target.closest(".ag-root"));
    if (event.code === "BracketLeft" || event.code === "BracketRight") {
      event.preventDefault();
      lists.step(event.code === "BracketLeft" ? -1 : 1);
    } else if (event.code === "KeyR") {
      lists.again();
    } else if ((event.code === "ArrowDown" || event.code === "ArrowUp") && !isInGrid) {
      event.preventDefault();
      lists.focus();
    }
  }

  function click(event) {
    if (!lists.page() || !lists.current() || isBehind()) return;
    const at = (selector) => event.target.closest(selector);
    const tab = at("[data-list]");
    const link = at("a[href]");
    if (tab) {
      lists.named(tab.dataset.list);
    } else if (link && link.pathname === location.pathname && link.search.includes("list=")) {
      // A figure of this page leads to its list without leaving the page.
      event.preventDefault();
      history.replaceState(history.state, "", link.href);
      lists.go(lists.readAddress());
      lists.focus();
    } else if (at("[data-purpose]")) {
      purpose = at("[data-purpose]").dataset.purpose;
      open(lists.chosen(), false);
      lists.focus();
    } else if (at("[data-deed]")) {
      begin(at("[data-deed]"));
    } else if (at(".row-form [data-yes]")) {
      act();
    } else if (at(".row-form [data-no]")) {
      cancel();
    }
  }

  function take(event) {
    const box = event.target;
    if (box.matches && box.matches(".list-take")) box.elements.asked.value = JSON.stringify(lists.ask());
  }

  addEventListener("keydown", press);
  addEventListener("click", click);
  addEventListener("submit", take);
  addEventListener("change", (event) => {
    if (event.target.matches && event.target.matches("[data-filter]")) lists.turn(event.target);
  });
  return {open, again, shut, shown, told, tellPicked};
})();

Object.assign(window.dash_clientside.centre, {beginLists: lists.begin, shownRow: rows.shown, toldRow: rows.told});

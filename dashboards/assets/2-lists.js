/* The lists of a desk: one grid that shows one list at a time, a page of rows after another.

   The server tells which lists there are (store `lists`); which one is shown, and how it is
   filtered and sorted, stands in the address: a link to a page is a link to its list. Rows come
   from /rows/<list>; keys are bound by `KeyboardEvent.code`. */
"use strict";

const lists = (() => {
  const root = document.documentElement;
  const number = new Intl.NumberFormat(root.lang === "en" ? "en-GB" : "vi-VN");
  const DEEPEST = 100000;
  const REFRESH_MS = 3000;
  const waiting = [];
  let known = [];
  let list = null;
  let where = {};
  let grid = null;
  let chosen = null;
  let total = null;
  let revision = null;
  let asked = 0;
  let turning = 0;

  const page = () => document.querySelector(".list-place");
  const isOpened = (params) => Boolean(params.data) && params.data.id === chosen;
  const marked = (name, mark) => (params) => Boolean(params.data) && (params.data.marks || {})[name] === mark;

  function column(told) {
    return {
      colId: told.name,
      field: `cells.${told.name}`,
      headerName: told.text,
      minWidth: told.width,
      flex: told.width,
      sortable: told.sorted,
      sort: null,
      resizable: true,
      headerClass: told.number ? "is-number" : "",
      cellClass: [told.number ? "is-number" : "", told.code ? "is-code" : ""].filter(Boolean),
      cellClassRules: {
        "is-opened": isOpened,
        "is-due": marked(told.name, "is-due"),
        "is-strong": marked(told.name, "is-strong"),
        "is-quiet": marked(told.name, "is-quiet"),
      },
      cellRenderer: (params) => {
        const sign = params.data && (params.data.signs || {})[told.name];
        if (!sign) return params.value === undefined ? "" : params.value;
        return window.React.createElement("span", {className: "sign", dangerouslySetInnerHTML: {__html: sign}});
      },
    };
  }

  function tellFoot(text) {
    const place = document.querySelector(".list-total");
    if (!place) return;
    if (text) { place.textContent = text; return; }
    if (total === null) return;
    const key = total === 0 ? "list.none" : total >= DEEPEST ? "list.more" : "list.rows";
    place.textContent = centre.say(key, {n: number.format(total)});
  }

  function tellAge(asOf) {
    const place = document.querySelector(".list-age");
    if (!place) return;
    place.dataset.age = asOf;
    centre.tick();
  }

  async function getRows(params) {
    // The grid asks for what stands before the first row when its focus was on a row that has gone.
    if (params.startRow < 0) { params.failCallback(); return; }
    const mine = asked;
    const body = {
      first: params.startRow, most: params.endRow - params.startRow, where,
      order: params.sortModel.map((one) => [one.colId, one.sort === "desc"]),
    };
    const slow = setTimeout(() => tellFoot(centre.say("list.loading", {})), 2000);
    try {
      const answer = await fetch(`/rows/${list.name}?lang=${root.lang}`, {
        method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
        signal: AbortSignal.timeout(10000),
      });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      // The list was changed meanwhile: nobody waits for these rows any more.
      if (mine !== asked) { params.failCallback(); return; }
      if (found.total !== null) total = found.total;
      params.successCallback(found.rows, total === null ? -1 : total);
      grid.setGridOption("loading", false);
      if (total === 0) grid.showNoRowsOverlay(); else grid.hideOverlay();
      tellFoot();
      tellAge(found.as_of);
      while (waiting.length) waiting.shift()();
    } catch {
      params.failCallback();
      if (mine === asked) tellFoot(centre.say("list.failed", {}));
    } finally {
      clearTimeout(slow);
    }
  }

  function fit() {
    // The columns stand in the order of what matters: where there is no room the last ones go. An
    // opened row and a file hold all of them.
    if (!list) return;
    let room = document.getElementById("grid").clientWidth - 20 - (list.picks ? 50 : 0);
    const fits = list.columns.map((one) => { room -= one.width; return room >= 0; });
    grid.setColumnsVisible(list.columns.filter((_, at) => fits[at]).map((one) => one.name), true);
    grid.setColumnsVisible(list.columns.filter((_, at) => !fits[at]).map((one) => one.name), false);
  }

  function readAddress() {
    const told = new URLSearchParams(location.search);
    const wanted = known.find((one) => one.name === told.get("list")) || known[0];
    const filters = {...wanted.filters};
    for (const name of Object.keys(filters)) if (told.has(name)) filters[name] = told.get(name);
    const order = (told.get("sort") || "").split(",").filter(Boolean)
      .map((word) => [word.replace(/^-/, ""), word.startsWith("-")]);
    return {wanted, filters, order: order.length ? order : wanted.order, row: told.get("row")};
  }

  function writeAddress() {
    const told = new URLSearchParams(location.search);
    for (const name of [...told.keys()]) if (name !== "lang" && name !== "theme") told.delete(name);
    told.set("list", list.name);
    for (const [name, value] of Object.entries(where)) {
      if (value !== list.filters[name]) told.set(name, value);
    }
    const order = grid.getColumnState().filter((one) => one.sort).sort((a, b) => a.sortIndex - b.sortIndex);
    const words = order.map((one) => (one.sort === "desc" ? "-" : "") + one.colId).join(",");
    if (words !== list.order.map(([name, down]) => (down ? "-" : "") + name).join(",")) told.set("sort", words);
    if (chosen) told.set("row", chosen);
    history.replaceState(history.state, "", `${location.pathname}?${told}`);
  }

  function drawNames() {
    const place = document.getElementById("list-names");
    place.replaceChildren(...known.map((one) => {
      const tab = document.createElement("button");
      Object.assign(tab, {type: "button", textContent: one.text});
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(one === list));
      tab.dataset.list = one.name;
      return tab;
    }));
  }

  function drawFilters() {
    document.getElementById("list-filters").innerHTML = list.markup;
    document.getElementById("list-foot").innerHTML = list.foot;
    for (const box of document.querySelectorAll("#list-filters [data-filter]")) {
      const value = where[box.dataset.filter];
      if (value && ![...box.options].some((one) => one.value === value)) box.add(new Option(value, value));
      box.value = value;
      box.closest("label").classList.toggle("is-set", Boolean(value));
    }
  }

  function show(told) {
    asked += 1;
    // What was to follow in the list before follows in no other.
    waiting.length = 0;
    total = null;
    revision = null;
    chosen = told.row;
    list = told.wanted;
    where = told.filters;
    drawNames();
    drawFilters();
    grid.setGridOption("rowSelection", list.picks
      ? {mode: "multiRow", checkboxes: true, headerCheckbox: false, enableClickSelection: false} : undefined);
    grid.deselectAll();
    grid.setGridOption("columnDefs", list.columns.map(column));
    const state = told.order.map(([colId, down], sortIndex) => ({colId, sort: down ? "desc" : "asc", sortIndex}));
    fit();
    grid.applyColumnState({state, defaultState: {sort: null}});
    grid.setGridOption("datasource", {getRows});
    grid.ensureIndexVisible(0);
    rows.shut();
    if (chosen) rows.open(chosen, false);
  }

  function turn(box) {
    where = {...where, [box.dataset.filter]: box.value};
    box.closest("label").classList.toggle("is-set", Boolean(box.value));
    again();
  }

  function again() {
    asked += 1;
    total = null;
    writeAddress();
    grid.deselectAll();
    grid.setGridOption("datasource", {getRows});
  }

  function turnTo(next) {
    if (next && next !== list) go({wanted: next, filters: {...next.filters}, order: next.order, row: null});
  }

  function go(told) {
    show(told);
    writeAddress();
  }

  function choose(id) {
    const before = chosen;
    chosen = id;
    const nodes = [before, id].filter(Boolean).map((one) => grid.getRowNode(one)).filter(Boolean);
    grid.refreshCells({force: true, rowNodes: nodes});
    writeAddress();
  }

  function focus() {
    const node = chosen && grid.getRowNode(chosen);
    const at = grid.getFocusedCell();
    const row = node && node.rowIndex !== null ? node.rowIndex : at ? at.rowIndex : 0;
    const first = grid.getAllDisplayedColumns()[0];
    if (!first || !grid.getDisplayedRowCount()) return;
    grid.ensureIndexVisible(row);
    grid.setFocusedCell(row, at ? at.column : first);
  }

  async function begin(data) {
    if (!data || !data.length) return;
    known = data;
    grid = await window.dash_ag_grid.getApiAsync("grid");
    // The wrapper of the grid puts its own source in when it is ready: ours comes after it.
    while (!grid.getGridOption("datasource")) await new Promise(requestAnimationFrame);
    grid.addEventListener("rowClicked", (event) => { if (event.data) rows.open(event.data.id, true); });
    grid.addEventListener("cellKeyDown", (event) => {
      if (event.event.code === "Enter" && event.data) rows.open(event.data.id, true);
    });
    grid.addEventListener("sortChanged", () => { if (list) writeAddress(); });
    grid.addEventListener("gridSizeChanged", fit);
    grid.addEventListener("selectionChanged", () => rows.tellPicked(grid.getSelectedNodes().length));
    show(readAddress());
  }

  function follow(live) {
    if (!page() || !grid || !list) return;
    const now = (live.revisions || {})[list.name];
    if (now === undefined || now === revision) return;
    const isFirst = revision === null;
    revision = now;
    if (isFirst || turning) return;
    // Under heavy traffic a list changes all the time: nobody reads faster than this. The opened row
    // stays as it is: each look at a person is noted, and only a person looks.
    turning = setTimeout(() => { turning = 0; grid.refreshInfiniteCache(); }, REFRESH_MS);
  }

  centre.after.push(follow);
  return {
    begin, page, go, again, turn, choose, focus, readAddress,
    step: (by) => turnTo(known[known.indexOf(list) + by]),
    named: (name) => turnTo(known.find((one) => one.name === name)),
    current: () => list,
    chosen: () => chosen,
    grid: () => grid,
    picked: () => grid.getSelectedNodes().map((node) => node.id),
    ask: () => ({where, order: grid.getColumnState().filter((one) => one.sort)
      .sort((a, b) => a.sortIndex - b.sortIndex).map((one) => [one.colId, one.sort === "desc"])}),
    afterRows: (act) => waiting.push(act),
    refresh: () => grid.refreshInfiniteCache(),
  };
})();

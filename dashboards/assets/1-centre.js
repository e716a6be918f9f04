/* What every page does by itself: it puts pushed markup in its place, lets ages and running times
   grow, says when it is frozen, and mends itself.

   The server pushes into one store, `live`: {now, as_of, state, next_s, parts: {id: markup}}. */
"use strict";

window.dash_clientside = window.dash_clientside || {};

const centre = (() => {
  const PAGE_MS = 10000;
  const root = document.documentElement;
  // Nobody touches a wall: it goes looking for its server at once. A desk may hold typed words.
  const isWall = root.dataset.page === "wall";
  const SILENT_MS = isWall ? 8000 : 15000;
  const ASK_MS = isWall ? 3000 : 60000;
  const LOST_MS = isWall ? 9000 : 60000;
  // A page that is slow to come must not ask for itself again: a room of them would never end.
  const FIRST_MS = isWall ? 20000 : 60000;
  const RETRY_MS = isWall ? 500 : 5000;
  const SPREAD_MS = isWall ? 1000 : 0;
  const words = JSON.parse(document.getElementById("words").textContent);
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  const minute = new Intl.DateTimeFormat("en-GB", {
    timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const shown = new Map();
  const after = [];
  const each = [];
  // A wall comes with its first picture in the document; see dashboards/first.py.
  const first = document.getElementById("first");
  let heardAt = Date.now();
  let hasHeard = false;
  let ahead = first ? Date.parse(first.dataset.now) - heardAt : 0;
  let asOf = first ? first.dataset.asOf : null;
  let stale = null;
  let period = 2;
  let build = null;
  let boot = first ? first.dataset.boot : null;
  let probing = false;
  let tries = 300;

  const say = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const now = () => Date.now() + ahead;

  function age(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (whole >= size) return say("age." + unit, {n: Math.floor(whole / size)});
    }
    return say("age.second", {n: whole});
  }

  function running(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  function text(node, value) {
    if (node && node.textContent !== value) node.textContent = value;
  }

  // Where a part stands: at its id, and at every place named after it on another page of a wall.
  function placesOf(id) {
    const node = document.getElementById(id);
    return node ? [node, ...document.querySelectorAll(`[data-part="${id}"]`)] : [];
  }

  function put(parts) {
    for (const [id, markup] of Object.entries(parts || {})) shown.set(id, {markup, nodes: new WeakSet()});
    let isWhole = true;
    for (const [id, part] of shown) {
      const nodes = placesOf(id);
      isWhole = isWhole && nodes.length > 0;
      for (const node of nodes) {
        if (part.nodes.has(node)) continue;
        part.nodes.add(node);
        node.innerHTML = part.markup;
      }
    }
    // The first push may be faster than the page it belongs to.
    if (!isWhole && tries-- > 0) requestAnimationFrame(() => { put(); tick(); });
    if (isWhole && shown.size) first?.remove();
  }

  // A number read for this very push is as old as the push: unchanged, it is not sent again.
  function growAges() {
    for (const node of document.querySelectorAll("[data-live]")) {
      if (asOf === null) break;
      node.dataset.age = asOf;
      node.dataset.clock = minute.format(new Date(asOf));
    }
    for (const node of document.querySelectorAll("[data-age]")) {
      const seconds = (now() - Date.parse(node.dataset.age)) / 1000;
      const limit = Number(node.dataset.period);
      const isStale = limit > 0 && seconds > 2 * limit;
      const isLate = limit > 0 && !isStale && seconds > limit;
      node.classList.toggle("is-late", isLate);
      node.classList.toggle("is-stale", isStale);
      const told = isStale ? say("state.old", {time: node.dataset.clock})
        : isLate ? say("state.late", {age: age(seconds)}) : age(seconds);
      text(node.querySelector(".age-text") || node, told);
      const tile = node.closest(".tile");
      if (tile) tile.classList.toggle("is-stale", isStale);
    }
  }

  function growTimes() {
    for (const node of document.querySelectorAll("[data-since]")) {
      const since = Date.parse(node.dataset.since);
      const spent = (now() - since) / 1000;
      text(node.querySelector(".run-time"), running(spent));
      if (!node.dataset.due) continue;
      const whole = (Date.parse(node.dataset.due) - since) / 1000;
      const isOver = spent > whole && !node.classList.contains("is-taken");
      node.classList.toggle("is-over", isOver);
      const bar = node.querySelector(".track i");
      if (bar) bar.style.width = isOver ? "100%" : Math.min(100, spent / whole * 100) + "%";
      const over = node.querySelector(".over-text");
      if (over) text(over, isOver ? say("alert.overdue_by", {age: age(spent - whole)}) : "");
    }
  }

  function turnPages() {
    for (const book of document.querySelectorAll("[data-pages]")) {
      const pages = book.querySelectorAll(".card-page");
      if (!pages.length) continue;
      const open = Math.floor(now() / PAGE_MS) % pages.length;
      pages.forEach((page, n) => page.toggleAttribute("hidden", n !== open));
      text(document.getElementById("showing"), pages[open].dataset.showing);
    }
  }

  function tellClock() {
    text(document.querySelector(".clock"), clock.format(new Date(now())));
    const left = Math.max(0, period - (Date.now() - heardAt) / 1000);
    const ring = document.querySelector(".ring-timer .left");
    if (ring) ring.style.strokeDasharray = `${left / period * 107} 107`;
    text(document.querySelector(".ring-left"), say("age.second", {n: Math.ceil(left)}));
  }

  function tellFrozen(isFrozen) {
    root.toggleAttribute("data-frozen", isFrozen);
    if (!isFrozen) return;
    const since = asOf === null ? heardAt + ahead : Date.parse(asOf);
    text(document.querySelector("#frozen b"), say("state.frozen_at", {time: clock.format(new Date(since))}));
    const next = stale ? stale.retry_s : Math.ceil(RETRY_MS / 1000);
    text(document.querySelector("#frozen span"), say("state.frozen_for", {
      age: age((now() - since) / 1000), next, why: words[stale ? "state.no_store" : "state.no_server"],
    }));
  }

  // A server that was started anew has no socket of ours: the page is opened anew at once. One that is
  // the same may only be slow, and is given longer. All the walls of a room lost it together, so each
  // waits a moment of its own.
  async function mend() {
    if (probing) return;
    probing = true;
    const heard = heardAt;
    try {
      const answer = await fetch("/healthz", {cache: "no-store", signal: AbortSignal.timeout(4000)});
      const told = answer.ok ? await answer.json() : null;
      const silence = Date.now() - heardAt;
      const isAnother = boot !== null && told !== null && told.boot !== boot;
      if (told && (isAnother || silence > (hasHeard ? LOST_MS : FIRST_MS))) {
        await new Promise((done) => setTimeout(done, Math.random() * SPREAD_MS));
        if (heardAt === heard) location.reload();
      }
    } catch { /* the server is still away: the next try follows */ } finally {
      setTimeout(() => { probing = false; tick(); }, RETRY_MS);
    }
  }

  // Dash keeps every former value of every store for an undo that no page of ours offers: in a day a
  // wall would hold gigabytes of its own past, and a desk every case that was ever opened at it.
  function forget() {
    for (const store of window.dash_stores || []) store.getState().history.past.length = 0;
  }

  function tick() {
    const silence = Date.now() - heardAt;
    const isFrozen = stale !== null || silence > SILENT_MS;
    put();
    forget();
    tellFrozen(isFrozen);
    each.forEach((act) => act(now(), isFrozen));
    if (silence > (boot ? ASK_MS : FIRST_MS)) mend();
    if (isFrozen) return;
    growAges();
    growTimes();
    turnPages();
    tellClock();
  }

  function draw(live) {
    if (!live) return;
    if (live.gone) { location.reload(); return; }
    // A wall stands for months: when the server was renewed, so are its scripts.
    build = build || live.build;
    if (isWall && live.build && live.build !== build) { location.reload(); return; }
    boot = live.boot || boot;
    heardAt = Date.now();
    hasHeard = true;
    ahead = Date.parse(live.now) - heardAt;
    stale = live.state === "fresh" ? null : live;
    if (live.as_of) asOf = live.as_of;
    period = live.next_s || period;
    put(live.parts);
    after.forEach((act) => act(live));
    tick();
  }

  function keepChoice(name) {
    const wanted = new URLSearchParams(location.search).get(name);
    if (wanted) document.cookie = `${name}=${encodeURIComponent(wanted)}; path=/; max-age=31536000; samesite=lax`;
  }

  keepChoice("lang");
  keepChoice("theme");
  setInterval(tick, 1000);
  // Once the scripts behind this one stand as well.
  if (first) queueMicrotask(tick);
  addEventListener("online", tick);
  document.addEventListener("visibilitychange", tick);
  return {draw, put, say, text, after, each, tick};
})();

window.dash_clientside.centre = {draw: centre.draw};

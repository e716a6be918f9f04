// Sends what the device keeps, in the order it was made, in batches, once: an answered scan leaves
// the queue; one whose answer was lost goes again under the same id, and the centre says `repeated`.

import { describe } from "./codes.js";

const BATCH = 200;
const ANSWER_MS = 20_000;
const PATIENCE_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const KEY_MS = 60_000;
const LOOK_MS = 30_000;
const POINTS_MS = 600_000;
const LOCK = "ioc-scan-send";

/**
 * Return a sender over `store`. `tell({state, waiting, skew_ms, detail})` is called when something
 * changed; states: "no_key", "ready", "sending", "offline", "key_refused", "busy", "fault".
 * `answer(id, outcome)` is called for each scan that the centre answered, in every tab.
 */
export function createSender(store, tell, answer) {
  const told = { state: "ready", waiting: 0, skew_ms: null, detail: "" };
  const tabs = new BroadcastChannel("ioc-scan");
  let timer = 0;
  let failures = 0;
  let isDue = false;
  let answered = 0;
  let asked = 0;

  tabs.onmessage = ({ data }) => {
    for (const [id, outcome] of data.answers) answer(id, outcome);
    report({ waiting: data.waiting });
  };

  function report(changes) {
    tell(Object.assign(told, changes));
  }

  /** Send what waits; where another tab is sending, this one waits for it and sends the rest. */
  async function send() {
    if (isDue) return;
    isDue = true;
    clearTimeout(timer);
    await alone(() => {
      isDue = false;
      return drain();
    });
  }

  async function drain() {
    for (;;) {
      const [key, scans] = [await store.get("key"), await store.first(BATCH)];
      report({ waiting: await store.count() });
      if (!key) return report({ state: "no_key" });
      if (!scans.length) return look(key);
      report({ state: "sending" });
      const outcome = await post(key, scans);
      if (outcome.state !== "answered") return wait(outcome);
      failures = 0;
      await settle(scans, outcome.results);
    }
  }

  async function settle(scans, results) {
    const answers = scans.map((scan, n) => [scan.id, results[n]]);
    await store.settle(scans, answers.flatMap(([, result], n) => noticeOf(scans[n], result)));
    const waiting = await store.count();
    for (const [id, outcome] of answers) answer(id, outcome);
    tabs.postMessage({ answers, waiting });
    report({ waiting, state: waiting ? "sending" : "ready", detail: "" });
  }

  /** Post scans, or none: that tells whether the key is still good and the clock is right. */
  async function post(key, scans) {
    const items = scans.map(({ seq, ...item }) => item);
    const response = await ask("/v1/scans", key, { method: "POST", body: JSON.stringify({ items }) });
    if (response.state) return response;
    const { results } = response.body;
    const fits = Array.isArray(results) && results.length === scans.length;
    if (fits && results.every((result, n) => result.id === scans[n].id)) {
      answered = Date.now();
      return { state: "answered", results };
    }
    return { state: "fault", detail: "results" };
  }

  /** Ask the centre; return {body}, or {state, detail, after_ms} where it could not be used. */
  async function ask(path, key, options = {}) {
    const sent = Date.now();
    let response;
    try {
      response = await fetch(path, {
        ...options,
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch {
      return { state: "offline" };
    }
    report({ skew_ms: skewOf(response, sent) ?? told.skew_ms });
    const body = await response.json().catch(() => null);
    if (response.ok && body) return { body };
    const detail = body?.detail ?? `HTTP ${response.status}`;
    if ([401, 403].includes(response.status)) return { state: "key_refused", detail };
    const after_ms = 1000 * Number(response.headers.get("Retry-After") ?? 0);
    const isBusy = response.status === 429 || response.status >= 500;
    return { state: isBusy ? "busy" : "fault", detail, after_ms };
  }

  /** Nothing waits: see now and then whether the centre, the key and the clock are still right. */
  async function look(key) {
    if (Date.now() - answered > LOOK_MS) {
      const outcome = await post(key, []);
      if (outcome.state !== "answered") return wait(outcome);
    }
    if (Date.now() - asked > POINTS_MS) {
      const found = await ask("/v1/places?kind=point", key);
      if (found.state) return wait(found);
      asked = Date.now();
      await store.set("points", found.body.items);
    }
    failures = 0;
    report({ state: "ready", detail: "" });
    timer = setTimeout(send, LOOK_MS);
  }

  function wait({ state, detail = "", after_ms = 0 }) {
    const patience = PATIENCE_MS[Math.min(failures, PATIENCE_MS.length - 1)];
    failures += 1;
    report({ state, detail });
    timer = setTimeout(send, state === "key_refused" ? KEY_MS : Math.max(after_ms, patience));
  }

  /** Begin anew with another key: ask at once whether it is good, and for the points. */
  function restart() {
    [answered, asked, failures] = [0, 0, 0];
    return send();
  }

  window.addEventListener("online", send);
  window.addEventListener("offline", () => report({ state: "offline" }));
  return { send, restart };
}

/** Run `work` in one tab at a time; without locks (no HTTPS) ids alone make repeats harmless. */
function alone(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

/** Return by how much the device's clock is behind the centre's (ms), null where it is not said. */
function skewOf(response, sent) {
  const said = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(said)) return null;
  // The header counts whole seconds: half of one is the best guess.
  return said + 500 - (sent + Date.now()) / 2;
}

/** Return what a person must see of an answer: that it was refused, or whom to keep out. */
function noticeOf(scan, result) {
  const { name, number } = describe(scan.code);
  const kept = { id: scan.id, scanned_at: scan.scanned_at, point: scan.point, name, number };
  if (result.status === "refused") return [{ ...kept, kind: "refused", why: result.why ?? "" }];
  if (result.admission?.admit !== false) return [];
  return [{ ...kept, kind: "denied", why: result.admission.reason }];
}

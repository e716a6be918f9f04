// The page of a gate: takes codes from a scanner, the camera or a hand; keeps each before anything
// else; shows what the centre answers, or says honestly that nobody has checked it yet.

import { answerOf, show } from "./answer.js";
import { watch } from "./camera.js";
import { describe, isKey } from "./codes.js";
import { showLast, showNotices } from "./lists.js";
import { createSender } from "./sender.js";
import { prover } from "./proof.js";
import { showKey, showPoints, wireSetup } from "./setup.js";
import { wake } from "./sound.js";
import { openStore } from "./store.js";
import { count, loadWords, say, speak, spoken } from "./words.js";
import { listen } from "./wedge.js";

// An answer that is not there by then will not help whoever stands at the gate.
const ANSWER_MS = 3_000;
// A clock further off than this is told, and what it says is set right by the centre's.
const SKEW_MS = 30_000;
const KEPT_LAST = 50;
const UNHEARD = ["offline", "key_refused", "busy", "fault", "no_key"];

const $ = (id) => document.getElementById(id);
const store = await openStore();
const settings = {
  point: await store.get("point"),
  direction: (await store.get("direction")) ?? "in",
  hasKey: Boolean(await store.get("key")),
};
let told = { state: "ready", waiting: await store.count(), skew_ms: null, detail: "" };
let last = [];
let active = "";
let stopCamera = null;
await loadWords(await store.get("language"));
const proofOf = await prover();
const sender = createSender(store, report, answered);

async function scanned(code) {
  wake();
  if (isKey(code)) return takeKey(code);
  if (!settings.point || !settings.hasKey) return openSetup();
  const card = describe(code);
  const at = new Date(Date.now() + correction());
  const scan = {
    id: newId(),
    point: settings.point.id,
    direction: settings.direction,
    scanned_at: at.toISOString(),
    code,
  };
  try {
    await store.add(scan);
  } catch {
    return show({ kind: "lost", why: say("scan.lost_why"), card, at });
  }
  active = scan.id;
  last = [{ ...card, code, id: scan.id, at, kind: "asking" }, ...last].slice(0, KEPT_LAST);
  report({ waiting: told.waiting + 1 });
  if (UNHEARD.includes(told.state)) keepOnly(scan.id);
  else show({ kind: "asking", card, at });
  setTimeout(keepOnly, ANSWER_MS, scan.id);
  showLast(last);
  sender.send();
}

/** Say of a scan that was not answered that it is kept, and what the device itself can tell. */
async function keepOnly(id) {
  const scan = last.find((one) => one.id === id);
  if (scan?.kind !== "asking") return;
  scan.kind = "kept";
  const proof = scan.format === "personal" ? await proofOf(scan.code) : scan.format;
  const known = { ours: "kept_ours", not_ours: "kept_not_ours", unknown: "kept_unknown" }[proof];
  const why = [known && say(`scan.${known}`), say("scan.not_checked")].filter(Boolean).join(" ");
  if (id === active && scan.kind === "kept") show({ kind: "kept", why, card: scan, at: scan.at });
  showLast(last);
}

/** Take the centre's answer to one scan, of this tab or of another. */
async function answered(id, outcome) {
  const scan = last.find((one) => one.id === id);
  if (scan) {
    const answer = answerOf(outcome);
    const wasLate = scan.kind === "kept";
    scan.kind = answer.kind;
    delete scan.code;
    if (id === active) show({ ...answer, card: scan, at: scan.at, isSilent: wasLate && answer.kind === "admit" });
    showLast(last);
    // Whoever is kept out while the guard looks on need not be told of again.
    if (!wasLate && id === active && outcome.status !== "refused") await store.seen(id);
  }
  await refreshNotices();
}

async function refreshNotices() {
  const named = new Map(((await store.get("points")) ?? []).map(({ id, name }) => [id, name]));
  showNotices(await store.notices(), (id) => named.get(id) ?? id, async (id) => {
    await store.seen(id);
    await refreshNotices();
  });
}

function report(changes) {
  told = { ...told, ...changes };
  document.body.dataset.state = told.state;
  $("state-text").textContent = say(`scan.state_${told.state}`);
  $("waiting").textContent = told.waiting ? say("scan.waiting_n", { n: count(told.waiting) }) : "";
  $("waiting").dataset.n = told.waiting;
  warn();
  showKey(settings.hasKey, told.state);
  if (told.state === "ready" && !$("setup").hidden) store.get("points").then((found) => showPoints(found ?? [], settings.point));
}

function warn() {
  const lines = [];
  if (!window.isSecureContext) lines.push(say("scan.no_https"));
  if (told.state === "key_refused") lines.push(say("scan.key_refused", { why: told.detail }));
  if (told.state === "fault") lines.push(say("scan.fault", { why: told.detail }));
  if (Math.abs(told.skew_ms ?? 0) > SKEW_MS) {
    const name = told.skew_ms > 0 ? "scan.clock_slow" : "scan.clock_fast";
    lines.push(say(name, { n: count(Math.round(Math.abs(told.skew_ms) / 1000)) }));
  }
  $("warning").hidden = !lines.length;
  $("warning").textContent = lines.join(" ");
}

function correction() {
  return Math.abs(told.skew_ms ?? 0) > SKEW_MS ? told.skew_ms : 0;
}

/** Return an id no other device makes: ids are what makes a scan that is sent twice count once. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function takeKey(key) {
  await store.set("key", key);
  settings.hasKey = true;
  report({ state: "ready", detail: "" });
  if (!settings.point) openSetup();
  sender.restart();
}

async function openSetup() {
  endCamera();
  [$("setup").hidden, $("desk").hidden] = [false, true];
  showPoints((await store.get("points")) ?? [], settings.point);
  showKey(settings.hasKey, told.state);
  $("point").textContent = settings.point?.name ?? say("scan.setup");
  const isKept = await navigator.storage?.persisted?.();
  $("kept-how").textContent = say(isKept ? "scan.storage_kept" : "scan.storage_loose");
}

function openDesk() {
  [$("setup").hidden, $("desk").hidden] = [true, false];
  $("point").textContent = settings.point?.name ?? "";
  $("direction").textContent = say(`scan.${settings.direction}`);
  for (const way of ["in", "out"]) {
    $(`way-${way}`).setAttribute("aria-checked", String(way === settings.direction));
  }
  show({ kind: "waiting", why: say("scan.waiting_why") });
}

async function turn(direction) {
  settings.direction = direction;
  await store.set("direction", direction);
  openDesk();
}

async function toggleCamera() {
  wake();
  if (stopCamera) return endCamera();
  $("view").hidden = false;
  try {
    stopCamera = await watch($("view"), scanned);
  } catch (fault) {
    $("view").hidden = true;
    show({ kind: "waiting", why: say("scan.no_camera", { why: fault.name }) });
  }
  $("camera").textContent = say(stopCamera ? "scan.camera_off" : "scan.camera_on");
}

function endCamera() {
  stopCamera?.();
  stopCamera = null;
  $("view").hidden = true;
  $("camera").textContent = say("scan.camera_on");
}

function wire() {
  wireSetup({
    onKey: takeKey,
    onPoint: async (point) => {
      settings.point = point;
      await store.set("point", point);
      showPoints((await store.get("points")) ?? [], point);
    },
    onBegin: () => {
      wake();
      navigator.storage?.persist?.();
      openDesk();
    },
  });
  $("where").addEventListener("click", openSetup);
  $("camera").addEventListener("click", toggleCamera);
  for (const way of ["in", "out"]) $(`way-${way}`).addEventListener("click", () => turn(way));
  $("language").addEventListener("click", async () => {
    speak(spoken() === "vi" ? "en" : "vi");
    await store.set("language", spoken());
    nameLanguage();
    report({});
    if ($("setup").hidden) openDesk();
    else openSetup();
    showLast(last);
    await refreshNotices();
  });
  $("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = $("code").value.trim();
    $("code").value = "";
    // On a phone the first press opens the keyboard: a scanner needs none.
    $("code").inputMode = "text";
    if (code) scanned(code);
    else $("code").focus();
  });
  document.addEventListener("visibilitychange", () => document.hidden || sender.send());
  window.addEventListener("pointerdown", wake, { once: true });
  listen(scanned);
}

function nameLanguage() {
  $("language").textContent = spoken() === "vi" ? "EN" : "VI";
}

wire();
nameLanguage();
if (settings.point && settings.hasKey) openDesk();
else await openSetup();
report({});
await refreshNotices();
document.body.dataset.ready = "1";
navigator.serviceWorker?.register("/scan/sw.js", { scope: "/scan", type: "classic" });
sender.send();

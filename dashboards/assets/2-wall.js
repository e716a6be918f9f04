/* What a wall does besides: it fits its screen, moves by two pixels now and then so that nothing burns
   in, and turns its pages by the clock, all screens of a kind together. A new P1 brings back the
   first page; it stays while nobody has taken the alert, and `data-hold` seconds at least. */
"use strict";

(() => {
  const SHIFT_MS = 600000;
  const SHIFT_PX = 2;

  function fit(now) {
    const wall = document.querySelector(".wall");
    if (!wall) return;
    const scale = Math.min(innerWidth / 1920, innerHeight / 1080);
    const shift = Math.floor(now / SHIFT_MS) % 2 * SHIFT_PX;
    const moved = `translate(${shift}px, ${shift}px) scale(${scale})`;
    if (wall.style.transform !== moved) wall.style.transform = moved;
  }

  function isHeld(now, holdMs) {
    const urgent = document.querySelector("[data-urgent-at]");
    if (!urgent) return false;
    return urgent.hasAttribute("data-waits") || now - Date.parse(urgent.dataset.urgentAt) < holdMs;
  }

  function turn(now) {
    const wall = document.querySelector(".wall[data-turn]");
    if (!wall) return;
    const pages = wall.querySelectorAll(".wall-page");
    const held = isHeld(now, Number(wall.dataset.hold) * 1000);
    const open = held ? 0 : Math.floor(now / (Number(wall.dataset.turn) * 1000)) % pages.length;
    pages.forEach((page, n) => page.toggleAttribute("hidden", n !== open));
    centre.text(wall.querySelector(".page-name"), pages[open].dataset.name);
    const place = centre.say("wall.page", {n: open + 1, of: pages.length});
    centre.text(wall.querySelector(".page-place"), held ? centre.say("wall.page_held") : place);
  }

  centre.each.push(fit);
  centre.each.push((now, isFrozen) => { if (!isFrozen) turn(now); });
  addEventListener("resize", () => centre.tick());
})();

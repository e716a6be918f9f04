/* A page by night and by day: where a time of day was asked for, it changes over by itself.

   The distance from which a wall is read is kept, as language and theme are. */
"use strict";

(() => {
  const root = document.documentElement;
  const MODES = {night: "dark", day: "light"};
  const EVERY_MS = 20000;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });

  function wear(theme) {
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    root.dataset.bsTheme = root.dataset.agThemeMode = MODES[theme];
  }

  function look() {
    const [from, until] = root.dataset.daytime.split("-");
    const now = clock.format(new Date());
    const isDay = from <= until ? from <= now && now < until : from <= now || now < until;
    wear(isDay ? "day" : "night");
  }

  const distance = new URLSearchParams(location.search).get("dist");
  if (distance) document.cookie = `dist=${encodeURIComponent(distance)}; path=/; max-age=31536000; samesite=lax`;
  if (root.dataset.daytime) {
    look();
    setInterval(look, EVERY_MS);
  }
})();

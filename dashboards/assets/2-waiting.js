/* A page that waits for its first numbers says so after two seconds, and for how long; after ten it
   says that its source does not answer. Once there was a number, ages and the frozen banner tell. */
"use strict";

(() => {
  const QUIET_MS = 2000;
  const LONG_MS = 10000;
  const begun = Date.now();
  const sign = document.getElementById("waiting");
  let isFed = !document.documentElement.dataset.page;

  centre.after.push(() => {
    isFed = true;
    document.documentElement.dataset.fed = "";
    sign.hidden = true;
  });
  centre.each.push((_now, isFrozen) => {
    const waited = Date.now() - begun;
    sign.hidden = isFed || isFrozen || waited < QUIET_MS;
    if (sign.hidden) return;
    const why = centre.say(waited < LONG_MS ? "state.loading" : "state.failed", {});
    centre.text(sign, `${why} · ${centre.say("age.second", {n: Math.floor(waited / 1000)})}`);
  });
})();

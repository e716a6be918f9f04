"""A page that is looked at for hours: what it heard, and what it holds."""

from playwright.sync_api import Browser, CDPSession, Error, Page

# Counts pushes and holds none of them.
COUNT = """
window.soak = {pushes: 0, now: 0};
const waiting = setInterval(() => {
  if (typeof centre === "undefined") return;
  clearInterval(waiting);
  centre.after.push(live => {
    window.soak.pushes += 1;
    window.soak.now = Date.parse(live.now) / 1000;
  });
}, 50);
"""


class Watched:
    """One page that is looked at."""

    def __init__(self, browser: Browser, url: str, user: dict[str, str], path: str) -> None:
        self.path = path
        context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="vi-VN")
        self.page: Page = context.new_page()
        self.page.add_init_script(COUNT)
        self.page.goto(f"{url}/login")
        self.page.fill("input[name=name]", user["name"])
        self.page.fill("input[name=password]", user["password"])
        self.page.click("button")
        self.page.goto(url + path)
        self.devtools: CDPSession = context.new_cdp_session(self.page)
        self.devtools.send("Performance.enable")
        self._seen = 0

    def heard(self) -> tuple[int, float]:
        """Return how many pushes came since last asked, and when the last was made; 0: it loads."""
        try:
            told = self.page.evaluate("window.soak")
        except Error:
            return 0, 0.0
        # A page that opened itself anew counts from nothing.
        more = told["pushes"] - (self._seen if told["pushes"] >= self._seen else 0)
        self._seen = told["pushes"]
        return more, told["now"]

    def memory(self) -> dict[str, float]:
        """Return what the page holds once its garbage is gone: MB of heap, nodes, listeners."""
        self.devtools.send("HeapProfiler.collectGarbage")
        told = {
            m["name"]: m["value"] for m in self.devtools.send("Performance.getMetrics")["metrics"]
        }
        return {
            f"{self.path} heap": told["JSHeapUsedSize"] / 1e6,
            f"{self.path} nodes": told["Nodes"],
            f"{self.path} listeners": told["JSEventListeners"],
        }

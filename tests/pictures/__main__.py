"""Take the pictures of every page, by day and by night, into docs/pictures.

    python -m tests.pictures [--into docs/pictures] [--only wall …]

They show a made-up city, the same at every run but for the times that pass.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from dashboards.app import SCREENS
from ioc.access.model import Role
from tests.conftest import BROWSER_ARGS, system_browser
from tests.pictures.comers import breathe
from tests.pictures.gate import gate, phones
from tests.pictures.stage import PASSWORD, ROOT, stage

HERE = ROOT / "docs" / "pictures"
DESK, PHONE = (1920, 1080), (390, 844)
TALL = (1920, 7200)
THEMES = ("night", "day")
WIDTH = 1440
QUALITY = 78


@dataclass(frozen=True)
class Shot:
    """One page as somebody opens it; `ready` is there once it is filled."""

    name: str
    role: Role
    path: str
    ready: str
    size: tuple[int, int] = DESK
    looks: str = ""
    themes: tuple[str, ...] = THEMES


FILLED = "html[data-fed]"
# The pages of alerts turn: the last of them may hold one.
THREE_CARDS = ":nth-match(.card:visible, 3)"
GATE = "scan-phone"
SHOTS = (
    Shot("wall", Role.OPERATOR, "/wall", THREE_CARDS),
    Shot("wall-afar", Role.OPERATOR, "/wall", THREE_CARDS, looks="&dist=6.25", themes=("night",)),
    Shot("police", Role.POLICE, "/police", ".action.is-next"),
    Shot("police-phone", Role.POLICE, "/police", ".action.is-next", PHONE),
    Shot("shift", Role.SHIFT_LEAD, "/shift", ".shift-row"),
    Shot("review", Role.REVIEWER, "/review", "[data-question]:not([hidden])"),
    Shot("transport", Role.TRANSPORT, "/transport", ".filing-row"),
    Shot("briefing", Role.LEADER, "/briefing", ".printed"),
    Shot("entries", Role.HEALTH, "/entries", FILLED),
    Shot("scans", Role.HEALTH, "/scans", FILLED),
    Shot("health", Role.HEALTH, "/health", FILLED),
    Shot("reports", Role.SHIFT_LEAD, "/reports", "#report-head > *"),
    Shot("cameras", Role.SHIFT_LEAD, "/cameras", "#camera-head > *"),
    Shot("admin", Role.ADMIN, "/admin", FILLED),
    Shot(
        "components", Role.ADMIN, "/admin/components", "#gallery-hands svg", TALL, themes=("night",)
    ),
)


def main(arguments: list[str]) -> int:
    """Take the pictures that `arguments` name, all of them without names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE)
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args(arguments)
    asked.into.mkdir(parents=True, exist_ok=True)
    built = {f"/{page.value}" for page in SCREENS}
    wanted = [
        shot for shot in SHOTS if shot.path in built and (not asked.only or shot.name in asked.only)
    ]
    with stage() as shown, _browser() as browser:
        for shot in wanted:
            breathe(shown.centre)
            for theme, picture in _taken(browser, shown.url, shot):
                _keep(asked.into / f"{shot.name}-{theme}.webp", picture)
        if not asked.only or GATE in asked.only:
            with gate(shown.centre) as opened:
                for theme, picture in phones(browser, shown, opened):
                    _keep(asked.into / f"{GATE}-{theme}.webp", picture)
    return 0


def _keep(file: Path, shot: bytes) -> None:
    picture = _small(shot)
    file.write_bytes(picture)
    sys.stdout.write(f"{file} {len(picture) / 1024:.0f} kB\n")


def _taken(browser: Any, url: str, shot: Shot) -> Iterator[tuple[str, bytes]]:
    context = browser.new_context(
        viewport={"width": shot.size[0], "height": shot.size[1]}, locale="vi-VN"
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{url}/login?next={shot.path}")
    page.fill("input[name=name]", shot.role.value)
    page.fill("input[name=password]", PASSWORD)
    page.click("button")
    for theme in shot.themes:
        page.goto(f"{url}{shot.path}?theme={theme}{shot.looks}")
        page.wait_for_selector(shot.ready, state="attached")
        page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(1_500)
        yield theme, page.screenshot()
    context.close()


def _small(shot: bytes) -> bytes:
    """Return a screenshot as a small picture: at most WIDTH px wide, in WebP."""
    picture = Image.open(BytesIO(shot)).convert("RGB")
    if picture.width > WIDTH:
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
    out = BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=system_browser(), args=BROWSER_ARGS)
        try:
            yield opened
        finally:
            opened.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

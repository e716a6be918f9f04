"""The page of a gate (`/scan`) on a phone: set up, ready, an answer of each kind, no network.

It belongs to the API, not to the pages, and lives on the phone: one phone goes through all of its
states, and they stand side by side in one picture.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image

from ingest.app import create_app
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.cards.model import CardMedium, CardOrder
from ioc.cards.service import issue_cards
from ioc.centre import Centre
from ioc.persons.rules import identify
from tests.pictures.stage import Stage, served

POINT = "dong-ba-01"
SIZE = (390, 844)
GAP = 20
GROUNDS = {"night": "#101316", "day": "#c3c9d0"}
SCHEMES = {"night": "dark", "day": "light"}
WAITING = 3
# A browser cannot be set to another day: what it takes for now is told to it, before the page runs.
CLOCK = """(ahead => { const Real = Date; globalThis.Date = class extends Real {
  constructor(...at) { at.length ? super(...at) : super(Real.now() + ahead); }
  static now() { return Real.now() + ahead; } }; })"""


@dataclass(frozen=True)
class Gate:
    """Where the page is, the key of a device, and cards to show it."""

    url: str
    key: str
    good: tuple[str, ...]
    replaced: str


@contextmanager
def gate(centre: Centre) -> Iterator[Gate]:
    """Yield the gate of a market, with people who have cards of the city."""
    names = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Quang Cường", "Phạm Thị Dung", "Hồ Văn Em")
    people = [identify(f"0460900000{n:02}", name, "1990-01-01") for n, name in enumerate(names)]
    orders = [CardOrder(f"c-{n}", one, CardMedium.PAPER) for n, one in enumerate(people)]
    codes, qids = [], []
    for _, issued in issue_cards(centre, "office", orders):
        codes.append(issued.code or "")
        qids.append(issued.qid)
    again = CardOrder("c-again", people[-1], CardMedium.PAPER, replaces=qids[-1])
    issue_cards(centre, "office", [again])
    key = create_key(centre, "gate", [Right.SCANS, Right.PLACES], [POINT])
    with served(create_app(centre)) as url:
        yield Gate(url, key, tuple(codes[:-1]), codes[-1])


def phones(browser: Any, clock: Stage, gate: Gate) -> Iterator[tuple[str, bytes]]:
    """Yield by theme the picture of a phone's states, as PNG."""
    for theme, scheme in SCHEMES.items():
        context = browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]},
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            color_scheme=scheme,
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        ahead = round(1000 * (clock() - datetime.now(clock().tzinfo)).total_seconds())
        page.add_init_script(f"{CLOCK}({ahead})")
        shown = [page.screenshot() for _ in _states(page, gate)]
        yield theme, _side_by_side(shown, GROUNDS[theme])
        context.close()


def _states(page: Any, gate: Gate) -> Iterator[None]:
    page.goto(f"{gate.url}/scan")
    page.fill("#key", gate.key)
    page.click("#key-form button")
    page.fill("#find", "dong ba")
    page.click(f"#points [data-id={POINT}]")
    page.evaluate("document.fonts.ready.then(() => true)")
    yield
    page.click("#begin")
    page.wait_for_selector("body[data-state=ready] #answer.is-waiting")
    yield
    _show(page, gate.good[0], "admit")
    yield
    _show(page, gate.replaced, "deny")
    yield
    page.context.set_offline(True)
    for code in gate.good[1 : 1 + WAITING]:
        _show(page, code, "kept")
    page.wait_for_selector(f"body[data-state=offline] #waiting[data-n='{WAITING}']")
    yield
    page.context.set_offline(False)
    page.wait_for_selector("#waiting[data-n='0']", state="attached")


def _show(page: Any, code: str, answer: str) -> None:
    page.fill("#code", code)
    page.click("#type-label")
    page.wait_for_selector(f"#answer.is-{answer}")


def _side_by_side(shown: list[bytes], ground: str) -> bytes:
    width, height = SIZE
    whole = Image.new("RGB", (len(shown) * (width + GAP) + GAP, height + 2 * GAP), ground)
    for n, one in enumerate(shown):
        whole.paste(Image.open(BytesIO(one)), (GAP + n * (width + GAP), GAP))
    out = BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()

"""Health: doses beside paper and the gap, facilities silent, coverage, samples, cases, repeats."""

from dashboards.components import key_bar
from dashboards.health import cases, coverage, facilities, repeats, samples
from dashboards.health.figures import figures
from dashboards.panels.totals import totals
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part
from dashboards.tables.page import KEYS, list_page
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.live import Topic


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the figures as they are now; a list is read again when one of them changes."""
    words, now = seat.words(centre.city), centre.now()
    shown = figures(centre, seat, words)
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "health-totals": totals(shown, now, words),
    }
    mark = " ".join(one.value for one in shown)
    names = ("doses", "tests", "pending", "returned", "cases", "repeats")
    return Picture(now, parts, dict.fromkeys(names, mark))


SCREEN = Screen(
    Page.HEALTH,
    list_page(Page.HEALTH),
    draw,
    frozenset({Topic.HEALTH}),
    tables=(
        facilities.DOSES,
        facilities.TESTS,
        coverage.TABLE,
        samples.PENDING,
        samples.RETURNED,
        cases.TABLE,
        repeats.TABLE,
    ),
    every_s=10.0,
    least_s=2.0,
)

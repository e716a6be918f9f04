"""Scan points: volumes against usual, active and silent points, who is inside, who was refused."""

from dashboards.components import key_bar
from dashboards.panels.totals import totals
from dashboards.scans import admissions, points
from dashboards.scans.figures import by_sort, figures, points_of
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part
from dashboards.tables.page import KEYS, list_page
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.live import Topic


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return figures and sorts as they are now; the lists are read again when they change."""
    words, now = seat.words(centre.city), centre.now()
    held = points_of(centre, seat)
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "scans-totals": totals(figures(held, centre, seat, words), now, words),
        "scans-sorts": by_sort(held, words),
    }
    total = sum(one.scans for one in held)
    away = sum(one.turned_away for one in held)
    return Picture(now, parts, {"points": str(total), "refusals": str(away), "sites": str(total)})


SCREEN = Screen(
    Page.SCANS,
    list_page(Page.SCANS, ("scans-sorts",)),
    draw,
    frozenset({Topic.SCANS}),
    tables=(points.TABLE, admissions.SITES, admissions.REFUSALS, admissions.CHANGES),
    every_s=10.0,
    least_s=5.0,
)

"""People who come: declarations, passages, the tasks of stations, waves, guests, who may be one."""

from dashboards.components import key_bar
from dashboards.entries import declarations, pairs, stays, tasks
from dashboards.entries.figures import figures
from dashboards.panels.totals import totals
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part
from dashboards.tables.page import KEYS, list_page
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.live import Topic


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the figures as they are now."""
    words, now = seat.words(centre.city), centre.now()
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "entries-totals": totals(figures(centre, seat, words), now, words),
    }
    return Picture(now, parts)


SCREEN = Screen(
    Page.ENTRIES,
    list_page(Page.ENTRIES),
    draw,
    frozenset({Topic.DECLARATIONS, Topic.SCANS}),
    tables=(
        declarations.TABLE,
        tasks.TABLE,
        stays.PASSAGES,
        stays.WAVES,
        stays.LODGINGS,
        pairs.TABLE,
    ),
)

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

TABLES = (
    declarations.TABLE,
    tasks.TABLE,
    stays.PASSAGES,
    stays.WAVES,
    stays.LODGINGS,
    pairs.TABLE,
)


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the figures as they are now."""
    words, now = seat.words(centre.city), centre.now()
    shown = figures(centre, seat, words)
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "entries-totals": totals(shown, now, words),
    }
    # A list is read again when a figure changes: which one it was, is not worth a question.
    mark = " ".join(one.value for one in shown)
    return Picture(now, parts, {table.name: mark for table in TABLES})


SCREEN = Screen(
    Page.ENTRIES,
    list_page(Page.ENTRIES),
    draw,
    frozenset({Topic.DECLARATIONS, Topic.SCANS}),
    tables=TABLES,
    least_s=1.0,
)

"""Transport's desk: the registrations that wait, one opened, and what is decided of them."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_bar
from dashboards.panels import filing_actions, filing_case, filings
from dashboards.panels.filings import View
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.live import Topic
from ioc.places import Site
from ioc.registrations.service import facets, find_filing, history, log_of, search, waiting

SHOWN = 150
KEYS = (
    (("↑", "↓"), "transport_key.choose"),
    (("␣",), "transport_key.pick"),
    (("⇧␣",), "transport_key.pick_all"),
    (("X", "V", "D"), "transport_key.approve"),
    (("T",), "transport_do.refuse"),
    (("H",), "transport_do.ask"),
    (("⌫",), "transport_key.undo"),
    (("U",), "transport_do.reopen"),
    (("1", "2", "3", "4"), "transport_key.filter"),
    (("Esc",), "keys.back"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, filters and queue, the opened registration, actions, keys."""
    opened = [region(f"filing-{name}") for name in ("head", "facts", "past")]
    return html.Div(
        [
            desk_bar(Page.TRANSPORT, viewer, words),
            html.Div(
                [
                    html.Section(
                        [
                            region("transport-filters", "filters"),
                            region("transport-picked", "picked"),
                            region("transport-queue"),
                        ],
                        className="desk-queue",
                    ),
                    html.Main(opened, className="desk-case"),
                    html.Aside(
                        [
                            region("filing-actions"),
                            html.P(id="transport-line", role="status"),
                            region("filing-log"),
                        ],
                        className="desk-side",
                    ),
                ],
                className="desk-columns transport-columns",
            ),
            region("keys", "key-bar"),
        ],
        className="desk transport-desk",
    )


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note in the audit that the plates of this desk were looked at."""
    audit.record(centre, viewer.name, "desk_seen", "desk:transport", "decision", {})


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the counts as they are now; each desk asks for its own queue when they change."""
    words, now = seat.words(centre.city), centre.now()
    known = waiting(centre)
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "transport-facts": filings.bar_facts(known, now, words),
    }
    return Picture(now, parts, {"queue": str(known.last_step)})


def queue_parts(centre: Centre, words: Words, view: View) -> dict[str, str]:
    """Return the filters and the queue of one desk."""
    now = centre.now()
    choice = view.choice(now)
    # A filter offers what there is beside it, so that turning it never leads to nothing.
    counts = {
        "kind": facets(centre, View(view.state, "", view.origin, view.wait).choice(now))["kind"],
        "origin": facets(centre, View(view.state, view.kind, "", view.wait).choice(now))["origin"],
    }
    return {
        "transport-filters": filings.filters(view, counts, words),
        "transport-queue": filings.rows(search(centre, choice, SHOWN), words, now),
    }


def filing_parts(centre: Centre, words: Words, ref: str, *, may_act: bool) -> dict[str, str]:
    """Return the regions of one registration.

    Raises:
        NotFound: there is no such registration.
    """
    filing = find_filing(centre, ref)
    known = history(centre, filing.registration.plate)
    permit = next((one for one in known.permits if one.ref == filing.permit), None)
    return {
        "filing-head": filing_case.head(filing, words),
        "filing-facts": filing_case.facts(filing, centre.city, words),
        "filing-past": filing_case.past(filing, known, words),
        "filing-actions": filing_actions.actions(
            filing, permit, _sites(centre), words, may_act=may_act
        ),
        "filing-log": filing_case.log(log_of(centre, ref), words),
    }


def sites(centre: Centre) -> list[Site]:
    """Return the quarantine sites of today, the largest first."""
    today = local_day(centre.now(), centre.city.zone)
    places = centre.city.places.values()
    in_force = [p for p in places if isinstance(p, Site) and p.is_in_force(today)]
    return sorted(in_force, key=lambda site: (-site.capacity, site.id))


def _sites(centre: Centre) -> tuple[list[Site], frozenset[str]]:
    """Return the sites of today, and those at which no camera sees who arrives."""
    known, today = sites(centre), local_day(centre.now(), centre.city.zone)
    seen = (site.id for site in known if not centre.city.sees_arrivals(site.id, today))
    return known, frozenset(seen)


SCREEN = Screen(
    Page.TRANSPORT, layout, draw, frozenset({Topic.REGISTRATIONS, Topic.PERMITS}), opened=opened
)

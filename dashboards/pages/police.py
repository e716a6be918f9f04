"""The police desk: what waits, one opened case, and what can be done with it."""

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_bar
from dashboards.markup import Html, el
from dashboards.opened_case import classes_of, revision
from dashboards.panels import queue
from dashboards.reading import Reading
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.alerts.load import is_flood
from ioc.alerts.model import Alert, AlertState, Desk
from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.live import Topic
from ioc.vehicles.service import find_sightings

KEYS = (
    (("↑", "↓"), "keys.choose"),
    (("1–4",), "keys.steps"),
    (("X", "V", "D"), "keys.streams"),
    (("T",), "step.en_route"),
    (("K",), "step.escape"),
    (("0",), "step.false_read"),
    (("L",), "step.clear"),
    (("9",), "step.close"),
    (("G",), "step.shelve"),
    (("H",), "desk.pack"),
    (("/",), "keys.search"),
    (("S",), "keys.sound"),
    (("Z",), "case.zoom"),
    (("Esc",), "keys.back"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, three columns, keys."""
    case_column = [region(f"case-{name}") for name in ("head", "life", "evidence", "strip")]
    return html.Div(
        [
            desk_bar(Page.POLICE, viewer, words, _switches(viewer, words)),
            html.Div(
                [
                    html.Section(
                        [
                            region("police-head", "queue-head"),
                            region("police-queue"),
                        ],
                        className="desk-queue",
                    ),
                    html.Main(
                        [*case_column, region("case-facts", "two-facts")], className="desk-case"
                    ),
                    html.Aside(
                        [
                            region("case-map"),
                            region("case-actions"),
                            html.P(id="answer-line", role="status"),
                            region("case-log"),
                        ],
                        className="desk-side",
                    ),
                ],
                className="desk-columns",
            ),
            region("case-hand", "at-hand"),
            html.Div(
                [region(f"search-{name}") for name in ("form", "answer", "trail", "requests")],
                id="search",
                className="search",
                role="dialog",
                hidden=True,
            ),
            region("keys", "key-bar"),
        ],
        className="desk",
    )


def _switches(viewer: Viewer, words: Words) -> list[Component]:
    """Return what the bar of this desk switches: the search, the sound."""
    may_look = viewer.may(Action.LOOK_UP_PLATE) or viewer.may(Action.APPROVE_TRAIL)
    found = html.Button(words.say("search.open"), id="search-open", type="button")
    heard = html.Button(id="sound-state", type="button", className="sound-state")
    return [*([found] if may_look else []), heard]


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note in the audit that the plates of this desk were looked at."""
    if viewer.may(Action.SEE_PLATE):
        audit.record(centre, viewer.name, "desk_seen", "desk:police", "handling", {})


def _waiting(centre: Centre) -> tuple[datetime, list[Alert], bool]:
    return centre.now(), open_alerts(centre, Desk.POLICE), is_flood(centre)


# Every desk is drawn from one reading, each with what lies in its scope.
WAITING = Reading(_waiting)


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the queue as it is now."""
    words, reach = seat.words(centre.city), centre.reach(seat.scope)
    now, found, is_in_flood = WAITING.of(centre)
    alerts = [alert for alert in found if reach.covers(alert.camera)]
    shown = alerts[: 2 * queue.MOST]
    sightings = {}
    if seat.sees_plates:
        sightings = find_sightings(centre, {a.sighting: a.first_seen_at for a in shown})
    rows = queue.rows_of(
        alerts, sightings, classes_of(centre), centre.city, is_masked=not seat.sees_plates
    )
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "police-facts": _bar_facts(alerts, now, words),
        "police-head": _queue_head(alerts, now, words),
        "police-queue": queue.queue(rows, words, is_flood=is_in_flood),
    }
    if not alerts:
        parts["case-head"] = el("p", words.say("desk.all_quiet"), cls="quiet all-quiet")
    return Picture(now, parts, {alert.id: revision(alert) for alert in alerts})


def _bar_facts(alerts: list[Alert], now: datetime, words: Words) -> Html:
    waiting = sum(alert.state is AlertState.NEW for alert in alerts)
    return el(
        "p",
        el("span", words.say("desk.open_now", n=words.number(len(alerts)))),
        el("span", words.say("desk.not_taken", n=words.number(waiting))),
        el("span", f"{words.weekday(now)} {words.day(now)}"),
        el(
            "span", words.say("wall.newest"), " ", el("b", data_age=now.isoformat(), data_period=10)
        ),
    )


def _queue_head(alerts: list[Alert], now: datetime, words: Words) -> Html:
    overdue = sum(alert.state is AlertState.NEW and alert.due_at <= now for alert in alerts)
    urgent = el("span", words.say("desk.overdue", n=overdue), cls="urgent") if overdue else None
    return el(
        "header", el("h2", words.say("desk.queue")), el("small", words.say("desk.order")), urgent
    )


SCREEN = Screen(Page.POLICE, layout, draw, frozenset({Topic.ALERTS}), opened=opened)

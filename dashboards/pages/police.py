"""The police desk: what waits, one opened case, and what can be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from ioc.vehicles.model import Sighting
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
            desk_bar(Page.POLICE, viewer, words, _switches()),
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
            region("keys", "key-bar"),
        ],
        className="desk",
    )


def _switches() -> list[Component]:
    """Return what the bar of this desk switches: the sound."""
    return [html.Button(id="sound-state", type="button", className="sound-state")]


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note in the audit that the plates of this desk were looked at."""
    if viewer.may(Action.SEE_PLATE):
        audit.record(centre, viewer.name, "desk_seen", "desk:police", "handling", {})


@dataclass(frozen=True)
class Waiting:
    """What waits at all desks, and what the cameras saw of the first of it."""

    now: datetime
    alerts: list[Alert]
    is_flood: bool
    sightings: Mapping[str, Sighting]


class _Waiting:
    """Reads what waits; a sighting never changes, so each is read once."""

    def __init__(self) -> None:
        self._known: dict[str, Sighting] = {}

    def __call__(self, centre: Centre) -> Waiting:
        now, alerts = centre.now(), open_alerts(centre, Desk.POLICE)
        shown = {alert.sighting: alert.first_seen_at for alert in alerts[: 2 * queue.MOST]}
        fresh = {name: at for name, at in shown.items() if name not in self._known}
        known = {**self._known, **(find_sightings(centre, fresh) if fresh else {})}
        self._known = {name: known[name] for name in shown if name in known}
        return Waiting(now, alerts, is_flood(centre), self._known)


# Every desk is drawn from one reading, each with what lies in its scope.
WAITING = Reading(_Waiting())


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the queue as it is now."""
    words, reach = seat.words(centre.city), centre.reach(seat.scope)
    waiting = WAITING.of(centre)
    now, alerts = waiting.now, [a for a in waiting.alerts if reach.covers(a.camera)]
    sightings = _seen(centre, waiting, alerts) if seat.sees_plates else {}
    rows = queue.rows_of(
        alerts, sightings, classes_of(centre), centre.city, is_masked=not seat.sees_plates
    )
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "police-facts": _bar_facts(alerts, now, words),
        "police-head": _queue_head(alerts, now, words),
        "police-queue": queue.queue(rows, words, is_flood=waiting.is_flood),
    }
    if not alerts:
        parts["case-head"] = el("p", words.say("desk.all_quiet"), cls="quiet all-quiet")
    return Picture(now, parts, {alert.id: revision(alert) for alert in alerts})


def _seen(centre: Centre, waiting: Waiting, alerts: list[Alert]) -> Mapping[str, Sighting]:
    """Return what the cameras saw of the first alerts of a desk."""
    shown = {alert.sighting: alert.first_seen_at for alert in alerts[: 2 * queue.MOST]}
    more = {name: at for name, at in shown.items() if name not in waiting.sightings}
    return {**waiting.sightings, **find_sightings(centre, more)} if more else waiting.sightings


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

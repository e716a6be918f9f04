"""The shift lead's page: what has gone up, what the room bears, what lies on the shelf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_bar
from dashboards.markup import Html, el, join
from dashboards.opened_case import revision
from dashboards.panels import case, facts, shift_case, shift_list, shift_load, shift_shelf
from dashboards.reading import Reading
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.alerts.handover import handovers, summary, takers
from ioc.alerts.load import MOMENT, SHIFT, alarm_load
from ioc.alerts.model import (
    AlarmLoad,
    Alert,
    AlertState,
    HandOver,
    Mute,
    Priority,
    Shelved,
)
from ioc.alerts.muting import MOST_SHOWN, mutes, shelf
from ioc.alerts.rules import ACTIVE
from ioc.alerts.service import find_alert, find_alerts, log_of
from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound
from ioc.live import Topic
from ioc.patrols.model import Patrol
from ioc.patrols.service import find_patrols, nearest_free
from ioc.scopes import Reach
from ioc.vehicles.service import rulebook, sightings_of

HOURS = int(SHIFT.total_seconds() // 3600)
SEEN = 12
KEYS = (
    (("↑", "↓"), "keys.choose"),
    (("←", "→"), "shift_key.list"),
    (("1",), "step.acknowledge"),
    (("2",), "step.assign"),
    (("0",), "step.false_read"),
    (("G",), "step.shelve"),
    (("U",), "step.unshelve"),
    (("H",), "shift.hand_over"),
    (("Esc",), "keys.back"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, open alerts, load with what is chosen, shelf, keys."""
    return html.Div(
        [
            desk_bar(Page.SHIFT, viewer, words),
            html.Div(
                [
                    html.Section([region("shift-list")], className="desk-queue shift-lane"),
                    html.Main(
                        [
                            region("shift-load", "shift-top"),
                            region("shift-case"),
                            html.P(id="shift-line", role="status"),
                        ],
                        className="desk-case",
                    ),
                    html.Aside(
                        [
                            region("shift-noisy", "shift-lane"),
                            region("shift-shelf", "shift-lane"),
                            region("shift-handovers"),
                            html.Div(
                                id="shift-form", className="chooser", hidden=True, role="group"
                            ),
                        ],
                        className="desk-side",
                    ),
                ],
                className="desk-columns shift-columns",
            ),
            region("keys", "key-bar"),
        ],
        className="desk shift-desk",
    )


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note in the audit that the plates of this desk were looked at."""
    if viewer.may(Action.SEE_PLATE):
        audit.record(centre, viewer.name, "desk_seen", "desk:shift", "leading the shift", {})


@dataclass(frozen=True)
class Room:
    """What the room bears, of the whole province."""

    now: datetime
    load: AlarmLoad
    alerts: Sequence[Alert]
    muted: Sequence[Mute]
    shelved: Sequence[Shelved]
    patrols: Sequence[Patrol]
    handovers: Sequence[HandOver]


def _room(centre: Centre) -> Room:
    now = centre.now()
    until = now + MOMENT
    return Room(
        now,
        alarm_load(centre, until - SHIFT, until),
        find_alerts(centre, None, ACTIVE),
        mutes(centre),
        shelf(centre),
        find_patrols(centre),
        handovers(centre, 3),
    )


# Every seat is drawn from one reading, each with what lies in its scope.
ROOM = Reading(_room)


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the room as it is now."""
    room, reach = ROOM.of(centre), centre.reach(seat.scope)
    words, now, city, load = seat.words(centre.city), room.now, centre.city, room.load
    alerts = [a for a in room.alerts if reach.covers(a.camera)]
    muted = [one for one in room.muted if reach.covers(one.camera)]
    reasons, is_masked = rule_reasons(centre), not seat.sees_plates
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "shift-facts": _bar_facts(alerts, words),
        "shift-list": shift_list.open_list(
            alerts, city, words, is_flood=load.is_flood, is_masked=is_masked
        ),
        "shift-load": join(
            [
                shift_load.gauge(load, now, city.limits, words),
                shift_load.figures(load, room.patrols, HOURS, now, words),
            ]
        ),
        "shift-noisy": shift_load.noisy(within(load, reach), muted, reasons, city, words),
        "shift-shelf": shift_shelf.shelf(
            muted,
            [one for one in room.shelved if reach.covers(one.alert.camera)],
            reasons,
            city,
            words,
            is_masked=is_masked,
        ),
        "shift-handovers": shift_shelf.hand_overs(room.handovers, words),
    }
    return Picture(now, parts, {f"alert:{alert.id}": revision(alert) for alert in alerts})


def within(load: AlarmLoad, reach: Reach) -> AlarmLoad:
    """Return a load whose noisy cameras are those of a scope."""
    return replace(load, noisy=tuple(pair for pair in load.noisy if reach.covers(pair.camera)))


def chosen(centre: Centre, seat: Seat, item: str) -> str:
    """Return what stands for one row of the page: an alert, a group, a noisy or a muted camera.

    Raises:
        NotFound: it is not there any more.
        InvalidInput: no row is called so.
    """
    kind, _, name = item.partition(":")
    words, city = seat.words(centre.city), centre.city
    if kind == "alert":
        return _alert(centre, seat, name, words)
    camera, _, rule = name.partition("|")
    if kind not in ("group", "noise", "mute") or camera not in city.cameras or not rule:
        raise InvalidInput("item", "is no row of this page")
    if kind == "group":
        together = [
            alert
            for alert in find_alerts(centre, None, [AlertState.NEW])
            if (alert.camera, alert.rule) == (camera, rule)
            and alert.priority is not Priority.P1
            and centre.reach(seat.scope).covers(camera)
        ][:MOST_SHOWN]
        if not together:
            raise NotFound("group", item[:80])
        return shift_case.group_case(together, city, words, is_masked=not seat.sees_plates)
    if not centre.reach(seat.scope).covers(camera):
        raise NotFound("camera", camera)
    title = el("h2", shift_list.place_of(camera, city), " ", el("small", rule))
    act = shift_case.unmute_actions if kind == "mute" else shift_case.mute_actions
    return join([title, act(camera, rule, words)])


def form(centre: Centre, giver: str, words: Words) -> str:
    """Return the form with which `giver` hands the shift over."""
    return shift_shelf.hand_over_form(takers(centre, giver), summary(centre), words)


def rule_reasons(centre: Centre) -> Mapping[str, str]:
    """Return of what each rule of the city speaks, by its id."""
    return {rule.id: rule.reason.value for rule in rulebook(centre).all_rules}


def _alert(centre: Centre, seat: Seat, name: str, words: Words) -> Html:
    alert, city = find_alert(centre, name), centre.city
    if not centre.reach(seat.scope).covers(alert.camera):
        raise NotFound("alert", name[:40])
    near = nearest_free(centre, alert.camera) if alert.camera in city.cameras else []
    sightings = sightings_of(centre, alert, SEEN)
    return join(
        [
            case.head(alert, None, city, words),
            el("p", shift_list.plate_of(alert, is_masked=not seat.sees_plates), cls="shift-plate"),
            case.life(alert, log_of(centre, name), words),
            shift_case.alert_actions(alert, near, words),
            el("h3", words.say("shift.seen", n=words.number(alert.sightings))),
            shift_case.seen(sightings, city, words),
            facts.log_lines(log_of(centre, name), words),
        ]
    )


def _bar_facts(alerts: list[Alert], words: Words) -> Html:
    up = sum(alert.level > 0 for alert in alerts)
    told = words.say("shift.up_n", n=words.number(up))
    return el(
        "p",
        el("span", words.say("desk.open_now", n=words.number(len(alerts)))),
        el("span", told, cls="urgent" if up else None),
    )


SCREEN = Screen(
    Page.SHIFT,
    layout,
    draw,
    frozenset({Topic.ALERTS, Topic.PATROLS}),
    opened=opened,
    least_s=0.5,
)

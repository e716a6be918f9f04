"""The police desk: what waits, one opened case, and what can be done with it."""

from collections import Counter
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels import actions, case, facts, queue, trail_map
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.alerts.model import Alert, AlertState, Desk
from ioc.alerts.service import find_alert, find_alerts, log_of, open_alerts
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import NotFound
from ioc.live import Topic
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import find_permit
from ioc.privacy import mask_plate
from ioc.vehicles.model import Sighting
from ioc.vehicles.plate import display
from ioc.vehicles.service import find_sightings, rulebook, trail

TRAIL = timedelta(hours=6)
UNITS_FROM = timedelta(hours=12)
UNITS = 6
KEYS = (
    (("↑", "↓"), "keys.choose"),
    (("1",), "step.acknowledge"),
    (("2",), "step.assign"),
    (("3",), "step.stop"),
    (("4", "X", "V", "D"), "step.escort"),
    (("0",), "step.false_read"),
    (("9",), "step.close"),
    (("G",), "step.shelve"),
    (("Z",), "case.zoom"),
    (("Esc",), "keys.back"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, three columns, keys."""
    case_column = [region(f"case-{name}") for name in ("head", "life", "evidence", "strip")]
    return html.Div(
        [
            desk_bar(Page.POLICE, viewer, words),
            html.Div(
                [
                    html.Section(
                        [
                            region("police-head", "queue-head"),
                            region("police-queue", role="listbox"),
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
            region("keys", "key-bar"),
        ],
        className="desk",
    )


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note in the audit that the plates of this desk were looked at."""
    if viewer.may(Action.SEE_PLATE):
        audit.record(centre, viewer.name, "desk_seen", "desk:police", "handling", {})


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the queue as it is now."""
    words, now = seat.words(centre.city), centre.now()
    alerts = [a for a in open_alerts(centre, Desk.POLICE) if _is_in(centre, a, seat.scope)]
    shown = alerts[: 2 * queue.MOST]
    sightings = {}
    if seat.sees_plates:
        sightings = find_sightings(centre, {a.sighting: a.first_seen_at for a in shown})
    rows = queue.rows_of(
        alerts, sightings, _classes(centre), centre.city, is_masked=not seat.sees_plates
    )
    parts = {
        "brand": brand_part(),
        "keys": _key_bar(words),
        "police-facts": _bar_facts(alerts, now, words),
        "police-head": _queue_head(alerts, now, words),
        "police-queue": queue.queue(rows, words),
    }
    if not alerts:
        parts["case-head"] = el("p", words.say("desk.all_quiet"), cls="quiet all-quiet")
    return Picture(now, parts, {alert.id: revision(alert) for alert in alerts})


def open_case(
    centre: Centre, seat: Seat, alert_id: str, *, may_act: bool
) -> tuple[str, dict[str, str]]:
    """Return the revision and the regions of one case.

    Raises:
        NotFound: there is no such alert in the viewer's scope.
    """
    alert = find_alert(centre, alert_id)
    if alert.desk is not Desk.POLICE or not _is_in(centre, alert, seat.scope):
        raise NotFound("alert", alert_id)
    words, city, log = seat.words(centre.city), centre.city, log_of(centre, alert_id)
    sightings = trail(centre, alert.plate, alert.first_seen_at - TRAIL) if seat.sees_plates else []
    first = next((s for s in sightings if s.ref == alert.sighting), None)
    permit = _permit(centre, alert) if seat.sees_plates else None
    permit_class = _class_of(first, _classes(centre).get(alert.rule))
    parts = {
        "case-head": case.head(alert, permit_class, city, words),
        "case-life": case.life(alert, log, words),
        "case-evidence": case.pictures(alert, sightings, city, words) if seat.sees_plates else "",
        "case-strip": _strip(alert, first, permit, words, is_masked=not seat.sees_plates),
        "case-facts": _facts(centre, alert, permit, words) if seat.sees_plates else "",
        "case-map": _map(centre, sightings, permit_class, words) if seat.sees_plates else "",
        "case-actions": actions.actions(
            alert, _units(centre) if may_act else (), words, may_act=may_act
        ),
        "case-log": facts.log_lines(log, words),
    }
    return revision(alert), parts


def revision(alert: Alert) -> str:
    """Return what changes whenever something a case shows has changed."""
    owner = f"{alert.owner or ''}/{alert.unit or ''}/{alert.level}"
    return f"{alert.state}/{alert.sightings}/{alert.last_seen_at.isoformat()}/{owner}"


def _is_in(centre: Centre, alert: Alert, scope: str | None) -> bool:
    if scope is None:
        return True
    camera = centre.city.cameras.get(alert.camera)
    unit = centre.city.units.get(camera.unit) if camera else None
    return unit is not None and unit.code == scope


def _classes(centre: Centre) -> dict[str, PermitClass | None]:
    """Return the class of permit that each rule of the city speaks of, by rule."""
    book = rulebook(centre)
    classes = {item.value: item for item in PermitClass}
    return {
        rule.id: next((classes[s] for s in rule.where.standings if s in classes), None)
        for rule in book.all_rules
    }


def _class_of(first: Sighting | None, known: PermitClass | None) -> PermitClass | None:
    return (first.verdict.permit_class if first else None) or known


def _permit(centre: Centre, alert: Alert) -> Permit | None:
    if alert.permit is None:
        return None
    try:
        return find_permit(centre, alert.permit)
    except NotFound:
        return None


def _map(
    centre: Centre, sightings: list[Sighting], permit_class: PermitClass | None, words: Words
) -> Html:
    day = local_day(centre.now(), centre.city.zone)
    return trail_map.trail_map(sightings, permit_class, centre.city, day, words)


def _strip(
    alert: Alert, first: Sighting | None, permit: Permit | None, words: Words, *, is_masked: bool
) -> Html:
    shown = display(alert.plate)
    if is_masked:
        hidden = el("p", words.say("case.hidden"), cls="quiet")
        return join([el("p", mask_plate(shown), cls="plate-text masked-plate"), hidden])
    if first is None:
        return el("p", shown, cls="plate-text masked-plate")
    return case.strip(first.read, shown, display(permit.plate) if permit else None, words)


def _facts(centre: Centre, alert: Alert, permit: Permit | None, words: Words) -> str:
    camera = centre.city.cameras.get(alert.camera)
    road = words.say(camera.road_class) if camera else ""
    rule = facts.rule_facts(rulebook(centre).rule(alert.rule), alert.rule, road, words)
    return facts.permit_facts(permit, centre.city, words) + rule


def _units(centre: Centre) -> list[str]:
    """Return the units assigned most often of late, to be offered again."""
    lately = find_alerts(centre, Desk.POLICE, None, centre.now() - UNITS_FROM, 200)
    return [unit for unit, _ in Counter(a.unit for a in lately if a.unit).most_common(UNITS)]


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


def _key_bar(words: Words) -> Html:
    return el(
        "ul",
        [
            el("li", [key_cap(cap) for cap in caps], el("span", words.say(key)))
            for caps, key in KEYS
        ],
    )


SCREEN = Screen(Page.POLICE, layout, draw, frozenset({Topic.ALERTS}), opened=opened)

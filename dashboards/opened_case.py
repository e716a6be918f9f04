"""One case of the police desk, opened: what is known of it, and what can be done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels import actions, case, facts, predictions, trail_map
from dashboards.panels.choosers import Offer
from dashboards.screen import Seat
from dashboards.words import Words
from ioc.access.model import Action
from ioc.alerts.model import Alert, Desk
from ioc.alerts.service import find_alert, find_alerts, log_of
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import NotFound
from ioc.notices.service import letters_about
from ioc.patrols.service import nearest_free
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import find_permit
from ioc.privacy import mask_plate
from ioc.vehicles.joining import readers_of, readings_of
from ioc.vehicles.model import Sighting
from ioc.vehicles.plate import display
from ioc.vehicles.prediction import predicted
from ioc.vehicles.service import rulebook, sightings_of, trail

TRAIL = timedelta(hours=6)
UNITS_FROM = timedelta(hours=12)
NEAREST, UNITS = 3, 6


def open_case(
    centre: Centre, seat: Seat, alert_id: str, viewer: Viewer
) -> tuple[str, dict[str, str]]:
    """Return the revision and the regions of one case.

    Raises:
        NotFound: there is no such alert in the viewer's scope.
    """
    alert = find_alert(centre, alert_id)
    if alert.desk is not Desk.POLICE or not is_in(centre, alert, seat.scope):
        raise NotFound("alert", alert_id)
    words, log = seat.words(centre.city), log_of(centre, alert_id)
    may_act = viewer.may(Action.TAKE_STEP)
    offers = _offers(centre, alert) if may_act else ()
    told = letters_about(centre, f"alert:{alert_id}")
    known = _known(centre, alert, words) if seat.sees_plates else _masked(centre, alert, words)
    may_take = viewer.may(Action.TAKE_EVIDENCE)
    return revision(alert), {
        **known,
        "case-life": case.life(alert, log, words),
        "case-actions": actions.actions(alert, offers, words, may_act=may_act, may_take=may_take),
        "case-hand": actions.at_hand(alert, offers, words, may_act=may_act),
        "case-log": join([facts.log_lines(log, words), facts.notice_lines(told, words)]),
    }


def revision(alert: Alert) -> str:
    """Return what changes whenever something a case shows has changed."""
    owner = f"{alert.owner or ''}/{alert.unit or ''}/{alert.level}/{alert.late_s}"
    return f"{alert.state}/{alert.sightings}/{alert.last_seen_at.isoformat()}/{owner}"


def is_in(centre: Centre, alert: Alert, scope: str | None) -> bool:
    """Tell whether an alert lies in a scope, a unit's code; None is the whole city."""
    return centre.reach(scope).covers(alert.camera)


def classes_of(centre: Centre) -> Mapping[str, PermitClass | None]:
    """Return the class of permit that each rule of the city speaks of, by rule."""
    book = rulebook(centre)
    classes = {item.value: item for item in PermitClass}
    return {
        rule.id: next((classes[s] for s in rule.where.standings if s in classes), None)
        for rule in book.all_rules
    }


def _known(centre: Centre, alert: Alert, words: Words) -> dict[str, str]:
    """Return the regions of somebody who may see plates."""
    city, newest = centre.city, _permit(centre, alert, None)
    stops = trail(centre, alert.plate, alert.first_seen_at - TRAIL)
    incident = list(reversed(sightings_of(centre, alert)))
    seen = {one.ref: one for one in (*stops, *incident)}
    first = seen.get(alert.sighting)
    judged = None if first is None else first.verdict.permit_version
    permit = newest if judged is None else _permit(centre, alert, judged)
    permit_class = _class_of(first, classes_of(centre).get(alert.rule))
    return {
        "case-head": case.head(alert, permit_class, city, words),
        "case-evidence": case.pictures(
            alert, incident, city, words, _said(centre, incident, words)
        ),
        "case-strip": _strip(alert, first, permit, words),
        "case-facts": _facts(centre, alert, (permit, newest), words),
        "case-map": _map(centre, alert, stops, permit_class, words),
    }


def _said(
    centre: Centre, sightings: Sequence[Sighting], words: Words
) -> dict[str, list[case.Said]]:
    """Return what each of two readers said, by sighting; one reader alone says what is shown."""
    cameras = readers_of(centre).cameras
    return {
        ref: [
            case.Said(
                words.say(cameras[one.camera].maker if one.is_claim else "reader.own"),
                "" if one.not_read else one.plate,
                one.confidence,
            )
            for one in sorted(both, key=lambda one: one.is_claim)
        ]
        for ref, both in readings_of(centre, sightings).items()
        if len(both) > 1
    }


def _masked(centre: Centre, alert: Alert, words: Words) -> dict[str, str]:
    """Return the regions of somebody who may not."""
    hidden = el("p", words.say("case.hidden"), cls="quiet")
    shown = el("p", mask_plate(display(alert.plate)), cls="plate-text masked-plate")
    permit_class = classes_of(centre).get(alert.rule)
    return {
        "case-head": case.head(alert, permit_class, centre.city, words),
        "case-strip": join([shown, hidden]),
        **dict.fromkeys(("case-evidence", "case-facts", "case-map"), ""),
    }


def _class_of(first: Sighting | None, known: PermitClass | None) -> PermitClass | None:
    return (first.verdict.permit_class if first else None) or known


def _permit(centre: Centre, alert: Alert, version: int | None) -> Permit | None:
    if alert.permit is None:
        return None
    try:
        return find_permit(centre, alert.permit, version)
    except NotFound:
        return None


def _map(
    centre: Centre,
    alert: Alert,
    stops: Sequence[Sighting],
    permit_class: PermitClass | None,
    words: Words,
) -> Html:
    city, day = centre.city, local_day(centre.now(), centre.city.zone)
    # Nobody is met at the next camera once the case is over.
    due = [] if alert.state.is_over else predicted(centre, alert)
    drawn = trail_map.trail_map(stops, permit_class, city, day, words, due)
    seen_at = stops[0].read.seen_at if stops else alert.last_seen_at
    return join([drawn, predictions.due_rows(due, seen_at, city, words)])


def _strip(alert: Alert, first: Sighting | None, permit: Permit | None, words: Words) -> Html:
    shown = display(alert.plate)
    if first is None:
        return el("p", shown, cls="plate-text masked-plate")
    return case.strip(first.read, shown, display(permit.plate) if permit else None, words)


def _facts(
    centre: Centre, alert: Alert, permits: tuple[Permit | None, Permit | None], words: Words
) -> str:
    """Return the permit as it was judged by, with what became of it since, and the rule."""
    camera = centre.city.cameras.get(alert.camera)
    road = words.say(camera.road_class) if camera else ""
    rule = facts.rule_facts(rulebook(centre).rule(alert.rule), alert.rule, road, words)
    return facts.permit_facts(*permits, centre.city, words) + rule


def _offers(centre: Centre, alert: Alert) -> list[Offer]:
    """Return the nearest free units, then those assigned most often of late."""
    try:
        near = nearest_free(centre, alert.camera, NEAREST)
    except NotFound:
        near = []
    offers = [Offer(one.patrol.station.name, one.minutes) for one in near]
    lately = find_alerts(centre, Desk.POLICE, None, centre.now() - UNITS_FROM, 200)
    often = Counter(a.unit for a in lately if a.unit).most_common(UNITS)
    known = {offer.name for offer in offers}
    return (offers + [Offer(unit) for unit, _ in often if unit not in known])[:UNITS]

"""Red vehicles on their way: seen to enter, and due at their quarantine site by a deadline.

The absence of a read is judged by nobody who records one, so the journeys stand in the store and
the timekeeper looks at those that are due: a restart in between loses nothing. Only a sure read
opens a journey, since its end may send the police; any read of exactly the plate ends one.

That nothing was read says something only where a camera would have read it. A vehicle that is due
where none watches is followed all the same; when its time is over the duty of Health is asked to
ring the site, and the police are sent nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from ioc.alerts.model import AlertState, Cause, Desk, Priority, Step
from ioc.alerts.service import TIMEKEEPER, Act, find_alert, raise_alerts, take_step
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.live import Topic
from ioc.notices.model import Notice
from ioc.notices.service import put_all
from ioc.permits.model import Permit, PermitClass
from ioc.vehicles import journeys, store
from ioc.vehicles.journeys import Due, Journey
from ioc.vehicles.model import PlateFacts, Sighting
from ioc.vehicles.rulebook import Rule, Rulebook, Standing
from ioc.vehicles.rules import overdue_rule, standing_of
from ioc.vehicles.service import rulebook, spot_of

UNSEEN, HEALTH = "red.unseen", "health"


@dataclass(frozen=True)
class Judged:
    """A sighting with what was known of its plate."""

    sighting: Sighting
    facts: PlateFacts


def follow_reds(conn: Connection, centre: Centre, batch: Sequence[Judged], book: Rulebook) -> None:
    """Open the journeys of red vehicles that enter, and note those that are where they belong."""
    begun: dict[str, Journey] = {}
    arrived: dict[str, datetime] = {}
    for one in batch:
        read, spot = one.sighting.read, spot_of(centre, one.sighting.read)
        for permit in _reds(one):
            if spot.site is not None and permit.destination in (None, spot.site):
                arrived.setdefault(permit.ref, read.seen_at)
            elif _begins(one, permit, book.sure):
                journey = _journey(centre, one.sighting, permit, book)
                if journey is not None:
                    begun.setdefault(permit.ref, journey)
    journeys.open_journeys(conn, [begun[ref] for ref in sorted(begun)])
    journeys.arrive(conn, arrived)


def raise_overdue(centre: Centre) -> int:
    """Raise an alert for each red vehicle past its deadline, once; return how many.

    Of those whose site no camera watches nobody can tell: Health is told, and no alert is raised.
    """
    raised = transact(centre.engine, partial(_raise_due, centre=centre))
    if raised:
        centre.live.announce(Topic.ALERTS)
    return raised


def clear_arrived(centre: Centre) -> int:
    """Clear the alerts of red vehicles that have come to their site after all; return how many."""
    late = transact(centre.engine, journeys.arrived_late)
    cleared = sum(_clear(centre, journey) for journey in late)
    now = centre.now()
    for journey in late:
        transact(centre.engine, partial(journeys.end, permit=journey.permit, at=now))
    return cleared


def drop_journeys(centre: Centre, entered_before: datetime) -> int:
    """Delete the journeys that began before an instant; return how many."""
    return transact(centre.engine, lambda conn: journeys.drop_journeys(conn, entered_before))


def _reds(one: Judged) -> list[Permit]:
    """Return its red permits; one that has run out on the way still leads to its site."""
    at = one.sighting.read.seen_at
    return [
        permit
        for permit in one.facts.permits
        if permit.permit_class is PermitClass.RED and permit.speaks_at(at)
    ]


def _begins(one: Judged, permit: Permit, sure: float) -> bool:
    read = one.sighting.read
    is_red = standing_of(permit, read.seen_at) is Standing.RED
    return is_red and one.sighting.is_entry and read.confidence >= sure


def _journey(centre: Centre, sighting: Sighting, permit: Permit, book: Rulebook) -> Journey | None:
    """Return the journey that begins, if a rule follows it."""
    read = sighting.read
    rule = overdue_rule(book, local_day(read.seen_at, centre.city.zone))
    if rule is None:
        return None
    return Journey(
        permit=permit.ref,
        plate=read.plate,
        site=permit.destination,
        sighting=sighting.ref,
        camera=read.camera,
        entered_at=read.seen_at,
        due_at=permit.deadline or read.seen_at + rule.allowed,
    )


def _watching(centre: Centre, site: str | None) -> list[str]:
    cameras = centre.city.cameras.values()
    return [c.id for c in cameras if c.site is not None and site in (None, c.site)]


def _raise_due(conn: Connection, centre: Centre) -> int:
    now = centre.now()
    today = local_day(now, centre.city.zone)
    rule = overdue_rule(rulebook(centre), today)
    missing, unseen = [], []
    for one in journeys.due(conn, now):
        arrived_at = _arrival(conn, centre, one.journey)
        if rule is None or arrived_at is not None or not _is_red_still(one):
            journeys.end(conn, one.journey.permit, now, arrived_at)
        elif centre.city.sees_arrivals(one.journey.site, today):
            missing.append(one.journey)
        else:
            journeys.end(conn, one.journey.permit, now)
            unseen.append(_unseen(centre, one.journey))
    put_all(conn, centre, unseen)
    if rule is None or not missing:
        return 0
    alerts = raise_alerts(conn, centre, [_cause(conn, journey, rule) for journey in missing])
    for journey, alert in zip(missing, alerts, strict=True):
        journeys.note_overdue(conn, journey.permit, alert, now)
    return len(missing)


def _unseen(centre: Centre, journey: Journey) -> Notice:
    """Return what Health is told: where to ask, and no plate, since a notice leaves the house."""
    site = centre.city.places.get(journey.site or "")
    local = journey.due_at.astimezone(centre.city.zone)
    return Notice(
        topic=UNSEEN,
        about=f"permit:{journey.permit}",
        subject="notice.red_unseen",
        body="notice.red_unseen_body",
        dedupe=f"{UNSEEN}:{journey.permit}",
        words={
            "site": site.name if site else "–",
            "permit": journey.permit,
            "time": f"{local:%H:%M %d/%m/%Y}",
        },
        facts={"desk": HEALTH, "reason": "unseen"},
    )


def _arrival(conn: Connection, centre: Centre, journey: Journey) -> datetime | None:
    """Return when it was at its site: a read from there may have come before that of its entry."""
    cameras = _watching(centre, journey.site)
    return journeys.first_at(conn, journey.plate, cameras, journey.entered_at)


def _is_red_still(one: Due) -> bool:
    return one.permit_class == PermitClass.RED and not one.is_revoked


def _cause(conn: Connection, journey: Journey, rule: Rule) -> Cause:
    """Return what is raised: the sighting it names is the last one, where the search begins."""
    last = store.trail(conn, journey.plate, journey.entered_at, 1)
    read = last[0].read if last else None
    return Cause(
        desk=Desk(str(rule.desk)),
        priority=Priority(str(rule.priority)),
        plate=journey.plate,
        reason=rule.reason.value,
        rule=rule.id,
        camera=read.camera if read else journey.camera,
        sighting=last[0].ref if last else journey.sighting,
        seen_at=read.seen_at if read else journey.entered_at,
        permit=journey.permit,
        plate_picture=read.plate_picture if read else None,
        frame_picture=read.frame_picture if read else None,
    )


def _clear(centre: Centre, journey: Journey) -> int:
    """Clear the alert of a journey; 0 where a person closed it before."""
    note = f"{journey.site or journey.camera} {journey.arrived_at:%Y-%m-%d %H:%M:%S%z}"
    try:
        if find_alert(centre, str(journey.alert)).state is AlertState.SHELVED:
            take_step(centre, str(journey.alert), Act(Step.UNSHELVE, TIMEKEEPER))
        take_step(centre, str(journey.alert), Act(Step.CLEAR, TIMEKEEPER, note=note))
    except (Conflict, NotFound):
        return 0
    return 1

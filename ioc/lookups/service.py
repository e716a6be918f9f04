"""Search plates and follow one: with a purpose, noted first, no further back than is allowed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Forbidden, InvalidInput, NotFound, TooMany
from ioc.live import Topic
from ioc.lookups import store
from ioc.lookups.model import Findings, Found, Purpose, Query, TrailRequest
from ioc.lookups.rules import (
    FOLDED,
    INTO,
    anchor_of,
    covering,
    fold,
    is_whole,
    like,
    matches,
    pattern_of,
    require_second,
)
from ioc.vehicles import store as vehicles
from ioc.vehicles.model import Sighting
from ioc.vehicles.plate import normalise

HOUR_S = 3600
# So many plates with the known end of a pattern are looked at, so many shown.
WIDEST, MOST = 20_000, 50
MOST_STOPS = 500
MOST_REQUESTS = 50
# Nobody asks what nobody would remember having asked.
OLD = timedelta(days=7)

T = TypeVar("T")


def search_plates(
    centre: Centre, query: Query, why: Purpose, cameras: Sequence[str] | None = None
) -> Findings:
    """Return the plates seen since an instant that fit a pattern, the last seen first.

    What was seen within the last seconds may be missing, but for a whole plate. `cameras` are
    those whose sightings the asker may see, None for all.

    Raises:
        InvalidInput: the pattern is none, or too wide.
        Forbidden: it looks further back than is free to see.
        TooMany: the asker has searched too often within the hour.
    """
    pattern, limits = pattern_of(query.pattern), centre.city.limits.lookups
    if query.since < centre.now() - limits.free:
        raise Forbidden(f"search: {limits.free.days} days back are free to search")
    count_lookup(centre, why.actor)
    detail = {"case": why.case, "since": query.since, "look_alikes": query.look_alikes}
    audit.record(centre, why.actor, "plate_searched", f"plate:{pattern}", why.purpose, detail)

    def work(conn: Connection) -> Findings:
        fitting = _fitting(conn, pattern, query)
        shown = dict(list(fitting.items())[:MOST])
        # Within a scope the last sighting may lie anywhere in the time asked for.
        froms = shown if cameras is None else dict.fromkeys(shown, query.since)
        last = store.last_of(conn, froms, cameras)
        found = [
            Found(plate, matches(pattern, plate), last[plate]) for plate in shown if plate in last
        ]
        exact_first = sorted(found, key=lambda one: not one.is_exact)
        return Findings(tuple(exact_first), len(fitting) > MOST)

    return transact(centre.engine, work)


def trail_of(
    centre: Centre,
    plate: str,
    since: datetime,
    why: Purpose,
    cameras: Sequence[str] | None = None,
) -> list[Sighting]:
    """Return where a plate was seen since an instant, newest first; who looks is noted first.

    Raises:
        Forbidden: it looks further back than is free, and nobody has approved it.
        TooMany: the asker has searched too often within the hour.
    """
    whole, now, limits = normalise(plate), centre.now(), centre.city.limits.lookups
    count_lookup(centre, why.actor)

    def note(conn: Connection) -> None:
        leave = None
        if since < now - limits.free:
            asked = store.requests_of(conn, why.actor, now - OLD, MOST_REQUESTS)
            leave = covering(asked, why.actor, whole, since, now)
            if leave is None:
                raise Forbidden(f"trail: more than {limits.free.days} days need a second person")
        detail = {"case": why.case, "since": since, "request": leave.id if leave else None}
        audit.record(conn, why.actor, "trail_seen", f"plate:{whole}", why.purpose, detail)

    transact(centre.engine, note)
    stops = transact(centre.engine, lambda conn: vehicles.trail(conn, whole, since, MOST_STOPS))
    return stops if cameras is None else [one for one in stops if one.read.camera in set(cameras)]


def ask_for_trail(centre: Centre, plate: str, since: datetime, why: Purpose) -> TrailRequest:
    """Ask to see where a plate was longer ago than is free; a second person decides.

    Raises:
        InvalidInput: it is free to see, or nothing is kept of that time.
    """
    now, limits = centre.now(), centre.city.limits
    if since >= now - limits.lookups.free:
        raise InvalidInput("since", f"{limits.lookups.free.days} days back need nobody's leave")
    if since < now - limits.retention["sightings"]:
        kept = limits.retention["sightings"].days
        raise InvalidInput("since", f"sightings are kept for {kept} days")
    asked = TrailRequest(0, normalise(plate), since, why.purpose, why.case, why.actor, now)

    def work(conn: Connection) -> TrailRequest:
        number = store.add_request(conn, asked)
        detail = {"case": why.case, "since": since, "request": number}
        audit.record(conn, why.actor, "trail_asked", f"plate:{asked.plate}", why.purpose, detail)
        return replace(asked, id=number)

    return _announced(centre, transact(centre.engine, work))


def decide_trail(centre: Centre, number: int, actor: str, *, approve: bool) -> TrailRequest:
    """Approve or refuse a request as a second person; an approval can be used for a set time.

    Raises:
        NotFound: there is no such request.
        Conflict: the decider asked himself, or it is decided already.
    """
    now, usable = centre.now(), centre.city.limits.lookups.usable

    def work(conn: Connection) -> TrailRequest:
        asked = store.find_request(conn, number, lock=True)
        if asked is None:
            raise NotFound("request", str(number))
        require_second(asked, actor)
        until = now + usable if approve else None
        decided = replace(
            asked, decided_by=actor, decided_at=now, is_approved=approve, usable_until=until
        )
        store.decide(conn, decided)
        detail = {"request": number, "asked_by": asked.asked_by, "approved": approve}
        subject = f"plate:{asked.plate}"
        audit.record(conn, actor, "trail_decided", subject, asked.purpose, detail)
        return decided

    return _announced(centre, transact(centre.engine, work))


def waiting_requests(centre: Centre) -> list[TrailRequest]:
    """Return the requests of the last days that nobody has decided, oldest first."""
    since = centre.now() - OLD
    return transact(centre.engine, lambda conn: store.waiting(conn, since, MOST_REQUESTS))


def requests_of(centre: Centre, actor: str) -> list[TrailRequest]:
    """Return what somebody asked in the last days, newest first."""
    since = centre.now() - OLD
    return transact(
        centre.engine, lambda conn: store.requests_of(conn, actor, since, MOST_REQUESTS)
    )


def gather_plates(centre: Centre) -> int:
    """Note the plates of the newest sightings, so that they are found; return how many rows."""
    return transact(centre.engine, lambda conn: store.gather(conn, (FOLDED, INTO)))


def purge_lookups(centre: Centre, seen_before: datetime, asked_before: datetime) -> int:
    """Delete plates and requests that are past their days; return how many."""
    return transact(centre.engine, lambda conn: store.purge(conn, seen_before, asked_before))


def _fitting(conn: Connection, pattern: str, query: Query) -> dict[str, datetime]:
    """Return the plates that fit, the last seen first, and since when each must be looked for."""
    if is_whole(pattern) and not query.look_alikes:
        return {pattern: query.since}
    anchor, plain = anchor_of(pattern), "%" if query.look_alikes else like(pattern)
    near = store.plates_like(conn, anchor, plain, like(fold(pattern)), query.since, WIDEST)
    if near.width > WIDEST:
        raise InvalidInput("plate", f"is too wide: more than {WIDEST} plates have this end")
    return {plate: max(query.since, at) for plate, at in near.last_seen_at.items()}


def count_lookup(centre: Centre, actor: str) -> None:
    """Count one look-up of somebody.

    Raises:
        TooMany: he has looked up too often within the hour.
    """
    limit = centre.city.limits.lookups.per_hour
    if not centre.live.allow(f"lookup:{actor}", limit, HOUR_S):
        raise TooMany(f"{limit} searches an hour are possible", HOUR_S)


def _announced(centre: Centre, value: T) -> T:
    centre.live.announce(Topic.LOOKUPS)
    return value

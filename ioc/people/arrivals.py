"""People arrive: seen at a gate by the plate they declared, or by a scan where people come in.

What is seen is kept as a passage; of passages close together the first is the entry that counts.
An arrival ends the waiting of a declaration, and begins the clocks of its health station.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.limits import EntryLimits
from ioc.people import entering, store, visits
from ioc.people.model import (
    Crossing,
    DeclarationStep,
    Declared,
    Noted,
    Passage,
    Seen,
    Task,
    TaskKind,
)
from ioc.people.rules import ENTRY, Window, corrected, counts_of, leads_to
from ioc.persons.service import circles_of, heads_of

# What tallies grow by: add them last in the transaction.
Counts = Counter[tuple[str, str, datetime]]
Found = Mapping[str, tuple[Declared, Passage]]


def note_crossings(conn: Connection, centre: Centre, crossings: Sequence[Crossing]) -> Counts:
    """Let those arrive who declared that they come in these vehicles; return what counts.

    Vehicles that entered only: inbound at a gate and not stopped. In the caller's transaction.
    """
    if not crossings:
        return Counter()
    plates = sorted({crossing.plate for crossing in crossings})
    refs = sorted({ref for crossing in crossings for ref in crossing.declarations})
    window = window_of(centre.city.limits.entries)
    found: dict[str, tuple[Declared, Passage]] = {}
    for declared in store.coming_in(conn, plates, refs):
        came = next(
            (
                crossing
                for crossing in sorted(crossings, key=lambda crossing: crossing.at)
                if declared.plate == crossing.plate or declared.ref in crossing.declarations
                if window.holds(declared, crossing.at)
            ),
            None,
        )
        if came is not None:
            passage = Passage(declared.people[0], came.at, came.camera)
            found[declared.ref] = (declared, passage)
    passages = [
        Passage(person, passage.at, passage.place)
        for declared, passage in found.values()
        for person in declared.people
    ]
    counts = _arrive(conn, centre, found)
    counts.update(_enter(conn, centre, passages, heads_of(conn, _persons(passages))))
    return counts


def note_arrivals(conn: Connection, centre: Centre, passages: Sequence[Passage]) -> Counts:
    """Note persons who were scanned coming in, and let arrive who declared; return what counts.

    Only scans at the points where people come in (`[entries]` of city.toml) are looked at; give all
    that were made inbound. In the caller's transaction, which adds the counts to the tallies last.
    """
    points = centre.city.limits.entries.points
    inbound = [passage for passage in passages if passage.place in points]
    if not inbound:
        return Counter()
    return note_passages(conn, centre, inbound)


def note_passages(conn: Connection, centre: Centre, passages: Sequence[Passage]) -> Counts:
    """Note persons who were seen to come in, wherever it was; return what counts."""
    circles = circles_of(conn, _persons(passages))
    heads = {ref: head for head, everybody in circles.values() for ref in everybody}
    window = window_of(centre.city.limits.entries)
    seen: dict[str, list[Passage]] = {}
    for passage in passages:
        seen.setdefault(heads[passage.person], []).append(passage)
    found: dict[str, tuple[Declared, Passage]] = {}
    for declared in store.coming(conn, sorted(heads)):
        of_them = {heads[ref] for ref in declared.people if ref in heads}
        fits = [p for head in of_them for p in seen[head] if window.holds(declared, p.at)]
        if fits:
            found[declared.ref] = (declared, min(fits, key=lambda passage: passage.at))
    counts = _arrive(conn, centre, found)
    counts.update(_enter(conn, centre, passages, {p.person: heads[p.person] for p in passages}))
    return counts


def window_of(limits: EntryLimits) -> Window:
    """Return when somebody who declared may come."""
    return Window(limits.early, limits.late, limits.undated)


def _persons(passages: Sequence[Passage]) -> list[str]:
    return sorted({passage.person for passage in passages})


def _arrive(conn: Connection, centre: Centre, found: Found) -> Counts:
    """Lead declarations to where an arrival leads them, and begin the clocks of their stations."""
    counts: Counts = Counter()
    moved, tasks = [], list[Task]()
    for ref in sorted(found):
        declared, passage = found[ref]
        noted = Noted(
            DeclarationStep.ARRIVE,
            declared.state,
            leads_to(declared.state, DeclarationStep.ARRIVE, None),
            passage.at,
            f"seen:{passage.place}",
            declared.unit,
            len(declared.people),
        )
        moved.append((ref, noted, passage.place))
        tasks += _tasks(centre, declared, passage.at)
        for metric, unit, at, n in counts_of(noted):
            counts[metric, unit, at] += n
    store.arrive(conn, moved)
    visits.add(conn, tasks)
    return counts


def _tasks(centre: Centre, declared: Declared, arrived_at: datetime) -> Iterator[Task]:
    """Yield the call of the station, and its follow-ups on their days of the city.

    The clock runs from when the arrival is known: what was seen while a line was down comes late.
    """
    limits, zone = centre.city.limits.entries, centre.city.zone
    known_at = max(arrived_at, centre.now())
    begin, due = known_at + limits.call_after, known_at + limits.call_within
    yield _task(declared, TaskKind.CALL, 0, (begin, due))
    for days in limits.follow_up_days:
        day = local_day(arrived_at, zone) + timedelta(days=days)
        yield _task(declared, TaskKind.FOLLOW_UP, days, day_bounds(day, zone))


def _task(declared: Declared, kind: TaskKind, day: int, span: tuple[datetime, datetime]) -> Task:
    return Task(uuid.uuid4().hex, declared.ref, declared.unit, kind, day, *span)


def _held(conn: Connection, head_of: Mapping[str, str]) -> Mapping[str, str]:
    """Return who stands for each person, all held; a merge may have come before we held them."""
    while True:
        entering.hold(conn, list(head_of.values()))
        again = heads_of(conn, sorted(head_of))
        if again == head_of:
            return head_of
        head_of = again


def _enter(
    conn: Connection, centre: Centre, passages: Sequence[Passage], known: Mapping[str, str]
) -> Counts:
    """Keep passages, and return how entries change: one is counted where the first was seen."""
    if not passages:
        return Counter()
    same = centre.city.limits.entries.same
    head_of = _held(conn, known)
    heads = sorted(set(head_of.values()))
    fresh = sorted(
        set(passages) - entering.known(conn, passages), key=lambda p: (p.at, p.place, p.person)
    )
    if not fresh:
        return Counter()
    by_head = entering.near(conn, heads, fresh[0].at, fresh[-1].at, same)
    for passage in fresh:
        seen = Seen(passage.at, passage.place, passage.person, None)
        by_head.setdefault(head_of[passage.person], []).append(seen)
    rows, counts = list[tuple[str, Seen, bool]](), Counts()
    for head in sorted(by_head):
        ordered = sorted(by_head[head], key=lambda one: (one.at, one.place, one.person))
        for one, is_entry in corrected(ordered, same):
            rows.append((head, one, is_entry))
            counts[ENTRY, one.place, one.at] += int(is_entry) - int(bool(one.is_entry))
    entering.keep(conn, rows)
    return counts

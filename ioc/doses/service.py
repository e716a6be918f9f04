"""The use cases of doses beside recording them: correct one, look them up, who is covered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc import amendments, audit, sums, tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.config import noted
from ioc.db import transact
from ioc.doses import store
from ioc.doses.model import CoverageCell, DoseCorrection, HeldDose, VaccineBook
from ioc.doses.rulebook import read_vaccines
from ioc.doses.rules import (
    DOSE,
    FIRST,
    FULL,
    UNKNOWN,
    corrected,
    counts_of,
    day_of,
    ranked,
    standing_of,
)
from ioc.errors import NotFound
from ioc.health.store import await_writers, hold_persons, put_doses
from ioc.live import Topic
from ioc.persons.service import circles_of

MOST = 500


@dataclass(frozen=True)
class Pair:
    """An entry and the one it repeats, side by side."""

    no: int
    dose: HeldDose
    other: HeldDose | None


@dataclass(frozen=True)
class Coverage:
    """Who has had a dose, and a full course, by unit and age group, to date."""

    as_of: datetime
    cells: Sequence[CoverageCell]


def vaccines(centre: Centre) -> VaccineBook:
    """Return the vaccines of the city, read once a process."""
    return _load(centre.settings.city_dir)


def correct_dose(
    centre: Centre, ref: str, correction: DoseCorrection, actor: str, why: str
) -> HeldDose:
    """Say of an entry that it is an error, an injection of its own, or as it was; return it.

    What it counted is taken back, or added, in the quarter-hour it was given in.

    Raises:
        NotFound: there is no such dose.
        Conflict: it changes nothing.
        InvalidInput: no reason is given.
    """

    def work(conn: Connection) -> HeldDose:
        known = _required(store.find(conn, ref), ref)
        head, members = circles_of(conn, [known.person])[known.person]
        hold_persons(conn, members)
        held = [dose for doses in store.held_of(conn, members).values() for dose in doses]
        dose = _required(next((one for one in held if one.ref == ref), None), ref)
        changed = corrected(dose, correction, why)
        rest = [changed if one.ref == ref else one for one in held]
        judged = settle(conn, centre, {head: (held, rest)}, {head: members})
        store.add_correction(conn, dose, correction, (centre.now(), actor, why))
        detail = {"correction": correction.value, "why": why}
        audit.record(conn, actor, "dose_corrected", f"dose:{ref}", why, detail)
        return next(one for one in judged[head] if one.ref == ref)

    dose = transact(centre.engine, work)
    centre.live.announce(Topic.HEALTH)
    return dose


def regroup_doses(conn: Connection, centre: Centre, heads: Mapping[str, str]) -> None:
    """Judge the doses of persons anew after a merge made them one, or took it back.

    In the caller's transaction; `heads` says who stands for each. What those of one head had of one
    injection becomes a near-repeat, and again an injection of its own where they are parted.
    """
    refs = sorted(heads)
    hold_persons(conn, refs)
    held = store.held_of(conn, refs)
    circles = circles_by(heads)
    changes = {
        head: ([dose for ref in members for dose in held.get(ref, ())],) * 2
        for head, members in circles.items()
    }
    settle(conn, centre, changes, circles)


def circles_by(heads: Mapping[str, str]) -> dict[str, list[str]]:
    """Return by head for whom it stands."""
    circles: dict[str, list[str]] = {}
    for ref in sorted(heads):
        circles.setdefault(heads[ref], []).append(ref)
    return circles


def settle(
    conn: Connection,
    centre: Centre,
    changes: Mapping[str, tuple[Sequence[HeldDose], Sequence[HeldDose]]],
    circles: Mapping[str, Sequence[str]],
) -> dict[str, list[HeldDose]]:
    """Judge the doses of persons anew and keep what changed: marks, standing, tallies, last of all.

    Args:
        conn: the caller's transaction, which holds the persons.
        centre: where they are kept.
        changes: by who stands for a person, the doses held before and now; new ones are inserted.
        circles: by who stands for him, all whom merges made one with him.

    Returns:
        The doses of each as they are judged now.
    """
    book, zone = vaccines(centre), centre.city.zone
    was = {dose.ref: dose for before, _ in changes.values() for dose in before}
    judged = {head: ranked(changes[head][1], book) for head in sorted(changes)}
    every = [dose for doses in judged.values() for dose in doses]
    delta = counts_of(every, zone)
    delta.subtract(counts_of(list(was.values()), zone))
    fresh = [dose for dose in every if dose.ref not in was]
    differ = [dose for dose in every if dose.ref in was and was[dose.ref] is not dose]
    store.add(conn, fresh)
    store.judge(conn, differ)
    standings = [
        standing_of(person, doses)
        for head, doses in judged.items()
        for person in circles.get(head, (head,))
    ]
    put_doses(conn, standings)
    present = {(DOSE, dose.facility, day_of(dose.given_at, zone)) for dose in fresh}
    tally.mark_present(conn, list(present))
    tally.add(conn, delta)
    late = {key: n for key, n in delta.items() if key[0] == DOSE}
    amendments.note(conn, centre, late, book.closes)
    return judged


def near_repeats(centre: Centre, before_no: int | None = None, limit: int = MOST) -> list[Pair]:
    """Return entries that repeat another beside it, the newest first."""

    def work(conn: Connection) -> list[Pair]:
        found = store.near_repeats(conn, before_no, min(limit, MOST))
        others = store.find_many(conn, [str(dose.near_of) for _, dose in found])
        return [Pair(no, dose, others.get(str(dose.near_of))) for no, dose in found]

    return transact(centre.engine, work)


def doses_of(centre: Centre, person: str, actor: str, purpose: str) -> list[HeldDose]:
    """Return the doses of one person in the order they were given; the look-up is audited."""

    def work(conn: Connection) -> list[HeldDose]:
        audit.record(conn, actor, "doses_looked_up", f"person:{person}", purpose, {})
        held = store.held_of(conn, [person]).get(person, [])
        return sorted(held, key=lambda dose: (dose.given_at, dose.ref))

    return transact(centre.engine, work)


@dataclass(frozen=True)
class DosePage:
    """Doses that are new to a reader, or corrected since; and where he goes on from."""

    doses: Sequence[HeldDose]
    entered: int
    corrected: int
    is_last: bool


def doses_after(centre: Centre, entered: int, corrected_no: int, limit: int) -> DosePage:
    """Return the next page of a feed: doses entered after a number, then those corrected since.

    Nothing is passed over: whoever writes at this moment is waited for.
    """

    def work(conn: Connection) -> DosePage:
        await_writers(conn)
        fresh = store.after(conn, entered, limit)
        room = limit - len(fresh)
        changed = store.corrected_after(conn, corrected_no, room) if room else []
        return DosePage(
            [dose for _, dose in (*fresh, *changed)],
            fresh[-1][0] if fresh else entered,
            changed[-1][0] if changed else corrected_no,
            is_last=len(fresh) + len(changed) < limit,
        )

    return transact(centre.engine, work)


def coverage(centre: Centre, day: date | None = None) -> Coverage:
    """Return who is covered by unit and age group: to date, or by the end of a day."""
    groups = [*(group.id for group in vaccines(centre).ages), UNKNOWN]
    metrics = [f"{kind}{group}" for kind in (FIRST, FULL) for group in groups]

    def work(conn: Connection) -> dict[tuple[str, str], int]:
        counts = sums.totals(conn, metrics)
        if day is None:
            return counts
        # What came since is taken off: that costs what it is long, not all there ever was.
        ahead = local_day(centre.now(), centre.city.zone) + timedelta(days=1)
        after = day + timedelta(days=1)
        since = sums.between(conn, metrics, after, max(after, ahead), centre.city.zone)
        return {key: n - since.get(key, 0) for key, n in counts.items()}

    counts = transact(centre.engine, work)
    units = sorted({place for _, place in counts})
    cells = [
        CoverageCell(
            unit, group, counts.get((FIRST + group, unit), 0), counts.get((FULL + group, unit), 0)
        )
        for unit in units
        for group in groups
    ]
    return Coverage(centre.now(), [cell for cell in cells if cell.first or cell.full])


def _required(dose: HeldDose | None, ref: str) -> HeldDose:
    if dose is None:
        raise NotFound("dose", ref)
    return dose


@cache
def _load(folder: Path) -> VaccineBook:
    return noted(read_vaccines(folder))

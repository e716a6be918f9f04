"""Rules tried before they are put in force: what would have become of the reads of a day.

Each kept read is judged again by the proposed rules, with the permits, the lists and the other
sightings that were known when it came in. What else a doubtful read may be is looked up as it is
known now. Nothing is written; red vehicles that do not arrive are no reads, and are left out.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.clock import day_bounds
from ioc.db import transact
from ioc.lists.model import ListEntry
from ioc.lists.store import entries_known
from ioc.permits.model import Permit, PermitVersion
from ioc.permits.store import versions_to
from ioc.vehicles import store
from ioc.vehicles.doubt import Known
from ioc.vehicles.facts import Found, elsewhere_of, look_up
from ioc.vehicles.model import Elsewhere, Outcome, Sighting, Verdict
from ioc.vehicles.neighbours import Fresh
from ioc.vehicles.recording import judged_by
from ioc.vehicles.rulebook import Rulebook
from ioc.vehicles.weighing import LookUp, weigh_all

PAGE = 1_000
SHOWN = 5


@dataclass(frozen=True, order=True)
class Judgement:
    """What became of a read: its outcome and why."""

    outcome: str
    reason: str


@dataclass(frozen=True, order=True)
class Move:
    """A judgement that the proposed rules would change."""

    was: Judgement
    would: Judgement


@dataclass
class Trial:
    """What the reads of a day were judged, and would be; `examples` are some of each move."""

    day: date
    reads: int = 0
    was: Counter[str] = field(default_factory=Counter)
    would: Counter[str] = field(default_factory=Counter)
    moves: Counter[Move] = field(default_factory=Counter)
    cameras: Counter[tuple[str, Move]] = field(default_factory=Counter)
    examples: dict[Move, list[Sighting]] = field(default_factory=dict)

    def note(self, sighting: Sighting, would: Verdict) -> None:
        """Count one read."""
        was = sighting.verdict
        self.reads += 1
        self.was[was.outcome.value] += 1
        self.would[would.outcome.value] += 1
        if (was.outcome, was.reason) == (would.outcome, would.reason):
            return
        move = Move(_judgement(was), _judgement(would))
        self.moves[move] += 1
        self.cameras[sighting.read.camera, move] += 1
        shown = self.examples.setdefault(move, [])
        if len(shown) < SHOWN:
            shown.append(sighting)

    @property
    def more_stops(self) -> int:
        """Return how many vehicles more would have been stopped."""
        return self.would[Outcome.STOP] - self.was[Outcome.STOP]


def try_rules(centre: Centre, book: Rulebook, day: date) -> Trial:
    """Judge the kept reads of a day of the city by `book`, and compare."""
    trial = Trial(day)
    page = _next_page(centre, day, None)
    while page:
        for sighting, verdict in zip(page, _judged_anew(centre, book, page), strict=True):
            trial.note(sighting, verdict)
        page = _next_page(centre, day, page[-1])
    return trial


def _next_page(centre: Centre, day: date, last: Sighting | None) -> list[Sighting]:
    start, end = day_bounds(day, centre.city.zone)
    return transact(centre.engine, lambda conn: store.page(conn, start, end, last, PAGE))


def _judged_anew(centre: Centre, book: Rulebook, page: Sequence[Sighting]) -> list[Verdict]:
    def work(conn: Connection) -> list[Verdict]:
        then = [_known_then(*known) for known in _histories(conn, centre, page)]
        whole = reduce(Found.with_more, then)
        own = {sighting.read.plate for sighting in page}

        def others(plates: Collection[str]) -> Known:
            now = look_up(conn, [plate for plate in plates if plate not in own])
            return judged_by(centre, book, whole.with_more(now))

        judged = [
            (sighting.read, judged_by(centre, book, known).judge(sighting.read))
            for sighting, known in zip(page, then, strict=True)
        ]
        return [
            verdict
            for verdict, _ in weigh_all(
                centre,
                judged,
                LookUp(others, lambda names: others(names.permitted | names.watched)),
                book,
            )
        ]

    return transact(centre.engine, work)


@dataclass(frozen=True)
class History:
    """What was ever known of the plates of a page, until its last read came in."""

    permits: Mapping[str, Sequence[PermitVersion]]
    entries: Mapping[str, Sequence[tuple[ListEntry, datetime | None]]]
    elsewhere: Mapping[tuple[str, str], tuple[Elsewhere, ...]]


def _histories(
    conn: Connection, centre: Centre, page: Sequence[Sighting]
) -> Iterator[tuple[Sighting, History]]:
    plates = [sighting.read.plate for sighting in page if sighting.read.not_read is None]
    instants = [sighting.known_at for sighting in page]
    permits: dict[str, list[PermitVersion]] = {}
    for version in versions_to(conn, plates, max(instants)):
        permits.setdefault(version.permit.plate, []).append(version)
    batch = [Fresh(sighting.read, sighting.ref, sighting.known_at) for sighting in page]
    entries = entries_known(conn, plates, min(instants))
    history = History(permits, entries, elsewhere_of(conn, centre, batch))
    for sighting in page:
        yield sighting, history


def _known_then(sighting: Sighting, history: History) -> Found:
    """Return what was known of the plate of a sighting when it came in."""
    plate, at = sighting.read.plate, sighting.known_at
    permits = [p for v in history.permits.get(plate, ()) if (p := _permit_at(v, at)) is not None]
    entries = [
        entry
        for entry, superseded_at in history.entries.get(plate, ())
        if entry.approved_at is not None
        and entry.approved_at <= at
        and (superseded_at is None or superseded_at > at)
    ]
    key = sighting.read.id, plate
    return Found(
        permits={plate: permits} if permits else {},
        listed={plate: entries} if entries else {},
        elsewhere={key: history.elsewhere[key]} if key in history.elsewhere else {},
    )


def _permit_at(version: PermitVersion, at: datetime) -> Permit | None:
    """Return a version as it spoke at an instant; None where it did not speak then."""
    if version.known_at > at:
        return None
    if version.superseded_at is None or version.superseded_at > at:
        return replace(version.permit, held_until=None)
    return None if version.is_void else version.permit


def _judgement(verdict: Verdict) -> Judgement:
    return Judgement(verdict.outcome.value, verdict.reason.value)

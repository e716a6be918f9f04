"""What is known of the plates of a batch of reads: one look-up a subject, whatever its size.

Permits, entries of lists, registrations, and other sightings of the same plate: of these only those
from which nobody can have got to the read in the time between.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.lists.model import ListEntry
from ioc.lists.store import entries_of, plates_listed
from ioc.permits.model import Permit
from ioc.permits.store import plates_held, speaking_of
from ioc.registrations.store import colours_of
from ioc.vehicles.doubt import Names
from ioc.vehicles.model import Elsewhere, Ground, PlateFacts, PlateRead, Registered
from ioc.vehicles.neighbours import Fresh, Neighbour, neighbours

Permits = Mapping[str, Sequence[Permit]]
Entries = Mapping[str, Sequence[ListEntry]]


@dataclass(frozen=True)
class Found:
    """What the look-ups found: by plate, and `elsewhere` by the id and the plate of a read."""

    permits: Permits
    listed: Entries
    grounds: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[tuple[str, str], tuple[Elsewhere, ...]] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        """Return the plates found; one seen elsewhere is as likely to pass as one watched."""
        seen = {plate for _, plate in self.elsewhere}
        return Names(frozenset(self.permits), frozenset(self.listed) | seen)

    def facts_of(self, read: PlateRead) -> PlateFacts:
        """Return what is known of exactly the plate of `read`."""
        permits = tuple(self.permits.get(read.plate, ()))
        return PlateFacts(
            permits=permits,
            listed=tuple(self.listed.get(read.plate, ())),
            elsewhere=self.elsewhere.get((read.id, read.plate), ()),
            registered=self._registered(permits, read.seen_at),
        )

    def with_more(self, other: "Found") -> "Found":
        """Return the same with what was found of other plates."""
        return replace(
            self,
            permits={**self.permits, **other.permits},
            listed={**self.listed, **other.listed},
            grounds={**self.grounds, **other.grounds},
            elsewhere={**self.elsewhere, **other.elsewhere},
        )

    def _registered(self, permits: Sequence[Permit], at: datetime) -> Registered | None:
        for permit in permits:
            ref = permit.registration
            if ref is not None and ref in self.grounds and permit.speaks_at(at):
                return Registered(ref, Ground(self.grounds[ref]))
        return None


def look_up(conn: Connection, plates: Collection[str]) -> Found:
    """Return what is known now of exactly these plates, but for where they were seen."""
    named = frozenset(plates)
    return look_up_named(conn, Names(named, named))


def look_up_named(conn: Connection, names: Names) -> Found:
    """Return the same of plates of which it is known whether they have a permit or are watched.

    A subject that knows none of them is not asked.
    """
    permits = speaking_of(conn, sorted(names.permitted)) if names.permitted else {}
    refs = {p.registration for held in permits.values() for p in held if p.registration}
    listed = entries_of(conn, sorted(names.watched)) if names.watched else {}
    return Found(permits, listed, colours_of(conn, sorted(refs)))


def name(conn: Connection, plates: Sequence[str]) -> Names:
    """Return which of these plates have a permit, or stand on a list: of a great many, quickly."""
    if not plates:
        return Names(frozenset(), frozenset())
    return Names(plates_held(conn, plates), plates_listed(conn, plates))


def look_up_reads(conn: Connection, centre: Centre, batch: Sequence[Fresh]) -> Found:
    """Return what is known now of the plates of these reads, and where else they were seen."""
    plates = [fresh.read.plate for fresh in batch if fresh.read.not_read is None]
    return replace(look_up(conn, plates), elsewhere=elsewhere_of(conn, centre, batch))


def elsewhere_of(
    conn: Connection, centre: Centre, batch: Sequence[Fresh]
) -> dict[tuple[str, str], tuple[Elsewhere, ...]]:
    """Return, by read, the sure sightings next to it from which nobody can have come.

    The next before and the next after are enough: who was farther off before them could not have
    reached them either, and was told of then.
    """
    sure = centre.city.limits.sure_confidence
    asked = [fresh for fresh in batch if _tells_a_clone(fresh.read, sure)]
    if not asked:
        return {}
    graph = centre.roads.on(local_day(centre.now(), centre.city.zone))
    kept = neighbours(conn, asked, graph.longest, sure)
    found: dict[tuple[str, str], list[Elsewhere]] = {}
    for other in (*kept, *_within(asked)):
        read = asked[other.index].read
        apart = abs(read.seen_at - other.seen_at)
        if other.camera != read.camera and not graph.is_feasible(other.camera, read.camera, apart):
            least = graph.fastest(other.camera, read.camera)
            away = Elsewhere(other.ref, other.camera, other.seen_at, apart, least)
            found.setdefault((read.id, read.plate), []).append(away)
    return {
        key: tuple(sorted(others, key=lambda other: other.apart)) for key, others in found.items()
    }


def _tells_a_clone(read: PlateRead, sure: float) -> bool:
    return read.not_read is None and read.confidence >= sure


def _within(asked: Sequence[Fresh]) -> Iterator[Neighbour]:
    """Yield the neighbours that new reads have in the batch itself, which is kept nowhere yet."""
    new = [number for number, fresh in enumerate(asked) if fresh.known_by is None]
    by_plate = sorted(new, key=lambda n: (asked[n].read.plate, asked[n].read.seen_at))
    for before, after in pairwise(by_plate):
        one, other = asked[before], asked[after]
        if one.read.plate == other.read.plate:
            yield Neighbour(after, one.ref, one.read.camera, one.read.seen_at)
            yield Neighbour(before, other.ref, other.read.camera, other.read.seen_at)

"""Where a camera reads plates itself and we read its picture: two readings become one sighting.

Whoever comes first makes the sighting; whoever comes second joins it, and what it says then is what
both say together. Both ways in are held camera by camera, so that two at once see one another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc.alerts import store as alerts
from ioc.alerts.model import AlertState, Desk, Step
from ioc.alerts.service import Act, step_within
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import ConfigFault
from ioc.intake import Receipt
from ioc.live import Topic
from ioc.vehicles import journeys, readings, store
from ioc.vehicles.model import PlateRead, Sighting
from ioc.vehicles.pairing import cost_of, joint
from ioc.vehicles.readings import Reading, reading_of
from ioc.vendors import Readers, read_readers

SECOND_READING = "second-reading"


@dataclass(frozen=True)
class Joined:
    """A reading that belongs to a sighting: `before` it came, and what both `say` together."""

    ref: str
    read: PlateRead
    before: Sighting
    says: PlateRead


@dataclass(frozen=True)
class Arrivals:
    """Reads that are new: those that make sightings of their own, and those that join one."""

    alone: Sequence[tuple[PlateRead, Receipt]]
    joined: Sequence[Joined] = ()


def readers_of(centre: Centre) -> Readers:
    """Return the cameras of the city that read themselves, read once a process.

    Raises:
        ConfigFault: readers.toml is wrong.
    """
    return _load(centre.settings.city_dir)


def readings_of(centre: Centre, sightings: Sequence[Sighting]) -> dict[str, list[Reading]]:
    """Return what each reader said of these sightings, by ref: only where cameras read plates.

    A sighting of two readings is shown by the surer; both stand here, in the order they came.
    """
    cameras = readers_of(centre).cameras
    refs = [one.ref for one in sightings if one.read.camera in cameras]
    if not refs:
        return {}
    return transact(centre.engine, lambda conn: readings.of_sightings(conn, refs))


def hold_cameras(conn: Connection, centre: Centre, reads: Iterable[PlateRead]) -> None:
    """Let nobody else record at those cameras that are read twice, until the transaction ends."""
    known = readers_of(centre).cameras
    readings.hold(conn, sorted({read.camera for read in reads if read.camera in known}))


def pair(
    conn: Connection, centre: Centre, recorded: Sequence[tuple[PlateRead, Receipt]]
) -> Arrivals:
    """Return which of the new reads of one source are of vehicles that were just read already."""
    book = readers_of(centre)
    twice = [one for one in recorded if one[0].camera in book.cameras]
    if not twice:
        return Arrivals(recorded)
    matched = {
        ref: reading
        for group in _grouped(twice).values()
        for ref, reading in _matches(conn, group, book).items()
    }
    refs = {reading.sighting: reading.seen_at for reading in matched.values()}
    held = store.sightings_by_ref(conn, refs)
    sure = centre.city.limits.sure_confidence
    joined = [
        Joined(str(receipt.ref), read, before, joint(before.read, read, sure))
        for read, receipt in twice
        if (reading := matched.get(str(receipt.ref))) is not None
        if (before := held.get(reading.sighting)) is not None
    ]
    taken = {one.ref for one in joined}
    return Arrivals([one for one in recorded if one[1].ref not in taken], joined)


def keep_readings(
    conn: Connection,
    centre: Centre,
    source: str,
    reads: Mapping[str, PlateRead],
    part_of: Mapping[str, Sighting],
) -> None:
    """Keep what was read at cameras that read themselves, by ref, and of which sighting it is."""
    known, now = readers_of(centre).cameras, centre.now()
    kept = [
        replace(reading_of(ref, source, read, part_of[ref]), known_at=now)
        for ref, read in reads.items()
        if read.camera in known
    ]
    readings.add(conn, kept)


def add_pictures(centre: Centre, ref: str, read: PlateRead) -> bool:
    """Add the pictures of a read that came again to its sighting; tell whether it lacked any."""
    plate, frame = read.plate_picture, read.frame_picture
    is_new = transact(centre.engine, lambda conn: readings.add_pictures(conn, ref, plate, frame))
    if is_new:
        centre.live.announce(Topic.SIGHTINGS, Topic.ALERTS)
    return is_new


def is_told(one: Sighting, changed: Mapping[str, Joined]) -> bool:
    """Tell whether its alert says what it says now; a second reading raises none again."""
    if one.ref not in changed or one.alert is None:
        return False
    before = changed[one.ref].before
    said = (before.read.plate, before.verdict.outcome, before.verdict.reason)
    return said == (one.read.plate, one.verdict.outcome, one.verdict.reason)


def withdraw(conn: Connection, centre: Centre, changed: Sequence[tuple[Joined, Sighting]]) -> None:
    """Take back what a first reading began and both together no longer say.

    A journey of a red vehicle ends; a question that nobody has taken up is answered where both
    together are sure. An alert of the police stays: nobody but a person takes it back. Each
    sighting has the alert that it raised just now.
    """
    sure = centre.city.limits.sure_confidence
    for one, after in changed:
        before, is_sure = one.before, after.read.confidence >= sure
        is_other = before.read.plate != after.read.plate
        if is_other or (before.read.confidence >= sure and not is_sure):
            journeys.withdraw(conn, before.ref)
        if before.alert is not None and is_sure and before.read.confidence < sure:
            _answer(conn, centre, before.alert, after)


def _answer(conn: Connection, centre: Centre, question: str, after: Sighting) -> None:
    row = alerts.find(conn, int(question), lock=True)
    asked = None if row is None else alerts.alert_from(row)
    is_open = asked is not None and asked.state is AlertState.NEW and asked.desk is Desk.REVIEW
    if asked is None or not is_open or asked.sightings > 1 or after.alert == question:
        return
    step_within(conn, centre, question, Act(Step.CLEAR, SECOND_READING, note=after.ref))


def _grouped(
    reads: Sequence[tuple[PlateRead, Receipt]],
) -> dict[tuple[str, bool], list[tuple[PlateRead, str]]]:
    groups: dict[tuple[str, bool], list[tuple[PlateRead, str]]] = {}
    for read, receipt in reads:
        key = (read.camera, read.claim is not None)
        groups.setdefault(key, []).append((read, str(receipt.ref)))
    return groups


def _matches(
    conn: Connection, group: Sequence[tuple[PlateRead, str]], book: Readers
) -> dict[str, Reading]:
    """Return by ref which reading each joins: the best pairs first, and nobody has two."""
    first, together = group[0][0], book.together
    span = readings.span_of([read for read, _ in group], together)
    others = readings.near(conn, first.camera, *span, is_claim=first.claim is None)
    own = readings.near(conn, first.camera, *span, is_claim=first.claim is not None)
    taken = {reading.sighting for reading in own}
    pairs = [
        (cost, abs(read.seen_at - other.read_at), ref, other)
        for read, ref in group
        for other in others
        if other.sighting not in taken
        if (cost := cost_of(read, _as_read(other), together)) is not None
    ]
    found: dict[str, Reading] = {}
    for _, _, ref, other in sorted(pairs, key=lambda one: one[:3]):
        if ref not in found and other.sighting not in taken:
            found[ref] = other
            taken.add(other.sighting)
    return found


def _as_read(reading: Reading) -> PlateRead:
    return PlateRead(
        reading.read_id,
        reading.camera,
        reading.plate,
        reading.confidence,
        reading.read_at,
        not_read=reading.not_read,
    )


@cache
def _load(folder: Path) -> Readers:
    readers, faults = read_readers(folder)
    if faults:
        first: ConfigFault = faults[0]
        raise first
    return readers

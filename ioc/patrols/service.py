"""Units on duty: who there is, what they tell of themselves, and who is nearest and free."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.config import Entry, read_rows
from ioc.db import transact
from ioc.errors import ConfigFault, Conflict
from ioc.intake import IntakeStatus, Receipt
from ioc.live import Topic
from ioc.patrols import rules, store
from ioc.patrols.model import Near, Patrol, PatrolKind, PatrolStatus, PatrolUpdate, Station

FILE = "patrols.csv"
AHEAD = timedelta(minutes=5)
COLUMNS = ("id", "name", "kind", "unit", "lat", "lon")


def roster(centre: Centre) -> Mapping[str, Station]:
    """Return the units of the city by id, read once a process; none where it lists none.

    Raises:
        ConfigFault: patrols.csv is wrong.
    """
    return _load(centre.settings.city_dir / FILE)


def station_named(centre: Centre, told: str) -> Station | None:
    """Return the unit of that id or name; None when it is no unit of the city's list."""
    listed = roster(centre)
    if told in listed:
        return listed[told]
    wanted = told.strip().casefold()
    return next((s for s in listed.values() if s.name.casefold() == wanted), None)


def find_patrols(centre: Centre) -> list[Patrol]:
    """Return every unit as it is now, in the order of the city's list."""
    known = transact(centre.engine, store.rows)
    return [_patrol(station, known.get(station.id)) for station in roster(centre).values()]


def nearest_free(centre: Centre, camera: str, most: int = 3) -> list[Near]:
    """Return the free units nearest to a camera by road, at most `most`.

    Raises:
        NotFound: there is no such camera.
    """
    city, day = centre.city, local_day(centre.now(), centre.city.zone)
    there = city.camera(camera)
    cameras = [other for other in city.cameras.values() if other.is_in_force(day)]
    graph = centre.roads.on(day)
    kmh = city.limits.patrol_kmh
    return rules.nearest(find_patrols(centre), there, cameras, graph.distance_km, kmh)[:most]


def report(centre: Centre, updates: Sequence[PatrolUpdate]) -> list[Receipt]:
    """Take what units tell of themselves, in one transaction; the newest place of each stands.

    What is older than what is known already changes nothing and is answered `repeated`.
    """
    listed = roster(centre)

    def work(conn: Connection) -> list[Receipt]:
        held = store.hold(conn, [u.patrol for u in updates if u.patrol in listed])
        return [_take_in(conn, centre, update, listed, held) for update in updates]

    receipts = transact(centre.engine, work)
    if any(receipt.status is IntakeStatus.RECORDED for receipt in receipts):
        centre.live.announce(Topic.PATROLS)
    return receipts


def send(
    conn: Connection, centre: Centre, station: Station, alert: int, status: PatrolStatus
) -> None:
    """Put a unit on an alert, in the caller's transaction; who was on it before is free again.

    Raises:
        Conflict: the unit is off duty, or on another alert.
    """
    now, before = centre.now(), store.on_alert(conn, alert)
    held = store.hold(conn, [station.id, *([before] if before else [])])
    row = held[station.id]
    if row.alert not in (None, alert):
        raise Conflict(f"unit: {station.name} is on alert {row.alert}")
    if row.status == PatrolStatus.OFF_DUTY:
        raise Conflict(f"unit: {station.name} is off duty")
    if before is not None and before != station.id:
        store.set_status(conn, before, PatrolStatus.FREE, None, now)
    store.set_status(conn, station.id, status, alert, now)


def follow(conn: Connection, centre: Centre, alert: int, status: PatrolStatus) -> None:
    """Let the unit on an alert do what the alert's step says; `FREE` ends its work there."""
    patrol = store.on_alert(conn, alert)
    if patrol is None:
        return
    kept = None if status is PatrolStatus.FREE else alert
    store.set_status(conn, patrol, status, kept, centre.now())


def read_stations(file: Path, faults: list[ConfigFault]) -> list[tuple[Entry, Station]]:
    """Return the units that `file` lists, each with its row; faults are noted."""
    found = []
    seen: set[str] = set()
    for entry in read_rows(file, COLUMNS, (), faults):
        station = Station(
            entry.text("id"),
            entry.text("name"),
            entry.choice("kind", PatrolKind),
            entry.text("unit"),
            entry.number("lat", -90, 90),
            entry.number("lon", -180, 180),
        )
        for word in (station.id, station.name.casefold()):
            if word in seen:
                entry.fault("id", f"{word!r} stands twice: a unit is called by its id or its name")
            seen.add(word)
        found.append((entry, station))
    return found


@cache
def _load(file: Path) -> Mapping[str, Station]:
    if not file.exists():
        return {}
    faults: list[ConfigFault] = []
    stations = {station.id: station for _, station in read_stations(file, faults)}
    if faults:
        raise faults[0]
    return stations


def _take_in(
    conn: Connection,
    centre: Centre,
    update: PatrolUpdate,
    listed: Mapping[str, Station],
    held: dict[str, Row[Any]],
) -> Receipt:
    now = centre.now()
    if update.patrol not in listed:
        why = f"patrol: there is no unit {update.patrol!r}"
        return Receipt(update.id, IntakeStatus.REFUSED, why=why)
    if update.at > now + AHEAD:
        return Receipt(
            update.id, IntakeStatus.REFUSED, why=f"at: lies ahead of now by more than {AHEAD}"
        )
    row = held[update.patrol]
    patrol = _patrol(listed[update.patrol], row)
    is_news = False
    if update.status is not None and update.status is not patrol.status:
        if update.at < row.changed_at:
            return Receipt(update.id, IntakeStatus.REPEATED)
        try:
            rules.require_status(patrol, update.status)
        except Conflict as fault:
            return Receipt(update.id, IntakeStatus.REFUSED, why=str(fault))
        store.set_status(conn, update.patrol, update.status, row.alert, update.at)
        is_news = True
    if update.position and (row.placed_at is None or update.position.at > row.placed_at):
        store.place(conn, update.patrol, update.position, now)
        is_news = True
    held.update(store.hold(conn, [update.patrol]) if is_news else {})
    return Receipt(update.id, IntakeStatus.RECORDED if is_news else IntakeStatus.REPEATED)


def _patrol(station: Station, row: Row[Any] | None) -> Patrol:
    if row is None:
        return Patrol(station)
    return Patrol(
        station,
        PatrolStatus(row.status),
        store.position_from(row),
        None if row.alert is None else str(row.alert),
        row.changed_at,
    )

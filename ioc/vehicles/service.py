"""The use cases of vehicle control but for the reads: sightings seen, days, rules."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc.alerts.model import Alert
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.document import parsed
from ioc.errors import NotFound
from ioc.places import City
from ioc.vehicles import store
from ioc.vehicles.doubt import DoubtBook, parse_doubt
from ioc.vehicles.likeness import parse_confusions
from ioc.vehicles.model import PlateRead, Sighting, Spot
from ioc.vehicles.rulebook import Rulebook, parse_rulebook

OLDEST = timedelta(days=45)
DAYS_AHEAD = timedelta(days=7)
MOST = 1_000
CONFUSIONS = "confusions.toml"


def make_days(centre: Centre, days: Iterable[date]) -> None:
    """Make the partitions of these days of the city that are not there yet and may be."""
    today = local_day(centre.now(), centre.city.zone)
    first, last = today - OLDEST - timedelta(days=1), today + DAYS_AHEAD

    def work(conn: Connection) -> None:
        held = set(store.days_held(conn))
        for day in sorted(set(days) - held):
            if first <= day <= last:
                store.create_day(conn, day, *day_bounds(day, centre.city.zone))

    transact(centre.engine, work)


def latest_sightings(
    centre: Centre, since: datetime | None = None, camera: str | None = None, limit: int = 200
) -> list[Sighting]:
    """Return sightings since an instant (an hour ago when None), newest first."""
    start = since or centre.now() - timedelta(hours=1)
    return transact(centre.engine, lambda conn: store.latest(conn, start, camera, min(limit, MOST)))


def newest_sighting_at(centre: Centre, since: datetime) -> datetime | None:
    """Return when the newest sighting seen since an instant became known, None for none."""
    return transact(centre.engine, lambda conn: store.newest_known_at(conn, since))


def trail(centre: Centre, plate: str, since: datetime, limit: int = 100) -> list[Sighting]:
    """Return where a plate was seen since an instant, newest first."""
    return transact(centre.engine, lambda conn: store.trail(conn, plate, since, min(limit, MOST)))


def find_sighting(centre: Centre, ref: str, seen_at: datetime) -> Sighting:
    """Return one sighting, given when it was seen.

    Raises:
        NotFound: there is none of this ref at that time.
    """
    found = transact(centre.engine, lambda conn: store.sightings_by_ref(conn, {ref: seen_at}))
    if ref not in found:
        raise NotFound("sighting", ref)
    return found[ref]


def find_sightings(centre: Centre, seen_at: Mapping[str, datetime]) -> dict[str, Sighting]:
    """Return those of the sightings that exist, by ref; `seen_at` says when each was seen."""
    return transact(centre.engine, lambda conn: store.sightings_by_ref(conn, seen_at))


def sightings_of(centre: Centre, alert: Alert, limit: int = MOST) -> list[Sighting]:
    """Return the sightings that joined an alert over all cameras, oldest first."""
    window = centre.city.limits.incident
    start, end = alert.first_seen_at - window, alert.first_seen_at + window
    number, most = int(alert.id), min(limit, MOST)
    return transact(centre.engine, lambda conn: store.of_alert(conn, number, start, end, most))


def doubt_book(centre: Centre) -> DoubtBook:
    """Return how sure an accusation must be in this city, read once a process.

    Raises:
        ConfigFault: [doubt] of city.toml or confusions.toml is wrong.
    """
    return _load_doubt(_file_of(centre.settings.city_dir, "city.toml"), centre.settings.config_dir)


def rulebook(centre: Centre) -> Rulebook:
    """Return the city's rules, read once a process.

    Raises:
        ConfigFault: rules.toml is wrong.
    """
    return load_rulebook(_file_of(centre.settings.city_dir, "rules.toml"), centre.city)


def load_rulebook(file: Path, city: City) -> Rulebook:
    """Return the rules of a file for `city`, read once a process.

    Raises:
        ConfigFault: the file is wrong.
    """
    return _load_rulebook(file, city.limits.sure_confidence, city.home_plates)


def spot_of(centre: Centre, read: PlateRead) -> Spot:
    """Return where the camera of a read stands.

    Raises:
        NotFound: the city has no such camera.
    """
    camera = centre.city.camera(read.camera)
    return Spot(
        camera=camera.id,
        road_class=camera.road_class,
        direction=camera.direction,
        road=camera.road,
        site=camera.site,
        unit=camera.unit,
    )


@cache
def _file_of(folder: Path, name: str) -> Path:
    """Return a file of a folder: both books are asked for with every read."""
    return folder / name


@cache
def _load_doubt(file: Path, config_dir: Path) -> DoubtBook:
    confusions = parsed(config_dir / CONFUSIONS, parse_confusions)
    return parsed(file, lambda told: parse_doubt(told["doubt"], confusions))


@cache
def _load_rulebook(file: Path, sure: float, home: tuple[str, ...]) -> Rulebook:
    return parsed(file, lambda told: parse_rulebook(told, sure, home))

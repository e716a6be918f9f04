"""Streets that fill up: vehicles a minute before their cameras, against what is usual at this hour.

A vehicle is one whose plate was read: what passes and is not read is not in it, nor are people on
foot. Density is told as what it is at least, at the usual speed of the road: a crowd is slower.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.clock import BUCKET, bucket_of, local_day
from ioc.db import transact
from ioc.limits import CrowdLimits
from ioc.notices.model import Notice
from ioc.notices.service import put_all
from ioc.places import City, Road
from ioc.scorecards import scorecards

CROWDED = "street.crowded"
DESK = "district"
READ = "read"
MINUTE_S, HOUR_MIN = 60, 60


@dataclass(frozen=True)
class Crowd:
    """A road on which more drives than is usual, where most does.

    Attributes:
        per_minute: vehicles read a minute before that camera.
        usual: P90 of this hour in past weeks there, None while too few weeks are known.
        per_km: at least so many vehicles on a kilometre.
    """

    road: str
    camera: str
    per_minute: float
    usual: float | None
    per_km: float


def crowds_of(
    rates: Mapping[str, float],
    usual: Mapping[str, float | None],
    city: City,
    limits: CrowdLimits,
    today: date,
) -> list[Crowd]:
    """Return the roads that are crowded, the fullest first.

    Args:
        rates: vehicles a minute by camera.
        usual: P90 of them at this hour by camera, None where too few weeks are known.
        city: its roads and cameras.
        limits: from where on a road is crowded.
        today: cameras not in force on it say nothing.
    """
    fullest: dict[str, Crowd] = {}
    for camera in city.cameras.values():
        road, rate = city.places.get(camera.road or ""), rates.get(camera.id, 0.0)
        if not isinstance(road, Road) or not camera.is_in_force(today):
            continue
        high = usual.get(camera.id)
        is_more = rate >= limits.per_minute and (high is None or rate > limits.times * high)
        if is_more and (road.id not in fullest or rate > fullest[road.id].per_minute):
            per_km = rate * HOUR_MIN / road.usual_kmh
            fullest[road.id] = Crowd(road.id, camera.id, rate, high, per_km)
    return sorted(fullest.values(), key=lambda crowd: (-crowd.per_minute, crowd.road))


def watch_streets(centre: Centre) -> int:
    """Advise districts whose streets fill up, once an hour a street; return how often."""
    now = centre.now()
    today = local_day(now, centre.city.zone)
    usual = {card.state.id: card.usual and card.usual[1] for card in scorecards(centre)}
    start = bucket_of(now) - BUCKET
    minutes = (now - start).total_seconds() / MINUTE_S

    def work(conn: Connection) -> int:
        counted = tally.by_place(conn, READ, start, bucket_of(now) + BUCKET)
        rates = {camera: n / minutes for camera, n in counted.items()}
        found = crowds_of(rates, usual, centre.city, centre.city.limits.crowding, today)
        return put_all(conn, centre, [_notice(centre, crowd) for crowd in found])

    return transact(centre.engine, work)


def _notice(centre: Centre, crowd: Crowd) -> Notice:
    city, local = centre.city, centre.now().astimezone(centre.city.zone)
    camera = city.cameras[crowd.camera]
    unit = city.units.get(camera.unit)
    usual = "?" if crowd.usual is None else f"{crowd.usual:.0f}"
    return Notice(
        topic=CROWDED,
        about=f"road:{crowd.road}",
        subject="notice.street_crowded",
        body="notice.street_crowded_body",
        dedupe=f"crowd:{crowd.road}:{local:%Y%m%d%H}",
        words={
            "road": city.places[crowd.road].name,
            "place": camera.name,
            "district": unit.district if unit else "",
            "n": f"{crowd.per_minute:.0f}",
            "usual": usual,
            "per_km": f"{crowd.per_km:.0f}",
            "time": f"{local:%H:%M %d/%m/%Y}",
        },
        facts={"desk": DESK, "reason": "crowded"},
    )

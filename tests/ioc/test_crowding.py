"""Streets that fill up: against what is usual, told once an hour, and never as ever."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.crowding import crowds_of, watch_streets
from ioc.db import transact
from ioc.places import Road
from ioc.tally import add
from tests.conftest import NOW, Clock


@pytest.fixture
def street(hue_roads) -> tuple[str, str, str]:
    """A road with two cameras."""
    city = hue_roads.city
    for road in city.places.values():
        cameras = [c.id for c in city.cameras.values() if c.road == road.id]
        if isinstance(road, Road) and len(cameras) > 1:
            return road.id, cameras[0], cameras[1]
    raise AssertionError("no road has two cameras")


@pytest.mark.parametrize(
    ("rates", "usual", "crowded"),
    [
        ((31, 5), (10, 10), 31),
        ((31, 44), (10, 10), 44),  # where it is fullest
        ((31, 5), (25, 10), None),  # every day so at this hour
        ((9, 9), (1, 1), None),  # more than usual, and no crowd
        ((31, 5), (None, None), 31),  # nobody knows yet what is usual
    ],
)
def test_what_is_a_crowd(hue_roads, street, rates, usual, crowded) -> None:
    city, (road, *cameras) = hue_roads.city, street
    found = crowds_of(
        dict(zip(cameras, rates, strict=True)),
        dict(zip(cameras, usual, strict=True)),
        city,
        city.limits.crowding,
        local_day(NOW, city.zone),
    )
    assert [one.per_minute for one in found] == ([] if crowded is None else [crowded])
    for one in found:
        assert one.per_km == pytest.approx(crowded * 60 / city.places[road].usual_kmh)


def test_a_district_is_told_once_an_hour(centre: Centre, clock: Clock, street) -> None:
    counts = {("read", street[1], centre.now()): 2_000}
    transact(centre.engine, lambda conn: add(conn, counts))
    assert watch_streets(centre) == 1
    clock.at += timedelta(minutes=1)
    assert watch_streets(centre) == 0
    with centre.engine.connect() as conn:
        told = conn.execute(text("SELECT channel, words FROM notices")).one()
    assert told.channel == "district-duty"
    assert float(told.words["n"]) > 60

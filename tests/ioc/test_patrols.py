"""Units: one on one alert, the newest place stands, the nearest free one is proposed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from ioc.alerts.model import AlertOutcome, AlertState, Step
from ioc.alerts.service import Act, find_alert, log_of, take_step
from ioc.centre import Centre
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.patrols.model import Patrol, PatrolKind, PatrolStatus, PatrolUpdate, Position, Station
from ioc.patrols.rules import nearest, require_status, straight_km
from ioc.patrols.service import find_patrols, nearest_free, report, roster
from ioc.places import Camera, PlaceKind
from tests.ioc.test_alert_steps import an_act, raised

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FREE, OFF = PatrolStatus.FREE, PatrolStatus.OFF_DUTY
TEAM, OTHER = "to-01", "to-02"


def patrol(centre: Centre, name: str = TEAM) -> Patrol:
    return next(p for p in find_patrols(centre) if p.station.id == name)


def told(centre: Centre, status: PatrolStatus | None = None, **more: object) -> IntakeStatus:
    update = replace(PatrolUpdate("u", TEAM, NOW, status), **more)
    return report(centre, [update])[0].status


def acknowledged(centre: Centre, plate: str) -> str:
    number = raised(centre, plate)
    take_step(centre, number, Act(Step.ACKNOWLEDGE, "an officer"))
    return number


def test_the_first_city_has_twenty_three_rapid_response_teams(centre: Centre) -> None:
    found = find_patrols(centre)
    assert len(found) == 23
    assert {p.station.kind for p in found} == {PatrolKind.RESPONSE_TEAM}
    assert {p.status for p in found} == {FREE}
    assert all(p.station.unit in centre.city.units for p in found)


def test_a_unit_follows_its_alert_and_is_free_when_it_is_over(centre: Centre) -> None:
    number = acknowledged(centre, "43C16839")
    wanted = [
        (Act(Step.ASSIGN, "a", unit=TEAM), PatrolStatus.ASSIGNED),
        (Act(Step.EN_ROUTE, "a"), PatrolStatus.EN_ROUTE),
        (Act(Step.STOP, "a"), PatrolStatus.AT_SCENE),
        (Act(Step.ESCORT, "a"), PatrolStatus.AT_SCENE),
    ]
    for act, status in wanted:
        take_step(centre, number, act)
        assert (patrol(centre).status, patrol(centre).alert) == (status, number)
    take_step(centre, number, Act(Step.CLOSE, "a"))
    assert (patrol(centre).status, patrol(centre).alert) == (FREE, None)
    alert = find_alert(centre, number)
    assert (alert.unit, alert.outcome) == ("Tổ 1 Mỹ Chánh", AlertOutcome.LED_TO_STREAM)
    assert [line.unit for line in log_of(centre, number) if line.unit] == ["Tổ 1 Mỹ Chánh"]


@pytest.mark.parametrize("step", [Step.ESCAPE, Step.FALSE_READ, Step.CLEAR, Step.CLOSE])
def test_every_end_sets_the_unit_free(centre: Centre, step: Step) -> None:
    number = acknowledged(centre, "43C16839")
    take_step(centre, number, Act(Step.ASSIGN, "a", unit=TEAM))
    take_step(centre, number, an_act(step))
    assert (patrol(centre).status, patrol(centre).alert) == (FREE, None)


def test_a_unit_is_called_by_its_id_or_by_its_name(centre: Centre) -> None:
    number = acknowledged(centre, "43C16839")
    assert take_step(centre, number, Act(Step.ASSIGN, "a", unit="tổ 1 mỹ chánh ")).unit == (
        "Tổ 1 Mỹ Chánh"
    )
    assert patrol(centre).alert == number


def test_another_unit_takes_over_and_the_first_is_free(centre: Centre) -> None:
    number = acknowledged(centre, "43C16839")
    take_step(centre, number, Act(Step.ASSIGN, "a", unit=TEAM))
    take_step(centre, number, Act(Step.ASSIGN, "a", unit=OTHER))
    assert (patrol(centre).alert, patrol(centre, OTHER).alert) == (None, number)
    take_step(centre, number, Act(Step.ASSIGN, "a", unit="a unit of another force"))
    assert (patrol(centre, OTHER).alert, patrol(centre, OTHER).status) == (None, FREE)


def test_a_unit_is_never_on_two_open_alerts(centre: Centre) -> None:
    first, second = acknowledged(centre, "43C16839"), acknowledged(centre, "51D12345")
    take_step(centre, first, Act(Step.ASSIGN, "a", unit=TEAM))
    with pytest.raises(Conflict, match=f"is on alert {first}"):
        take_step(centre, second, Act(Step.ASSIGN, "a", unit=TEAM))
    assert find_alert(centre, second).state is AlertState.ACKNOWLEDGED
    assert [line.step for line in log_of(centre, second)] == ["raise", "acknowledge"]


def test_of_many_desks_one_gets_the_unit(centre: Centre) -> None:
    numbers = [acknowledged(centre, f"43C{10000 + n}") for n in range(6)]

    def assign(number: str) -> bool:
        try:
            take_step(centre, number, Act(Step.ASSIGN, "a", unit=TEAM))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = [n for n, ok in zip(numbers, pool.map(assign, numbers), strict=True) if ok]
    assert won == [patrol(centre).alert]
    assert [find_alert(centre, n).state for n in numbers].count(AlertState.ASSIGNED) == 1


def test_two_alerts_that_swap_their_units_end_in_order(centre: Centre) -> None:
    one, two = acknowledged(centre, "43C16839"), acknowledged(centre, "51D12345")
    take_step(centre, one, Act(Step.ASSIGN, "a", unit=TEAM))
    take_step(centre, two, Act(Step.ASSIGN, "a", unit=OTHER))

    def swap(pair: tuple[str, str]) -> None:
        with pytest.raises(Conflict):
            take_step(centre, pair[0], Act(Step.ASSIGN, "a", unit=pair[1]))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(swap, [(one, OTHER), (two, TEAM)] * 5))
    assert (patrol(centre).alert, patrol(centre, OTHER).alert) == (one, two)


def test_who_is_off_duty_is_not_sent(centre: Centre) -> None:
    assert told(centre, OFF) is IntakeStatus.RECORDED
    with pytest.raises(Conflict, match="off duty"):
        take_step(centre, acknowledged(centre, "43C16839"), Act(Step.ASSIGN, "a", unit=TEAM))


def test_a_device_tells_status_and_place_and_the_newest_stands(centre: Centre) -> None:
    here = Position(16.5, 107.5, NOW, "cam-117")
    assert told(centre, OFF, position=here) is IntakeStatus.RECORDED
    assert told(centre, OFF, position=here) is IntakeStatus.REPEATED
    older = Position(16.9, 107.9, NOW - SECOND)
    assert told(centre, FREE, at=NOW - SECOND, position=older) is IntakeStatus.REPEATED
    assert (patrol(centre).status, patrol(centre).position) == (OFF, here)
    assert told(centre, FREE, at=NOW + SECOND) is IntakeStatus.RECORDED
    assert (patrol(centre).status, patrol(centre).point) == (FREE, (16.5, 107.5))


@pytest.mark.parametrize(
    ("update", "why"),
    [
        (PatrolUpdate("u", "nobody", NOW, FREE), "patrol: there is no unit 'nobody'"),
        (PatrolUpdate("u", TEAM, NOW + 301 * SECOND, OFF), "at: lies ahead"),
        (PatrolUpdate("u", TEAM, NOW, PatrolStatus.AT_SCENE), "status: to-01 is on no alert"),
    ],
)
def test_what_a_device_cannot_tell_is_refused_by_its_field(
    centre: Centre, update: PatrolUpdate, why: str
) -> None:
    good = PatrolUpdate("g", OTHER, NOW, OFF)
    refused, taken = report(centre, [update, good])
    assert refused.status is IntakeStatus.REFUSED
    assert why in str(refused.why)
    assert taken.status is IntakeStatus.RECORDED


ON = Patrol(Station(TEAM, "T", PatrolKind.PATROL, "u", 16, 107), PatrolStatus.ASSIGNED, alert="7")
OFF_ALERT = replace(ON, status=FREE, alert=None)


@pytest.mark.parametrize(
    ("now", "status", "may"),
    [
        *((ON, status, status not in (FREE, OFF)) for status in PatrolStatus),
        *((OFF_ALERT, status, status in (FREE, OFF)) for status in PatrolStatus),
    ],
)
def test_what_a_unit_may_say_of_itself(now: Patrol, status: PatrolStatus, may: bool) -> None:
    if may:
        require_status(now, status)
    else:
        with pytest.raises(Conflict, match="status"):
            require_status(now, status)


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (-91, 0), (0, 181), (0, -181), (inf, 0)])
def test_a_place_lies_on_earth(lat: float, lon: float) -> None:
    with pytest.raises(InvalidInput):
        Position(lat, lon, NOW)
    with pytest.raises(InvalidInput):
        Position(16, 107, NOW.replace(tzinfo=None))


def a_patrol(name: str, lat: float, lon: float, status: PatrolStatus = FREE) -> Patrol:
    return Patrol(Station(name, name, PatrolKind.PATROL, "u", lat, lon), status)


def a_camera(name: str, lat: float, lon: float) -> Camera:
    return Camera(name, PlaceKind.CAMERA, name, "u", lat, lon)


def test_the_nearest_is_told_by_the_road_and_not_by_the_crow() -> None:
    # Two units equally far as the crow flies; a river lies between one of them and the camera.
    there, left, right = a_camera("c", 16, 107), a_camera("l", 16, 106.9), a_camera("r", 16, 107.1)
    roads = {("c", "l"): 40.0, ("c", "r"): 11.0, ("c", "c"): 0.0}
    units = [a_patrol("left", 16, 106.9), a_patrol("right", 16, 107.1), a_patrol("here", 16, 107)]
    found = nearest(units, there, [there, left, right], lambda *pair: roads[pair], 60)
    assert [(near.patrol.station.id, near.km, near.minutes) for near in found] == [
        ("here", 0, 0),
        ("right", 11, 11),
        ("left", 40, 40),
    ]
    busy = [replace(unit, status=PatrolStatus.EN_ROUTE) for unit in units[1:]]
    found = nearest([units[0], *busy], there, [there, left], lambda *_: inf, 60)
    assert [near.patrol.station.id for near in found] == ["left"]
    assert not found[0].by_road
    assert found[0].km == pytest.approx(1.4 * straight_km((16, 106.9), (16, 107)))


def test_the_nearest_of_the_city_are_those_that_are_free(centre: Centre) -> None:
    gate = nearest_free(centre, "cam-001")
    assert gate[0].patrol.station.id == "to-01"
    assert [near.km for near in gate] == sorted(near.km for near in gate)
    take_step(centre, acknowledged(centre, "43C16839"), Act(Step.ASSIGN, "a", unit=TEAM))
    assert "to-01" not in [near.patrol.station.id for near in nearest_free(centre, "cam-001", 23)]
    assert len(nearest_free(centre, "cam-001", 23)) == 22
    south = nearest_free(centre, "cam-117")
    assert all(near.minutes < 60 for near in south)
    with pytest.raises(NotFound):
        nearest_free(centre, "nowhere")


def test_a_city_without_units_works_by_name(centre: Centre, tmp_path) -> None:
    bare = replace(centre, settings=replace(centre.settings, config_dir=tmp_path))
    assert roster(bare) == {}
    assert find_patrols(bare) == []
    number = acknowledged(bare, "43C16839")
    assert take_step(bare, number, Act(Step.ASSIGN, "a", unit="team 3")).unit == "team 3"

"""Clocks of cameras are measured and repaired; what a camera claims becomes a probability."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.centre import Centre
from ioc.errors import NotFound
from ioc.readers.model import Arrival, Clock, ClockState, Labelled
from ioc.readers.rules import believed, clock_of, fitted, prior_of, repaired
from ioc.readers.service import key_now, learn, reader_states
from ioc.vehicles.model import Claim, PlateRead
from ioc.vehicles.recording import record_read
from ioc.vendors import Belief, read_readers
from tests.conftest import NOW

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
BELIEF = Belief()
FIRST, LAST = (NOW.replace(tzinfo=None, year=year) for year in (1971, 2199))


def arrivals(*lags_s: float, apart_s: float = 30) -> list[Arrival]:
    """Messages, the newest first, with these lags."""
    instants = [NOW - timedelta(seconds=n * apart_s) for n in range(len(lags_s))]
    return [Arrival(at - timedelta(seconds=s), at) for at, s in zip(instants, lags_s, strict=True)]


CLOCKS = (
    ([], ClockState.UNKNOWN, 0),
    ([3600, 3600], ClockState.UNKNOWN, 0),
    ([0.4] * 9, ClockState.RIGHT, 0),
    ([1.5] * 9, ClockState.RIGHT, 0),
    ([7 * 3600 + 0.5] * 9, ClockState.REPAIRED, 7 * 3600),
    ([-90] * 9, ClockState.REPAIRED, -90.5),
    # Some come late: the median does not mind.
    ([0.4, 300, 0.4, 900, 0.4, 0.3, 0.4], ClockState.RIGHT, 0),
    # It was set: the newest agree on another time while the clock went on.
    ([0.5] * 5 + [7200.5] * 40, ClockState.RIGHT, 0),
    # A clock that was never set says nothing.
    ([50 * 365 * 86400] * 9, ClockState.UNKNOWN, 0),
)


@pytest.mark.parametrize(("lags", "state", "behind"), CLOCKS)
def test_the_clock_of_a_camera(lags: list[float], state: ClockState, behind: float) -> None:
    clock = clock_of(arrivals(*lags))
    assert (clock.state, clock.behind.total_seconds()) == (state, pytest.approx(behind, abs=0.01))


def test_what_was_stored_and_comes_at_once_does_not_set_the_clock() -> None:
    burst = [Arrival(NOW - HOUR + n * SECOND, NOW - n * SECOND / 10) for n in range(5)]
    usual = [
        Arrival(NOW - HOUR * 2 - n * SECOND * 30, NOW - HOUR * 2 - n * SECOND * 30)
        for n in range(30)
    ]
    assert clock_of([*burst, *usual]).state is ClockState.RIGHT


RIGHT = Clock(ClockState.RIGHT, timedelta(0), 9)
BEHIND = Clock(ClockState.REPAIRED, HOUR, 9)
UNKNOWN = Clock(ClockState.UNKNOWN, timedelta(0), 0)
REPAIRS = (
    # claimed, clock, late as told -> seen this long ago, late
    (NOW - SECOND, RIGHT, None, 1, False),
    (NOW - HOUR - SECOND, BEHIND, None, 1, False),
    (NOW - HOUR, RIGHT, True, 3600, True),
    (NOW - HOUR * 2, BEHIND, True, 3600, True),
    # Nobody says so, but the clock is known: it was stored.
    (NOW - HOUR, RIGHT, None, 3600, True),
    # It says that it is live, so its clock is not what we thought.
    (NOW - HOUR, RIGHT, False, 0.5, False),
    (NOW - HOUR, UNKNOWN, None, 0.5, False),
    (NOW + HOUR, RIGHT, None, 0.5, False),
    (NOW + SECOND, RIGHT, None, 0, False),
    (NOW + HOUR, RIGHT, True, 0.5, True),
    (NOW - 9000 * DAY, UNKNOWN, True, 0.5, True),
    (None, RIGHT, None, 0.5, False),
)


@pytest.mark.parametrize(("claimed", "clock", "told", "ago", "late"), REPAIRS)
def test_when_a_read_was_seen(
    claimed: datetime | None, clock: Clock, told: bool | None, ago: float, late: bool
) -> None:
    seen_at, is_late = repaired(claimed, NOW, clock, is_late=told)
    assert ((NOW - seen_at).total_seconds(), is_late) == (ago, late)


@given(
    st.none() | st.datetimes(timezones=st.just(UTC), min_value=FIRST, max_value=LAST),
    st.lists(st.floats(-1e6, 1e6), max_size=60),
    st.none() | st.booleans(),
)
def test_nothing_is_seen_after_it_arrived(
    claimed: datetime | None, lags: list[float], told: bool | None
) -> None:
    seen_at, _ = repaired(claimed, NOW, clock_of(arrivals(*lags)), is_late=told)
    assert seen_at <= NOW


def of(share: float, right: int, wrong: int) -> list[Labelled]:
    return [Labelled(share, True)] * right + [Labelled(share, False)] * wrong


def test_many_labels_tell_what_a_claim_is_worth() -> None:
    rng = random.Random(7)
    told = []
    for _ in range(3_000):
        share = rng.uniform(0.5, 0.995)
        # This camera is right half as often wrong as it claims.
        told.append(Labelled(share, rng.random() < 1 - (1 - share) / 2))
    learned = fitted(told, BELIEF, NOW)
    for share in (0.6, 0.8, 0.9, 0.98):
        assert believed(learned, share) == pytest.approx(1 - (1 - share) / 2, abs=0.04)
    assert (learned.labelled, learned.learned_at) == (3_000, NOW)


def test_few_labels_move_it_little_and_make_nobody_surer() -> None:
    prior = prior_of(BELIEF)
    few = fitted(of(0.99, 5, 0), BELIEF, NOW)
    assert believed(few, 0.99) <= believed(prior, 0.99) < 0.95
    assert believed(fitted(of(0.99, 0, 5), BELIEF, NOW), 0.99) < believed(prior, 0.99)
    assert believed(fitted(of(0.99, 300, 1), BELIEF, NOW), 0.99) > 0.97
    # A camera that is sure of what is wrong is believed nowhere.
    liar = fitted(of(0.99, 10, 200) + of(0.5, 10, 10), BELIEF, NOW)
    assert believed(liar, 0.99) < 0.2
    silent = fitted([Labelled(None, True)] * 300, BELIEF, NOW)
    assert believed(silent, None) > 0.95


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60), st.floats(0, 1))
def test_whatever_was_labelled_a_probability_comes_out(
    labels: list[tuple[float, bool]], share: float
) -> None:
    learned = fitted([Labelled(*one) for one in labels], BELIEF, NOW)
    assert 0 <= believed(learned, share) <= 1
    assert believed(learned, 0.3) <= believed(learned, 0.9)
    if len(labels) < 20:
        assert believed(learned, 0.99) <= believed(prior_of(BELIEF), 0.99) + 1e-9


def test_a_camera_is_calibrated_by_our_own_reading(read_twice: Centre) -> None:
    for n in range(40):
        seen_at = NOW - timedelta(minutes=n + 1)
        plate = f"75A{10000 + 37 * n}"
        ours = PlateRead(f"o{n}", "cam-001", plate, 0.99, seen_at)
        claim = Claim(seen_at - HOUR * 7, 0.98)
        theirs = PlateRead(f"v{n}", "cam-001", plate, 0.9, seen_at + SECOND, claim=claim)
        record_read(read_twice, "vision", ours)
        record_read(read_twice, "camera:cam-001", theirs)
    assert learn(read_twice) == 4
    states = {one.camera: one for one in reader_states(read_twice)}
    learned = states["cam-001"].calibration
    assert (learned.labelled, learned.right, learned.learned_at) == (40, 40, NOW)
    assert believed(learned, 0.98) > believed(prior_of(BELIEF), 0.98)
    assert states["cam-003"].calibration == prior_of(BELIEF)
    with pytest.raises(NotFound):
        key_now(read_twice, "cam-004")


WRONG = (
    ('maker = "bosch"', "maker"),
    ('maker = "onvif"', "topic"),
    ('maker = "hikvision"\npull = "http://10.0.0.1"', "pull"),
    ('maker = "dahua"\npull = "file:///etc/passwd"', "pull"),
    ('maker = "dahua"\npull = "http://user:secret@10.0.0.1"', "pull"),
    ('maker = "dahua"\npull = "http://10.0.0.1/?x=1"', "pull"),
    ('maker = "dahua"\nfrom = ["everywhere"]', "from"),
    ('maker = "dahua"\nzone = "Hue"', "zone"),
    ('maker = "dahua"\nforward = "left"', "forward"),
    ('maker = "dahua"\npasword = "x"', "pasword"),
    ('maker = "onvif"\ntopic = "gates/#"', "topic"),
)


@pytest.mark.parametrize(("lines", "field"), WRONG)
def test_what_is_wrong_in_the_file_is_named(
    tmp_path: Path, config_read_twice: Path, lines: str, field: str
) -> None:
    whole = (config_read_twice / "hue" / "readers.toml").read_text()
    file = tmp_path / "readers.toml"
    file.write_text(whole + f'[[camera]]\nid = "cam-009"\n{lines}\n')
    faults = read_readers(tmp_path, {f"cam-{n:03}": None for n in range(200)})[1]
    assert any(fault.fault.startswith(f"{field}:") for fault in faults)
    file.write_text(whole)
    assert (
        read_readers(tmp_path, {"cam-001": None})[1][0].fault == "id: there is no camera 'cam-002'"
    )
    assert replace(BELIEF) == read_readers(tmp_path)[0].belief

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from vision.motion import GLANCE, HOLD, MotionGate, small_grey

START = datetime(2021, 10, 4, tzinfo=UTC)
STEP = timedelta(seconds=0.2)


def road(noise: float = 2.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(100 + rng.normal(0, noise, (90, 160)), 0, 255).astype(np.uint8)


def looks(gate: MotionGate, pictures: list[np.ndarray]) -> list[bool]:
    return [gate(picture, START + i * STEP) for i, picture in enumerate(pictures)]


def with_vehicle(grey: np.ndarray, x: int, size: int = 8) -> np.ndarray:
    moved = grey.copy()
    moved[60 : 60 + size, x : x + size] = 200
    return moved


def test_an_idle_road_costs_a_glance_every_two_seconds():
    opened = looks(MotionGate(), [road(seed=i) for i in range(60)])
    after = opened[int(HOLD / STEP) + 2 :]
    assert sum(after) == pytest.approx(len(after) * (STEP / GLANCE), abs=1.1)


@pytest.mark.parametrize("noise", [2.0, 9.0], ids=["day", "night"])
def test_a_passing_vehicle_opens_the_gate_until_it_has_left(noise):
    still = [road(noise, i) for i in range(30)]
    passing = [with_vehicle(road(noise, 30 + i), 6 * i) for i in range(20)]
    after = [road(noise, 60 + i) for i in range(20)]
    opened = looks(MotionGate(), still + passing + after)
    assert all(opened[31:50])
    assert all(opened[50 : 50 + int(HOLD / STEP)])
    assert sum(opened[60:]) <= 2


def test_a_change_of_light_is_no_motion():
    dark = [np.clip(road(seed=i).astype(int) - 25, 0, 255).astype(np.uint8) for i in range(20)]
    opened = looks(MotionGate(), [road(seed=i) for i in range(20)] + dark)
    assert sum(opened[20:]) <= 3


def test_a_camera_that_changes_its_size_is_looked_at():
    gate = MotionGate()
    looks(gate, [road(seed=i) for i in range(9)])
    assert gate(np.zeros((72, 128), np.uint8), START + 9 * STEP)


@pytest.mark.parametrize("shape", [(1080, 1920), (360, 640), (90, 160), (40, 60)])
def test_the_small_picture_is_about_160_wide(shape):
    small = small_grey(np.zeros(shape, np.uint8))
    assert small.shape[1] <= 240
    assert small.shape[1] == shape[1] // max(1, shape[1] // 160)


def test_it_tells_where_something_moves_until_it_has_left_for_long():
    gate = MotionGate()
    still = [road(seed=i) for i in range(20)]
    looks(gate, still)
    where = []
    for i in range(12):
        gate(with_vehicle(road(seed=30 + i), 10 + 6 * i), START + (20 + i) * STEP)
        where.append(gate.where)
    for i, box in enumerate(where[2:], 2):
        left, right = (10 + 6 * (i - 1)) / 160, (10 + 6 * i + 8) / 160
        assert box.x <= left + 0.03
        assert box.x + box.w >= right - 0.03
        assert box.w < 0.5
        assert 0.55 <= box.y <= box.y + box.h <= 0.85
    for i in range(40):
        gate(road(seed=60 + i), START + (32 + i) * STEP)
    assert gate.where is None


def test_it_knows_since_when_something_moves_without_a_pause():
    gate = MotionGate()
    still = [road(seed=i) for i in range(10)]
    passing = [with_vehicle(road(seed=30 + i), 6 * i) for i in range(20)]
    looks(gate, still + passing + still)
    assert gate.moved_at is not None
    assert gate.began_at is not None
    # where the vehicle last stood, the road that is seen again is a change for a moment more
    assert gate.began_at == START + 10 * STEP
    assert 19 * STEP <= gate.moved_at - gate.began_at <= 19 * STEP + HOLD

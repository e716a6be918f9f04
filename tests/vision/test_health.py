"""Cameras that lie: each fault put into rendered scenes is told as what it is, and none without."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count

import cv2
import numpy as np
import pytest

from ioc.camera_health.model import CameraFault
from ioc.errors import ConfigFault, InvalidInput
from ioc.labels import CONFIG_DIR
from vision.health import Health, camera_folder, forget
from vision.health_limits import FILE, health_limits
from vision.motion import Grey
from vision.scene.address import parse_scene_url

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LEARNT, SEEN = 12, 6
WELL = 42
# Frozen is told after thirty looks, all else sooner.
WATCHED = 32
F = CameraFault
Change = Callable[[Grey, int], Grey]


@cache
def road(weather: str) -> list[Grey]:
    """Pictures of one road with traffic, ten seconds apart, (360, 640)."""
    scene = parse_scene_url(
        f"scene:seed=4&per_minute=12&weather={weather}&width=640&height=360&name=GATE"
    ).open()
    return [scene.frame(10.0 * n)[:, :, 1].copy() for n in range(LEARNT + SEEN)]


@cache
def learnt(weather: str) -> Health:
    """The health of a camera that has been well for some minutes."""
    health = Health(health_limits())
    for n in range(WELL):
        health.see(road(weather)[n % LEARNT], START + n * timedelta(seconds=10))
        assert health.fault is None
    return health


def shifted(across: int, down: int) -> Change:
    def change(grey: Grey, _n: int) -> Grey:
        moved = np.float32([[1, 0, across], [0, 1, down]])
        return cv2.warpAffine(grey, moved, grey.shape[::-1], borderMode=cv2.BORDER_REFLECT)

    return change


def turned(grey: Grey, _n: int) -> Grey:
    return cv2.warpAffine(
        grey,
        cv2.getRotationMatrix2D((320, 180), 12, 1.0),
        (640, 360),
        borderMode=cv2.BORDER_REFLECT,
    )


def dark(grey: Grey, _n: int) -> Grey:
    return (grey * 0.05).astype(np.uint8)


def veiled(grey: Grey, _n: int) -> Grey:
    return np.clip(grey * 0.15 + 190, 0, 255).astype(np.uint8)


def glaring(grey: Grey, _n: int) -> Grey:
    down, across = np.mgrid[:360, :640]
    lamp = 400 * np.exp(-(((across - 320) / 250) ** 2 + ((down - 180) / 150) ** 2))
    return np.clip(grey + lamp, 0, 255).astype(np.uint8)


def bagged(grey: Grey, n: int) -> Grey:
    noise = np.random.default_rng(n)
    folds = grey.mean() / 2 + cv2.GaussianBlur(
        np.random.default_rng(7).normal(0, 300, (360, 640)), (0, 0), 30
    )
    return np.clip(folds + noise.normal(0, 3, folds.shape), 0, 255).astype(np.uint8)


def half_covered(grey: Grey, _n: int) -> Grey:
    """A leaf over four fifths of the lens, out of focus as all that is so near."""
    covered = grey.copy()
    covered[:, :510] = 60
    return np.where(np.arange(640) < 540, cv2.GaussianBlur(covered, (0, 0), 12), grey)


def blurred(sigma: float) -> Change:
    return lambda grey, _n: cv2.GaussianBlur(grey, (0, 0), sigma)


def stuck(_grey: Grey, _n: int) -> Grey:
    return road("day")[3]


def passing_lorry(grey: Grey, n: int) -> Grey:
    """A bus before the lens for half a minute."""
    return np.full_like(grey, 70) if n < 3 else grey


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda grey, _n: grey, None),
        (lambda grey, _n: np.clip(grey * 1.25, 0, 255).astype(np.uint8), None),  # a cloud goes
        (lambda grey, _n: np.clip(grey * 0.75, 0, 255).astype(np.uint8), None),
        (shifted(2, 0), None),  # wind
        (blurred(0.5), None),
        (passing_lorry, None),
        (dark, F.BLACK),
        (veiled, F.WASHED_OUT),
        (glaring, F.WASHED_OUT),
        (bagged, F.COVERED),
        (half_covered, F.COVERED),
        (blurred(2.5), F.BLURRED),
        (blurred(6), F.BLURRED),
        (shifted(40, 0), F.MOVED),
        (shifted(0, -40), F.MOVED),
        (shifted(150, 20), F.MOVED),
        (turned, F.MOVED),
        (stuck, F.FROZEN),
    ],
)
@pytest.mark.parametrize("weather", ["day", "night"])
def test_a_fault_is_told_as_what_it_is_and_ends(change, fault, weather):
    pictures, health, at = road(weather), deepcopy(learnt(weather)), count(WELL)

    def see(grey: Grey) -> CameraFault | None:
        health.see(grey, START + next(at) * timedelta(seconds=10))
        return health.fault

    begun = next(at)
    told = [see(change(pictures[LEARNT + n % SEEN], n)) for n in range(WATCHED)]
    assert told[-1] is fault
    assert set(told) <= {None, fault}
    if fault is not None:
        assert health.since is not None
        assert (
            timedelta()
            <= health.since - (START + begun * timedelta(seconds=10))
            < timedelta(minutes=2)
        )
    ended = [see(pictures[n % LEARNT]) for n in range(24)]
    assert ended[-1] is None


def test_dawn_is_no_fault_and_the_dark_has_a_reference_of_its_own():
    health, at = Health(health_limits()), count()
    for hour in range(4):
        pictures = road("night" if hour % 2 else "day")
        for n in range(40):
            health.see(pictures[n % LEARNT], START + next(at) * timedelta(seconds=10))
            assert health.fault is None


def test_what_was_learnt_is_there_after_a_restart(tmp_path):
    pictures, at = road("day"), count()
    first = Health(health_limits(), tmp_path / "cam-001")
    for n in range(health_limits().learn_looks):
        first.see(pictures[n % LEARNT], START + next(at) * timedelta(seconds=10))
    again = Health(health_limits(), tmp_path / "cam-001")
    turned_away = shifted(150, 20)
    for n in range(16):
        again.see(turned_away(pictures[n % LEARNT], n), START + next(at) * timedelta(seconds=10))
    assert again.fault is F.MOVED
    (tmp_path / "cam-001" / "day.npz").write_bytes(b"no archive")
    assert Health(health_limits(), tmp_path / "cam-001").fault is None


def test_a_camera_set_anew_on_purpose_is_learnt_anew(tmp_path):
    pictures, at, folder = road("day"), count(), camera_folder(tmp_path, "cam-001")
    health, turned_away = Health(health_limits(), folder), shifted(150, 20)

    def see(change: Change, times: int) -> None:
        for n in range(times):
            grey = change(pictures[n % LEARNT], n)
            health.see(grey, START + next(at) * timedelta(seconds=10))

    see(lambda grey, _n: grey, health_limits().learn_looks)
    see(turned_away, 20)
    assert health.fault is F.MOVED
    assert forget(folder)
    see(turned_away, health_limits().learn_looks + 20)
    assert health.fault is None
    assert not forget(camera_folder(tmp_path, "cam-002"))
    with pytest.raises(InvalidInput, match="camera"):
        camera_folder(tmp_path, "../cam-001")


def test_it_looks_every_ten_seconds_and_begins_anew_with_another_size():
    health = Health(health_limits())
    assert health.is_due(START)
    health.see(road("day")[0], START)
    assert not health.is_due(START + timedelta(seconds=9))
    assert health.is_due(START + timedelta(seconds=10))
    health.see(road("day")[0][::2, ::2], START + timedelta(seconds=10))
    assert health.fault is None


@pytest.mark.parametrize(
    "change", [("looks = 12", "looks = 0"), ("fineness = 0.5\n", ""), ("[black]", "[blac]")]
)
def test_limits_that_cannot_be_are_named(tmp_path, change):
    text = (CONFIG_DIR / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ConfigFault):
        health_limits(tmp_path)

import cv2
import numpy as np
import pytest

from ioc.vehicles.model import Ground
from vision.box import Box
from vision.frames import Image
from vision.reader import Reader
from vision.scene.face import Blank, PlateFace
from vision.scene.plates import render_plate
from vision.straighten import StraightReader, slope_of, straightened

PLATE = "51F12345"


def road_with_plate(slope: float, width: int = 110) -> tuple[Image, Box]:
    """A grey picture with a plate hung at `slope` (px down a px to the right), and its box."""
    plate = cv2.resize(
        render_plate(PlateFace(PLATE, Blank.LONG, Ground.WHITE), 64),
        (width, round(width * 110 / 520)),
        interpolation=cv2.INTER_AREA,
    )
    height = plate.shape[0]
    way = np.array([[1, 0, 200], [slope, 1, 150]], np.float32)
    image = np.full((360, 640, 3), 90, np.uint8)
    cv2.warpAffine(
        plate, way, (640, 360), dst=image, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    return image, Box(200, 150 + min(0, slope * width), width, height + abs(slope) * width)


@pytest.mark.parametrize(
    ("box", "aslant"),
    [
        (Box(0, 0, 120, 26), False),  # level
        (Box(0, 0, 120, 34), False),  # level, and the box a little loose
        (Box(0, 0, 120, 55), True),
        (Box(0, 0, 60, 70), False),  # higher than wide: no plate of one line
        (Box(0, 0, 0, 0), False),
    ],
)
def test_only_a_box_too_high_for_one_line_is_aslant(box, aslant):
    assert (slope_of(box) > 0) is aslant


@pytest.mark.parametrize("slope", [-0.35, -0.2, 0.2, 0.35])
def test_a_sloping_plate_is_cut_out_level(slope):
    image, box = road_with_plate(slope)
    level = straightened(image, box, slope)
    assert level.shape[0] < 0.75 * box.h
    # the plate is light, what hangs around it is not: a level cut holds little of that
    assert (level.max(2) > 150).mean() > 1.3 * (
        straightened(image, box, -slope).max(2) > 150
    ).mean()


@pytest.mark.parametrize("slope", [-0.35, 0.35])
def test_a_sloping_plate_is_read(slope):
    image, box = road_with_plate(slope)
    reading = StraightReader(Reader()).read(image, box)
    assert reading.text == PLATE
    assert reading.confidence > 0.9


def test_a_box_at_the_rim_is_read_as_well():
    image, box = road_with_plate(0.3)
    cut = Box(0, 0, box.w, box.h)
    assert straightened(image, cut, 0.3).size > 0
    assert StraightReader(Reader()).read(image, Box(600, 340, 40, 20)).is_plate <= 1


def test_a_still_in_doubt_is_looked_at_again_and_a_clear_one_is_not(monkeypatch):
    image, box = road_with_plate(0.0)
    reader = Reader()
    cuts = []
    monkeypatch.setattr(reader, "read_as_one", cuts.append)
    clear = StraightReader(reader).read_still(image, box)
    assert clear.confidence >= 0.97
    assert not cuts
    monkeypatch.undo()
    smeared = cv2.GaussianBlur(image, (0, 0), 3.0)
    once = StraightReader(reader).read(smeared, box)
    twice = StraightReader(reader).read_still(smeared, box)
    assert once.confidence < 0.97
    assert not np.array_equal(once.probabilities, twice.probabilities)

"""Plates are found where they are, and lettering is not a plate."""

import cv2
import numpy as np
import pytest

from ioc.errors import InvalidInput
from ioc.vehicles.model import Ground
from vision.box import Box
from vision.detector import Detector
from vision.fusion import Region
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.scene.face import Blank, PlateFace
from vision.scene.plates import render_plate
from vision.scene.still import training_picture
from vision.training.data import load_scenes
from vision.training.scores import overlap


@pytest.fixture(scope="module")
def detector():
    return Detector()


def a_road(rng, size=(720, 1280)):
    """Return a soft picture of no vehicle in particular."""
    coarse = rng.integers(40, 150, (6, 9, 3)).astype(np.uint8)
    return cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)


def test_rendered_plates_are_found_where_they_are(detector):
    rng = np.random.default_rng(77)
    hits = total = 0
    for _ in range(24):
        picture, labelled = training_picture(rng)
        found = detector.find(picture)
        large = [box for box, *_ in labelled if box[2] >= 40]
        total += len(large)
        hits += sum(any(overlap(box, d.box) >= 0.5 for d in found) for box in large)
    assert total >= 20
    assert hits >= 0.85 * total


@pytest.mark.parametrize("size", [(320, 240), (472, 303), (1280, 720), (500, 900)])
def test_boxes_lie_in_the_picture_the_surest_first(detector, size):
    rng = np.random.default_rng(3)
    told = []
    for _ in range(4):
        found = detector.find(training_picture(rng, *size)[0])
        told += found
        confidences = [d.confidence for d in found]
        assert confidences == sorted(confidences, reverse=True)
    assert told
    for d in told:
        assert 0 <= d.box.x <= d.box.x + d.box.w <= size[0] + 0.01
        assert 0 <= d.box.y <= d.box.y + d.box.h <= size[1] + 0.01
        assert 0 <= d.confidence <= 1


@pytest.mark.parametrize(
    "text", ["2031-07-14 08:15:22", "CAM 03 - TOLL GATE", "HOTLINE 0234.567.890"]
)
def test_overlay_text_is_not_a_plate(detector, text):
    picture = a_road(np.random.default_rng(1))
    cv2.rectangle(picture, (700, 0), (1280, 44), (0, 0, 0), -1)
    cv2.putText(picture, text, (710, 32), cv2.FONT_HERSHEY_DUPLEX, 1.0, (255, 255, 255), 2)
    assert detector.find(picture) == []


def test_an_empty_road_has_no_plates(detector):
    assert detector.find(np.zeros((720, 1280, 3), np.uint8)) == []


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
        np.zeros((0, 10, 3), np.uint8),
    ],
    ids=["grey", "alpha", "float", "empty"],
)
def test_what_is_no_picture_is_refused_by_name(detector, image):
    with pytest.raises(InvalidInput, match="image"):
        detector.find(image)


def test_overlap_is_intersection_over_union():
    assert overlap((0, 0, 10, 10), Box(0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), Box(20, 0, 5, 5)) == 0


@pytest.mark.plates
@pytest.mark.parametrize("source", ["greenparking", "carlongplate"])
def test_real_plates_kept_from_training_are_found(detector, plates_root, source):
    scenes = [s for s in load_scenes(plates_root) if s.source == source and s.held_out][::4]
    hits = total = 0
    for scene in scenes:
        found = detector.find(cv2.imread(str(scene.path)))
        total += len(scene.plates)
        hits += sum(any(overlap(p.box, d.box) >= 0.5 for d in found) for p in scene.plates)
    assert hits >= 0.97 * total


def test_what_find_misses_close_up_is_searched_for(detector):
    face = PlateFace("51F12345", Blank.SHORT, Ground.WHITE)
    plate = cv2.resize(render_plate(face, 330), (600, 300), interpolation=cv2.INTER_AREA)
    picture = a_road(np.random.default_rng(2), (360, 640))
    picture[30:330, 20:620] = plate
    here = (20, 30, 600, 300)
    assert not any(overlap(here, d.box) >= 0.5 for d in detector.find(picture))
    assert any(overlap(here, d.box) >= 0.5 for d in detector.search(picture))
    found = Recogniser(detector, Reader(), Region.VN).read_picture(picture)
    assert [one.plate.text for one in found] == ["51F12345"]


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (640, 360)])
def test_a_search_in_nothing_gives_no_plate(detector, size):
    picture = np.full((*size, 3), 90, np.uint8)
    for one in detector.search(picture):
        assert one.confidence < 0.35
    assert Recogniser(detector, Reader(), Region.VN).read_picture(picture) == []


@pytest.fixture(scope="module")
def part_detector():
    detector = Detector()
    detector.make_views()
    return detector


def test_a_plate_is_found_as_well_where_only_its_part_of_the_picture_is_looked_at(part_detector):
    rng = np.random.default_rng(78)
    pairs = parts = 0
    for _ in range(16):
        picture, _ = training_picture(rng, 1280, 720)
        for known in part_detector.find(picture):
            if known.confidence < 0.6:
                continue
            found, view = part_detector.find_near(picture, known.box.grown(60))
            pairs += 1
            parts += view.w < 1280
            assert view.x <= known.box.x
            assert known.box.x + known.box.w <= view.x + view.w
            box = (known.box.x, known.box.y, known.box.w, known.box.h)
            assert any(overlap(box, d.box) >= 0.6 for d in found), known
    assert pairs >= 8
    assert parts >= 0.7 * pairs


@pytest.mark.parametrize(
    "region",
    [Box(-50, -50, 100, 100), Box(1250, 700, 300, 300), Box(0, 0, 1280, 720), Box(640, 360, 0, 0)],
    ids=["over the corner", "past the other", "everything", "a point"],
)
def test_what_is_looked_at_lies_in_the_picture(part_detector, region):
    picture = a_road(np.random.default_rng(2))
    _, view = part_detector.find_near(picture, region)
    assert 0 <= view.x <= view.x + view.w <= 1280
    assert 0 <= view.y <= view.y + view.h <= 720
    assert view.holds(min(max(region.x + region.w / 2, 0), 1280),
                      min(max(region.y + region.h / 2, 0), 720))  # fmt: skip


def test_the_views_are_made_behind_the_first_look():
    detector = Detector(for_parts=True)
    picture = a_road(np.random.default_rng(2))
    assert detector.find_near(picture, Box(600, 300, 80, 40))[0] == []

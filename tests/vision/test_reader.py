"""Crops become texts with an honest probability for every character."""

import csv

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.vehicles.model import Ground
from vision.box import Box
from vision.detector import Detector
from vision.reader import ALPHABET, BLANK, PLACES, Reader, crop_plate, likeliest
from vision.scene.face import Blank, PlateFace
from vision.scene.numbers import random_plate
from vision.scene.plates import random_look, render_plate
from vision.scene.wear import distort
from vision.training.samples import load_real

CLASSES = len(ALPHABET) + 1


@pytest.fixture(scope="module")
def reader():
    return Reader()


FACES = [
    PlateFace("75A12345", Blank.LONG, Ground.WHITE),
    PlateFace("75H98760", Blank.SHORT, Ground.YELLOW),
    PlateFace("75F112233", Blank.MOTORBIKE, Ground.WHITE),
    PlateFace("80B4567", Blank.LONG, Ground.BLUE),
    PlateFace("TM1234", Blank.LONG, Ground.RED),
    PlateFace("80123NG45", Blank.SHORT, Ground.WHITE),
]


def framed(plate):
    """Return a plate with some of the car around it, as a detector cuts it out."""
    return cv2.copyMakeBorder(plate, 6, 6, 8, 8, cv2.BORDER_CONSTANT, value=(60, 60, 60))


@pytest.mark.parametrize("face", FACES, ids=lambda f: f.text)
def test_a_clear_plate_is_read_with_all_that_belongs_to_it(reader, face):
    reading = reader.read([framed(render_plate(face))])[0]
    # The letters of army pairs are the weakest of this first model: see docs/models.md.
    if face.ground is not Ground.RED:
        assert reading.text == face.text
        assert reading.confidence > 0.9
    assert reading.layout is face.layout
    assert reading.ground is face.ground
    assert reading.is_plate > 0.9
    assert "".join(c.char for c in reading.characters) == reading.text


def test_worn_plates_are_read_and_wrong_reads_are_rarely_sure(reader):
    rng = np.random.default_rng(20)
    faces = [random_plate(rng) for _ in range(120)]
    crops = [distort(render_plate(f, 110, random_look(rng)), rng, 0.3) for f in faces]
    readings = reader.read(crops)
    right = [r.text == f.text for r, f in zip(readings, faces, strict=True)]
    sure_wrong = [not ok and r.confidence >= 0.95 for ok, r in zip(right, readings, strict=True)]
    assert sum(right) >= 0.9 * len(faces)
    assert sum(sure_wrong) <= 1


def test_probabilities_are_kept_for_every_character_at_every_place(reader):
    reading = reader.read([render_plate(FACES[0])])[0]
    assert reading.probabilities.shape == (PLACES, CLASSES)
    assert reading.probabilities.dtype == np.float32
    np.testing.assert_allclose(reading.probabilities.sum(axis=1), 1, atol=1e-4)
    for character, row in zip(reading.characters, reading.probabilities, strict=False):
        assert character.confidence == pytest.approx(float(row.max()))
        assert all(char != character.char for char, _ in character.alternatives)
        shares = [share for _, share in character.alternatives]
        assert shares == sorted(shares, reverse=True)


def test_several_cuts_read_as_one_are_never_surer_than_all_of_them(reader):
    rng = np.random.default_rng(8)
    for face in FACES[:3]:
        plate = distort(render_plate(face, 110, random_look(rng)), rng, 0.5)
        cuts = [plate[k:, :] for k in (0, 2, 4)]
        alone = [r.confidence for r in reader.read(cuts)]
        together = reader.read_as_one(cuts)
        assert together.probabilities.sum(axis=1) == pytest.approx(1, abs=1e-3)
        assert 0 <= together.confidence <= max(alone) + 1e-3
    same = reader.read_as_one([plate, plate])
    assert same.text == reader.read([plate])[0].text
    assert same.confidence == pytest.approx(reader.read([plate])[0].confidence, abs=0.01)


def test_a_reading_does_not_depend_on_its_neighbours(reader):
    crops = [render_plate(face) for face in FACES]
    together = [r.text for r in reader.read(crops)]
    alone = [reader.read([crop])[0].text for crop in crops]
    assert together == alone
    assert reader.read([]) == []


def test_no_plate_is_told_as_such(reader):
    road = np.full((60, 200, 3), 90, np.uint8)
    stamp = np.zeros((40, 360, 3), np.uint8)
    cv2.putText(stamp, "2031-07-14 08:15:22", (8, 30), 3, 0.9, (255, 255, 255), 2)
    assert all(r.is_plate < 0.5 for r in reader.read([road, stamp]))


def test_half_a_plate_is_not_a_plate(reader):
    plate = render_plate(FACES[0])
    assert reader.read([plate[:, : plate.shape[1] // 2]])[0].confidence < 0.95


@pytest.mark.parametrize("crop", [np.zeros((5, 5), np.uint8), np.zeros((0, 5, 3), np.uint8)])
def test_what_is_no_picture_is_refused_by_name(reader, crop):
    with pytest.raises(InvalidInput, match="image"):
        reader.read([crop])


def rows(*places):
    """Return probabilities from {char: share} a place; what is left goes to nothing-here."""
    out = np.zeros((PLACES, CLASSES), np.float32)
    for row, place in zip(out, places, strict=False):
        for char, share in place.items():
            row[ALPHABET.index(char)] = share
    out[:, BLANK] = 1 - out.sum(axis=1)
    return out


@pytest.mark.parametrize(
    ("places", "text", "confidence"),
    [
        ([{"A": 0.9}, {"1": 0.8}], "A1", 0.72),
        ([{"A": 0.3, "B": 0.2}], "", 0.5),
        ([], "", 1.0),
        ([{"A": 0.9}] * PLACES, "A" * PLACES, 0.9**PLACES),
    ],
    ids=["product", "likelier-empty", "nothing", "full"],
)
def test_the_likeliest_text_and_its_probability(places, text, confidence):
    got, share = likeliest(rows(*places))
    assert got == text
    assert share == pytest.approx(confidence, rel=1e-4)


def test_of_two_close_texts_the_well_formed_is_preferred():
    close, clear = rows({"O": 0.5, "0": 0.4}, {"1": 1}), rows({"O": 0.8, "0": 0.1}, {"1": 1})
    assert likeliest(close, str.isdigit) == ("01", pytest.approx(0.4))
    assert likeliest(clear, str.isdigit)[0] == "O1"
    assert likeliest(close)[0] == "O1"


@given(x=st.floats(-500, 900), y=st.floats(-500, 700), w=st.floats(0, 900), h=st.floats(0, 700))
def test_a_crop_is_never_empty_and_never_copies_what_is_outside(x, y, w, h):
    image = np.zeros((300, 400, 3), np.uint8)
    crop = crop_plate(image, Box(x, y, w, h))
    assert crop.size
    assert crop.shape[0] <= 300
    assert crop.shape[1] <= 400


@pytest.mark.plates
@pytest.mark.parametrize(("source", "least"), [("greenparking", 0.94), ("carlongplate", 0.97)])
def test_real_plates_kept_from_training_are_read(reader, plates_root, source, least):
    plates = [p for p in load_real(plates_root) if p.source == source and p.held_out]
    crops = [crop_plate(p.image, Box(*p.box)) for p in plates]
    right = sum(r.text == p.text for r, p in zip(reader.read(crops), plates, strict=True))
    # A point below what this model was measured at (95.1 and 98.6 per cent).
    assert right >= least * len(plates)


@pytest.mark.plates
def test_the_toll_clip_is_read_frame_by_frame_and_its_overlay_is_not(reader, plates_root):
    with (plates_root / "clips" / "toll.csv").open(newline="") as file:
        truth = [
            (r["plate"], float(r["first_s"]), float(r["last_s"])) for r in csv.DictReader(file)
        ]
    clip, detector = cv2.VideoCapture(str(plates_root / "clips" / "toll.mp4")), Detector()
    told, n = [], 0
    while clip.grab():
        if n % 6 == 0:
            image = clip.retrieve()[1]
            boxes = [d.box for d in detector.find(image)]
            readings = reader.read([crop_plate(image, box) for box in boxes])
            told += [(n / 18, b, r) for b, r in zip(boxes, readings, strict=True)]
        n += 1
    for plate, first_s, last_s in truth:
        assert any(r.text == plate for at, _, r in told if first_s <= at <= last_s)
    # The overlay stands in the topmost lines; no plate of the clip does.
    assert not any(b.y < 45 and r.is_plate > 0.5 and r.confidence > 0.5 for _, b, r in told)

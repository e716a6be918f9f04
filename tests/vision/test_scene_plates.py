"""Drawn plates: they follow the grammar, look as the law says, and wear without changing size."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.vehicles.model import Ground, Layout
from vision.scene.face import Blank, PlateFace
from vision.scene.numbers import CODES, random_plate
from vision.scene.plates import GROUNDS, random_look, render_plate
from vision.scene.wear import distort

CODE = f"(?:{'|'.join(CODES)})"
SHAPES = {
    "army": re.compile(r"[A-Z]{2}\d{4}"),
    "diplomatic": re.compile(CODE + r"\d{3}(NG|NN|QT|CV)\d{2}"),
    "motorbike": re.compile(CODE + r"([A-Z]\d|[A-Z]{2}|MD\d)\d{4,5}"),
    "car": re.compile(CODE + r"[A-Z]{1,2}\d{4,5}"),
}


@given(st.integers(0, 2**32 - 1))
def test_random_plates_follow_the_law(seed):
    face = random_plate(np.random.default_rng(seed))
    shape = "motorbike" if face.blank is Blank.MOTORBIKE else "car"
    if face.ground is Ground.RED:
        shape = "army"
    elif SHAPES["diplomatic"].fullmatch(face.text):
        shape = "diplomatic"
    assert SHAPES[shape].fullmatch(face.text)
    shown = "".join(face.lines).replace("-", "").replace(".", "").replace("Đ", "D")
    assert shown == face.text


def test_random_plates_show_every_kind():
    rng = np.random.default_rng(1)
    faces = [random_plate(rng) for _ in range(1500)]
    assert {f.blank for f in faces} == set(Blank)
    assert {f.ground for f in faces} == set(Ground) - {Ground.UNKNOWN}
    assert {f.layout for f in faces} == set(Layout)
    assert any(SHAPES["diplomatic"].fullmatch(f.text) for f in faces)


@pytest.mark.parametrize(
    ("text", "blank", "lines"),
    [
        ("51F12345", Blank.LONG, ("51F-123.45",)),
        ("51F12345", Blank.SHORT, ("51F", "123.45")),
        ("29Y1234", Blank.LONG, ("29Y-1234",)),
        ("51LD12345", Blank.LONG, ("51LD-123.45",)),
        ("59P135790", Blank.MOTORBIKE, ("59-P1", "357.90")),
        ("29Y11234", Blank.MOTORBIKE, ("29-Y1", "1234")),
        ("15AA07777", Blank.MOTORBIKE, ("15-AA", "077.77")),
        ("29MD152072", Blank.MOTORBIKE, ("29-MĐ1", "520.72")),
        ("TM6672", Blank.LONG, ("TM-66-72",)),
        ("80123NG45", Blank.LONG, ("80-123-NG-45",)),
        ("ABC1234", Blank.LONG, ("ABC-1234",)),
    ],
)
def test_separators_stand_where_the_law_puts_them(text, blank, lines):
    assert PlateFace(text, blank, Ground.WHITE).lines == lines


@pytest.mark.parametrize("ground", [Ground.WHITE, Ground.YELLOW, Ground.BLUE, Ground.RED])
@pytest.mark.parametrize("blank", list(Blank))
def test_a_plate_has_its_size_its_colour_and_ink(blank, ground):
    picture = render_plate(PlateFace("75A12345", blank, ground), 120)
    wide, tall = blank.size_mm
    assert picture.shape == (120, round(120 * wide / tall), 3)
    median = np.median(picture.reshape(-1, 3), 0)
    assert np.abs(median - GROUNDS[ground]).max() < 12
    inked = np.abs(picture.astype(int) - GROUNDS[ground]).max(2) > 60
    assert 0.12 < inked.mean() < 0.45


def test_only_the_letters_of_diplomats_are_red():
    picture = render_plate(PlateFace("80123NG45", Blank.LONG, Ground.WHITE), 120).astype(int)
    red = (picture[:, :, 2] - picture[:, :, 1]) > 90
    columns = np.flatnonzero(red.any(0)) / picture.shape[1]
    assert 0.45 < columns.min() < columns.max() < 0.8


def test_different_numbers_look_different():
    a = render_plate(PlateFace("75A12345", Blank.LONG, Ground.WHITE))
    b = render_plate(PlateFace("75A12346", Blank.LONG, Ground.WHITE))
    changed = np.flatnonzero((a != b).any(2).any(0)) / a.shape[1]
    assert changed.min() > 0.8


@pytest.mark.parametrize("text", ["", "7", "75a12345", "75A-123", "75Đ12345", "7" * 13])
def test_what_is_no_plate_is_refused(text):
    with pytest.raises(InvalidInput) as fault:
        PlateFace(text, Blank.LONG, Ground.WHITE)
    assert fault.value.field == "plate"


def test_a_plate_of_unknown_colour_cannot_be_drawn():
    with pytest.raises(InvalidInput) as fault:
        PlateFace("75A12345", Blank.LONG, Ground.UNKNOWN)
    assert fault.value.field == "ground"


def test_wear_is_repeatable_and_never_leaves_a_black_picture():
    def worn(seed):
        rng = np.random.default_rng(seed)
        return distort(render_plate(random_plate(rng), 110, random_look(rng)), rng, seed % 11 / 10)

    for seed in range(60):
        picture = worn(seed)
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        assert 20 <= picture.shape[1] <= 1000
        assert picture.mean() > 12
        assert np.array_equal(picture, worn(seed))

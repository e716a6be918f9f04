"""Plates of other countries are drawn in every manner there is, and readable ones."""

import numpy as np
import pytest

from vision.reader import ALPHABET, PLACES
from vision.training import typefaces
from vision.training.foreign import draw_foreign, random_foreign_text


def test_texts_are_short_enough_and_of_known_characters():
    rng = np.random.default_rng(1)
    texts = {random_foreign_text(rng) for _ in range(500)}
    assert len(texts) > 450
    assert all(4 <= len(text) <= PLACES and set(text) <= set(ALPHABET) for text in texts)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_seed_draws_the_same_plate_with_ink_on_it(seed):
    plate, text, *_ = draw_foreign(np.random.default_rng(seed))
    again, same, *_ = draw_foreign(np.random.default_rng(seed))
    assert text == same
    assert np.array_equal(plate, again)
    assert plate.shape[0] == 110
    middle = plate[40:70].astype(int)
    assert np.ptp(middle.mean(axis=2)) > 40  # something dark on something light, or the reverse


def test_a_folder_of_typefaces_is_used_but_for_files_that_are_none(tmp_path, monkeypatch):
    from PIL import features

    from vision.scene.dies import FONT

    assert features.check("freetype2")
    (tmp_path / "face.ttf").write_bytes(FONT.read_bytes())
    (tmp_path / "broken.ttf").write_bytes(b"no face at all")
    (tmp_path / "notes.txt").write_text("nor this")
    monkeypatch.setenv("IOC_TYPEFACES", str(tmp_path))
    typefaces.typefaces.cache_clear()
    try:
        assert typefaces.typefaces() == (tmp_path / "face.ttf",)
        hands = [typefaces.random_hand(np.random.default_rng(n)) for n in range(20)]
        masks = [hand.mask("8", 60) for hand in hands]
        assert {mask.shape[0] for mask in masks} == {60}
        assert all(0.1 < (mask > 127).mean() < 0.95 for mask in masks)
    finally:
        typefaces.typefaces.cache_clear()

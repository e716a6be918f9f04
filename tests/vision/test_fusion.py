import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.vehicles.plate import distance
from tests.vision.looks import reading
from vision.fusion import Region, Witness, fuse, weigh_single

PLATE = "43A12345"


def witnesses(*readings):
    return [Witness(r, 0.8) for r in readings]


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([reading(PLATE)] * 3, PLATE),
        # the looks disagree at different places, and together say it right
        ([reading("43A12845", 0.8), reading("48A12345", 0.8), reading("43A12346", 0.8)], PLATE),
        # cut off by the rim of the picture, at either end
        ([reading(PLATE), reading("3A12345"), reading(PLATE), reading("43A123")], PLATE),
        # hesitation is settled by the others, and by the grammar when nobody else speaks
        ([reading(PLATE, doubt={5: "8"}), reading("43A12845", doubt={5: "3"}), reading(PLATE)],
         PLATE),
        ([reading("4SA12345", doubt={1: "3"})] * 2, PLATE),
        ([reading("43A1234S", doubt={7: "5"})] * 2, PLATE),
    ],
)  # fmt: skip
def test_looks_together(readings, expected):
    assert fuse(witnesses(*readings), Region.VN).text == expected


def test_nothing_read_is_nothing_told():
    assert fuse([], Region.VN) is None
    assert fuse(witnesses(reading("")), Region.VN) is None
    assert weigh_single(reading(""), Region.VN) is None


def test_a_blurred_crowd_does_not_outvote_a_sharp_look():
    crowd = [Witness(reading("43A12845", 0.6), 0.1) for _ in range(4)]
    assert fuse([*crowd, Witness(reading(PLATE), 0.9)], Region.VN).text == PLATE


def test_confidence_grows_with_agreement_and_never_from_one_look():
    one = fuse(witnesses(reading(PLATE)), Region.VN).confidence
    two = fuse(witnesses(*[reading(PLATE)] * 2), Region.VN).confidence
    torn = fuse(witnesses(reading(PLATE), reading("43A12845")), Region.VN).confidence
    assert torn < one < 0.95 <= two < 1


def test_one_bad_character_is_not_hidden_in_a_mean():
    fused = fuse(witnesses(*[reading(PLATE, doubt={5: "8"})] * 3), Region.VN)
    assert fused.confidence < 0.8
    assert fused.characters[5].confidence < 0.8 < fused.characters[4].confidence


def test_a_rare_series_must_be_seen_clearly():
    hesitant = fuse(witnesses(reading("54SB5452", doubt={3: "8"})), Region.VN)
    assert hesitant.text == "54S85452"
    assert fuse(witnesses(reading("54SB5452")), Region.VN).text == "54SB5452"
    special = fuse(witnesses(reading("99LD01109", doubt={3: "0"})), Region.VN)
    assert special.text == "99LD01109"


def test_the_grammar_is_evidence_not_a_filter():
    for region in Region:
        assert weigh_single(reading("WXY8820"), region).text == "WXY8820"
    assert (
        weigh_single(reading("WXY8820"), Region.VN).confidence
        < weigh_single(reading("WXY8820"), Region.ANY).confidence
    )


texts = st.text("ABC123", max_size=6)


@given(texts, texts, texts)
def test_distance_is_a_metric(a, b, c):
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))


@given(st.lists(st.text("ABCD1234", min_size=1, max_size=9), min_size=1, max_size=6))
def test_any_looks_give_a_text_with_probabilities(read):
    fused = fuse(witnesses(*[reading(text, 0.7) for text in read]), Region.ANY)
    assert 0 <= fused.confidence <= 1
    assert [c.char for c in fused.characters] == list(fused.text)
    assert all(0 <= c.confidence <= 1 for c in fused.characters)
    assert len(fused.text) in {len(text) for text in read}

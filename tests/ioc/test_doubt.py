"""How sure an accusation is: what a read may be, the bands, and what a likeness never does."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.permits.model import Permit, PermitClass
from ioc.vehicles.doubt import (
    OTHER,
    DoubtBook,
    Known,
    consider,
    needs_weighing,
    parse_doubt,
    posterior,
    weigh,
)
from ioc.vehicles.likeness import (
    ALPHABET,
    certainties,
    likely_texts,
    parse_confusions,
)
from ioc.vehicles.model import (
    Band,
    Doubt,
    Heading,
    Outcome,
    PlateCharacter,
    PlateFacts,
    PlateRead,
    Spot,
    Verdict,
)
from ioc.vehicles.plate import is_valid
from ioc.vehicles.rulebook import parse_rulebook
from ioc.vehicles.rules import judge

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY = timedelta(days=1)
GATE, MAIN = Spot("cam-001", "gate", "in"), Spot("cam-117", "main", "both", "nguyen-hue")
RULES = parse_rulebook(tomllib.loads((CONFIG / "hue/rules.toml").read_text()), 0.95)
CONFUSIONS = parse_confusions(tomllib.loads((CONFIG / "confusions.toml").read_text()))
SETTINGS = tomllib.loads((CONFIG / "hue/city.toml").read_text())["doubt"]
BOOK = parse_doubt(SETTINGS, CONFUSIONS)
PLATES = st.one_of(
    st.from_regex(r"[1-9][0-9][A-HK-NPS-VX-Z][0-9]{5}", fullmatch=True),
    st.from_regex(r"[1-9][0-9][A-HK-NPS-VX-Z][1-9][0-9]{4,5}", fullmatch=True),
    st.text(ALPHABET, min_size=2, max_size=10),
)
SHARES = st.floats(0, 1)


def a_read(plate: str, confidence: float = 0.99, doubtful: dict[int, float] | None = None):
    sure = {**dict.fromkeys(range(len(plate)), 0.999), **(doubtful or {})}
    characters = tuple(PlateCharacter(char, sure[place]) for place, char in enumerate(plate))
    return PlateRead("1", "cam", plate, confidence, NOW, Heading.IN, characters=characters)


@st.composite
def reads(draw) -> PlateRead:
    plate = draw(PLATES)
    characters = tuple(PlateCharacter(char, draw(SHARES)) for char in plate)
    told = draw(st.sampled_from([characters, ()]))
    return PlateRead("1", "cam", plate, draw(SHARES), NOW, Heading.IN, characters=told)


def known_of(spot: Spot, watched: frozenset[str] = frozenset(), **permits: PermitClass) -> Known:
    """What is known at a spot: permits by plate, written with a leading P."""
    held = {plate.removeprefix("P"): permit_class for plate, permit_class in permits.items()}

    def judge_one(read: PlateRead) -> Verdict:
        assert read.confidence == 1.0
        mine = [
            Permit("1", read.plate, held[read.plate], NOW - DAY, NOW + DAY, ref=read.plate)
            for _ in range(read.plate in held)
        ]
        verdict = judge(read, PlateFacts(tuple(mine)), spot, RULES, NOW)
        if read.plate in watched:
            return replace(verdict, outcome=Outcome.STOP)
        return verdict

    return Known(frozenset(held), watched, judge_one)


def doubt_of(read: PlateRead, known: Known, book: DoubtBook = BOOK) -> Doubt:
    likely = consider(read, likely_texts(read, book.trust), known, book.rates)
    return weigh(read, likely, known.judge, book, RULES.sure)


GREEN, YELLOW = PermitClass.GREEN, PermitClass.YELLOW


@pytest.mark.parametrize(
    ("read", "permitted", "band"),
    [
        # Nothing like it is known: the accusation stands.
        ("43C16839", "74A00001", Band.ACT),
        # A sure read without a permit, one of the reader's own confusions away from one with.
        ("43D16839", "43D16889", Band.REVIEW),
        ("43C16838", "43C16833", Band.REVIEW),
        ("43M12345", "43N12345", Band.REVIEW),
        ("43H12345", "43M12345", Band.REVIEW),
        ("43B12345", "43E12345", Band.REVIEW),
        ("75F128456", "75F126456", Band.REVIEW),
        ("43S82345", "43S62345", Band.REVIEW),
        # Three characters away is another vehicle.
        ("43C16839", "43C27739", Band.ACT),
    ],
)
def test_a_stop_stands_only_where_no_likeness_explains_it(read, permitted, band) -> None:
    doubt = doubt_of(a_read(read, 0.99), known_of(GATE, **{f"P{permitted}": GREEN}))
    assert doubt.band is band, doubt
    assert doubt.accusation.outcome is Outcome.STOP
    if band is Band.REVIEW:
        assert permitted in [candidate.plate for candidate in doubt.candidates]


@pytest.mark.parametrize(
    ("told", "true"), [("0", "D"), ("8", "B"), ("5", "S"), ("1", "7"), ("6", "8"), ("M", "N")]
)
def test_what_looks_alike_is_likelier_than_what_does_not(told: str, true: str) -> None:
    shares = dict(CONFUSIONS.others[told])
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[true] > 1 / len(ALPHABET)


def test_a_yellow_pass_on_a_main_road_is_named_surely_enough() -> None:
    known = known_of(MAIN, P75C20302=YELLOW, P75C26302=GREEN)
    assert doubt_of(a_read("75C20302"), known).band is Band.ACT
    doubtful = a_read("75C20302", 0.6, {4: 0.6})
    assert doubt_of(doubtful, known).band is Band.REVIEW


def test_a_doubtful_read_like_a_watched_plate_is_asked_about_and_names_it() -> None:
    known = known_of(MAIN, frozenset({"43C16839"}))
    read = a_read("43C16889", 0.7, {6: 0.7})
    doubt = doubt_of(read, known)
    assert doubt.band is Band.REVIEW
    assert "43C16839" in [candidate.plate for candidate in doubt.candidates]
    # The same read for sure is another plate; and a permit of its own explains it.
    assert doubt_of(a_read("43C16889", 0.999), known).band is Band.NONE
    explained = known_of(MAIN, frozenset({"43C16839"}), P43C16889=GREEN)
    assert doubt_of(read, explained).band is Band.NONE


def test_one_character_too_many_or_too_few_is_thought_of() -> None:
    texts = likely_texts(a_read("75F28456"), BOOK.trust)
    assert "75F128456" in texts
    assert "75F28456" in likely_texts(a_read("75F128456"), BOOK.trust)


@settings(deadline=None)
@given(reads())
def test_probabilities_add_up_to_at_most_one(read: PlateRead) -> None:
    texts = likely_texts(read, BOOK.trust)
    assert next(iter(texts)) == read.plate
    assert sum(texts.values()) <= 1 + 1e-9
    assert all(0 < share <= 1 for share in texts.values())
    shares = posterior(texts, known_of(GATE), BOOK.rates)
    assert sum(shares.values()) == pytest.approx(1)


@settings(deadline=None)
@given(reads(), st.data())
def test_a_likeness_never_clears_and_a_doubtful_read_never_stops(read: PlateRead, data) -> None:
    texts = likely_texts(read, BOOK.trust)
    some = data.draw(st.lists(st.sampled_from(sorted(texts)), max_size=4, unique=True))
    spot = data.draw(st.sampled_from([GATE, MAIN]))
    held = {f"P{plate}": data.draw(st.sampled_from([GREEN, YELLOW])) for plate in some[:3]}
    known = known_of(spot, frozenset(some[3:]), **held)
    doubt = doubt_of(read, known)
    own = known.judge(replace(read, confidence=1.0))
    if own.outcome is Outcome.STOP:
        assert doubt.band in (Band.ACT, Band.REVIEW)
        assert doubt.accusation == own
    if read.confidence < RULES.sure or own.outcome is not Outcome.STOP:
        assert doubt.band is not Band.ACT
    assert 0 <= doubt.accused <= 1
    assert read.plate in [candidate.plate for candidate in doubt.candidates]
    assert sum(candidate.probability for candidate in doubt.candidates) <= 1 + 1e-9


@settings(deadline=None)
@given(PLATES.filter(is_valid), st.data())
def test_a_surer_read_is_a_surer_accusation(plate: str, data) -> None:
    known = known_of(GATE, **{f"P{text}": GREEN for text in list(likely_texts_of(plate))[1:4]})
    shares = sorted(data.draw(st.lists(SHARES, min_size=3, max_size=3)))
    doubts = [doubt_of(a_read(plate, share), known).accused for share in shares]
    assert all(less <= more + 1e-9 for less, more in pairwise(doubts))


def likely_texts_of(plate: str) -> dict[str, float]:
    return likely_texts(a_read(plate, 0.9), BOOK.trust)


@settings(deadline=None)
@given(reads(), SHARES.filter(lambda share: share > 0), SHARES.filter(lambda share: share > 0))
def test_a_stricter_band_never_acts_on_more(read: PlateRead, one: float, other: float) -> None:
    texts = list(likely_texts(read, BOOK.trust))
    known = known_of(GATE, **{f"P{texts[-1]}": GREEN})
    lax, strict = sorted((one, other))
    acts = [
        doubt_of(read, known, replace(BOOK, act_from=limit)).band is Band.ACT
        for limit in (strict, lax)
    ]
    assert acts != [True, False]


@settings(deadline=None)
@given(reads())
def test_places_are_as_sure_as_the_whole_and_no_text_is_beyond_doubt(read: PlateRead) -> None:
    whole = 1.0
    for share in certainties(read, 0.002):
        assert 0 < share < 1
        whole *= share
    assert whole <= 0.998 + 1e-9
    assert whole <= max(read.confidence, 0.001) + 1e-9


def test_what_is_sure_and_accuses_nobody_is_left_alone() -> None:
    known = known_of(GATE, P43C16839=GREEN)
    read = a_read("43C16839", 0.99)
    assert not needs_weighing(read, known.judge(replace(read, confidence=1.0)), RULES.sure)
    assert OTHER not in likely_texts(read, BOOK.trust)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("act_from", 1.5),
        ("act_from", "much"),
        ("review_from", 0.99),
        ("permits", 0),
        ("vehicles", None),
        ("watched", -1),
        ("misread", 0),
        ("expected_false", {"act": 0.02}),
    ],
)
def test_a_wrong_band_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as fault:
        parse_doubt({**SETTINGS, name: value}, CONFUSIONS)
    assert fault.value.field == "doubt"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"told": {"8": {"B": -1}}, "slips": {"missed": {}}},
        {"told": {"?": {}}, "slips": {"missed": {}}},
        {"told": {"8": "B"}, "slips": {"missed": {}}},
    ],
)
def test_wrong_counts_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        parse_confusions(document)

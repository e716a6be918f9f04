"""Persons who may be one: found by every way in, merged without losing or moving a number."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.duplicates.model import PairState, PairStep
from ioc.duplicates.rules import PAIR_LEADS, components, pair_leads_to
from ioc.duplicates.service import (
    Verdict,
    decide_pair,
    drop_pairs,
    find_duplicates,
    side_by_side,
)
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.overview import figures
from ioc.people.arrivals import note_arrivals
from ioc.people.lodgings import record_lodgings
from ioc.people.model import Declaration, Lodging, Passage
from ioc.people.service import record_declarations
from ioc.people.upkeep import recount
from ioc.persons.model import Likeness
from ioc.persons.rules import identify
from ioc.persons.service import heads_of, references

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CARD = identify("046185000123", "Đỗ Thị Ngọc Ánh", "1985-03-07")
OLD = identify("191234567", "Do Thi Ngoc Anh", "1985-03-07")
TYPO = identify("046185000124", "Đỗ Thị Ngọc Ánh", "1985-03-07")
POST, STATION = "my-chanh", "hue-station"


def scanned(centre: Centre, *passages: tuple[object, datetime, str]) -> None:
    made = [
        Passage(references(centre, [who])[0], at, place)  # type: ignore[list-item]
        for who, at, place in passages
    ]
    transact(centre.engine, lambda conn: tally.add(conn, note_arrivals(conn, centre, made)))


def entries(centre: Centre) -> int:
    return figures(centre).values["entries_people_today"]


@pytest.fixture
def met(centre: Centre) -> Centre:
    """One person by two documents: declared with one, lodged with the other, scanned with both."""
    record_declarations(centre, "portal", [Declaration("d-1", CARD, "19750-2021")])
    record_lodgings(centre, "hotel", [Lodging("g-1", OLD, "Hương Giang", NOW, NOW + DAY)])
    scanned(centre, (CARD, NOW, POST), (OLD, NOW + HOUR, STATION))
    return centre


def said(step: PairStep, note: str = "cùng một người", keep: str | None = None) -> Verdict:
    return Verdict(step, "officer", note, keep)


def test_a_pair_is_found_whatever_way_each_came_and_stands_side_by_side(met: Centre) -> None:
    assert (find_duplicates(met), find_duplicates(met)) == (1, 0)
    [(pair, one, other)] = side_by_side(met, PairState.OPEN, "officer", "comparing", unmasked=False)
    assert (pair.why, pair.state) == (Likeness.OTHER_DOCUMENT, PairState.OPEN)
    by_kind = {side.kind: side for side in (one, other)}
    assert by_kind["cccd"].facts == {"declarations": 1, "passages": 1}
    assert by_kind["cmnd"].facts == {"lodgings": 1, "passages": 1}
    assert (by_kind["cccd"].number, by_kind["cccd"].born) == ("******000123", "1985")
    with pytest.raises(InvalidInput, match="purpose"):
        side_by_side(met, PairState.OPEN, "officer", " ", unmasked=True)
    [(_, *sides)] = side_by_side(met, PairState.OPEN, "officer", "đối chiếu", unmasked=True)
    assert {(side.number, side.born) for side in sides} == {
        ("046185000123", "1985-03-07"),
        ("191234567", "1985-03-07"),
    }
    with met.engine.connect() as conn:
        rows = conn.execute(text("SELECT purpose, detail FROM audit ORDER BY no")).all()
    assert [row.purpose for row in rows] == ["comparing", "đối chiếu"]
    assert "046185" not in str(rows)


def test_a_merge_counts_one_person_once_and_its_undo_counts_two_again(met: Centre) -> None:
    find_duplicates(met)
    [(pair, *_)] = side_by_side(met, PairState.OPEN, "officer", "comparing", unmasked=False)
    assert entries(met) == 2
    merged = decide_pair(met, pair.ref, said(PairStep.MERGE))
    [card, old] = references(met, [CARD, OLD])
    assert (merged.state, merged.kept) == (PairState.MERGED, card)
    assert (entries(met), recount(met)) == (1, [])
    with met.engine.connect() as conn:
        assert heads_of(conn, [card, old]) == {card: card, old: card}
    # From now on he is one under either document.
    scanned(met, (OLD, NOW + 2 * HOUR, POST), (CARD, NOW - HOUR, POST))
    assert (entries(met), recount(met)) == (1, [])
    with pytest.raises(Conflict):
        decide_pair(met, pair.ref, said(PairStep.APART))
    undone = decide_pair(met, pair.ref, said(PairStep.UNDO, "nhầm"))
    assert (undone.state, entries(met), recount(met)) == (PairState.OPEN, 2, [])
    with met.engine.connect() as conn:
        assert heads_of(conn, [card, old]) == {card: card, old: old}
    decide_pair(met, pair.ref, said(PairStep.APART))
    with met.engine.connect() as conn:
        steps = conn.execute(text("SELECT step FROM person_pair_steps ORDER BY no")).scalars()
        assert list(steps) == ["merge", "undo", "apart"]


def test_three_who_are_one_fall_apart_as_their_merges_do(met: Centre) -> None:
    scanned(met, (TYPO, NOW + 2 * HOUR, POST))
    record_declarations(met, "portal", [Declaration("d-2", TYPO, "19750-2021")])
    assert find_duplicates(met) == 3
    [card, old, typo] = references(met, [CARD, OLD, TYPO])
    found = side_by_side(met, PairState.OPEN, "officer", "comparing", unmasked=False)
    pairs = {frozenset((pair.one, pair.other)): pair.ref for pair, *_ in found}
    assert entries(met) == 3
    decide_pair(met, pairs[frozenset((card, old))], said(PairStep.MERGE, keep=old))
    decide_pair(met, pairs[frozenset((card, typo))], said(PairStep.MERGE))
    assert (entries(met), recount(met)) == (1, [])
    decide_pair(met, pairs[frozenset((card, old))], said(PairStep.UNDO))
    assert (entries(met), recount(met)) == (2, [])
    with met.engine.connect() as conn:
        heads = heads_of(conn, [card, old, typo])
    assert heads[old] == old
    assert heads[card] == heads[typo]


def test_a_declaration_by_one_document_arrives_by_the_other_once_they_are_merged(met) -> None:
    find_duplicates(met)
    later = Declaration("d-9", CARD, "19750-2021", expected_at=NOW + 5 * HOUR)
    [receipt] = record_declarations(met, "portal", [later])
    [(pair, *_)] = side_by_side(met, PairState.OPEN, "officer", "comparing", unmasked=False)
    decide_pair(met, pair.ref, said(PairStep.MERGE))
    scanned(met, (OLD, NOW + 5 * HOUR, POST))
    with met.engine.connect() as conn:
        arrived = conn.execute(
            text("SELECT arrived_at FROM declarations WHERE ref = :ref"), {"ref": receipt.ref}
        ).scalar_one()
    assert arrived == NOW + 5 * HOUR


def test_what_cannot_be_decided_is_refused_by_name(met: Centre) -> None:
    find_duplicates(met)
    [(pair, *_)] = side_by_side(met, PairState.OPEN, "officer", "comparing", unmasked=False)
    with pytest.raises(NotFound):
        decide_pair(met, "0" * 32, said(PairStep.MERGE))
    with pytest.raises(InvalidInput, match="note"):
        decide_pair(met, pair.ref, said(PairStep.MERGE, " "))
    with pytest.raises(InvalidInput, match="keep"):
        decide_pair(met, pair.ref, said(PairStep.MERGE, keep="0" * 32))
    assert drop_pairs(met, NOW + 400 * DAY) == 0


def test_what_may_follow_what_is_one_table() -> None:
    for state in PairState:
        for step in PairStep:
            if step in PAIR_LEADS[state]:
                assert pair_leads_to(state, step, "why") is PAIR_LEADS[state][step]
            else:
                with pytest.raises(Conflict):
                    pair_leads_to(state, step, "why")


names = st.sampled_from("abcdef")


@given(st.lists(st.tuples(names, names).filter(lambda two: two[0] != two[1]), max_size=6))
def test_whom_merges_join_have_one_head_who_is_one_of_them(edges) -> None:
    heads = components("abcdef", [(one, other, one) for one, other in edges])
    for one, other in edges:
        assert heads[one] == heads[other]
    assert all(heads[head] == head for head in heads.values())
    assert len(set(heads.values())) == 6 - _rank(edges)


def _rank(edges) -> int:
    """Return how many of the edges join what no edge before them joined."""
    groups = [{name} for name in "abcdef"]
    for one, other in edges:
        joined = [group for group in groups if one in group or other in group]
        groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return 6 - len(groups)

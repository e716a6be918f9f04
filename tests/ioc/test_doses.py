"""Doses: wrong ones refused by field, repeats kept and counted once, days amended, sums exact."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import amendments, tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.doses.model import CountedDoses, Dose, DoseCorrection, HeldDose
from ioc.doses.recording import record_doses
from ioc.doses.rulebook import read_vaccines
from ioc.doses.rules import counts_of, ranked, require_place, require_sound
from ioc.doses.service import (
    correct_dose,
    coverage,
    doses_after,
    doses_of,
    near_repeats,
    regroup_doses,
)
from ioc.doses.upkeep import drop_doses, recount_doses
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.health.service import standings_of
from tests.conftest import ROOT

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2021, 9, 1, 2, 0, tzinfo=UTC)
A, B = "tc-bvtw", "tc-bv-268"
BOOK, FAULTS = read_vaccines(ROOT / "config" / "hue")


def a_dose(number: int = 1, **changes: object) -> Dose:
    dose = Dose(f"d-{number}", "p" * 32, "pfizer", "FF8871", number, A, AT, unit="19750-2021")
    return replace(dose, **changes)


def held(number: int = 1, **changes: object) -> HeldDose:
    dose = HeldDose(
        f"r-{number}", "clinic", f"d-{number}", "p" * 32, "pfizer", "FF8871", number, A, AT, AT,
        "18-49", "19750-2021",
    )  # fmt: skip
    return replace(dose, **changes)


def test_the_shipped_vaccines_have_no_fault() -> None:
    assert not FAULTS
    assert BOOK.product_of(" comirnaty ").id == "pfizer"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"product": "aspirin"}, "product"),
        ({"lot": "x"}, "lot"),
        ({"lot": "FF 88!71"}, "lot"),
        ({"number": 5}, "number"),
        ({"product": "abdala"}, "given_at"),  # in use from 17/9
        ({"born_on": date(2010, 9, 2)}, "person"),  # eleven, a day short of it
        ({"birth_year": 2012}, "person"),
        ({"born_on": date(2021, 9, 2)}, "given_at"),
    ],
)
def test_what_cannot_be_is_refused_by_field(changes: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_sound(a_dose(**changes), BOOK, ZONE)
    assert refused.value.field == field


def test_of_a_birth_known_by_its_year_the_person_has_the_benefit() -> None:
    sound = require_sound(a_dose(product="Comirnaty", lot=" ff8871 ", birth_year=2009), BOOK, ZONE)
    assert (sound.product, sound.lot) == ("pfizer", "FF8871")


@pytest.mark.parametrize(
    ("others", "changes", "field"),
    [
        ([held(1)], {"number": 2, "given_at": AT + 16 * DAY}, "given_at"),
        ([held(1)], {"number": 2, "given_at": AT - 20 * DAY}, "number"),
        ([held(2)], {"number": 1, "given_at": AT + 5 * DAY}, "number"),
        ([held(2)], {"number": 1, "given_at": AT - 10 * DAY}, "given_at"),
    ],
)
def test_a_dose_out_of_order_or_too_soon_is_refused(
    others: list[HeldDose], changes: dict, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_place(a_dose(**changes), ranked(others, BOOK), BOOK)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("others", "changes"),
    [
        ([], {"number": 2}),  # the first was given elsewhere: nothing is known against it
        ([held(1)], {"number": 2, "given_at": AT + 17 * DAY}),  # four days of grace
        ([held(1)], {"number": 2, "given_at": AT + 21 * DAY - timedelta(hours=6)}),
        ([held(1)], {"number": 1, "given_at": AT + 300 * DAY}),  # kept as a repeat
        ([held(1)], {"number": 2, "given_at": AT + 2 * DAY}),  # so near that it is one
        ([held(1, mark=DoseCorrection.VOID)], {"number": 2, "given_at": AT + 9 * DAY}),
    ],
)
def test_a_dose_in_its_place_is_taken(others: list[HeldDose], changes: dict) -> None:
    require_place(a_dose(**changes), ranked(others, BOOK), BOOK)


def test_of_one_injection_the_first_counts_and_the_other_points_at_it() -> None:
    first, again = held(1), held(1, ref="r-x", facility=B, given_at=AT + 40 * DAY)
    second = held(2, given_at=AT + 30 * DAY)
    judged = {dose.ref: dose for dose in ranked([again, second, first], BOOK)}
    assert (judged["r-1"].ordinal, judged["r-2"].ordinal) == (1, 2)
    assert judged["r-2"].is_full
    assert not judged["r-1"].is_full
    assert (judged["r-x"].near_of, judged["r-x"].why.value) == ("r-1", "number_again")
    assert not judged["r-x"].is_counted
    every = replace(BOOK, counted=CountedDoses.ALL)
    assert counts_of(ranked([again, first], every), ZONE)["dose", B, again.given_at] == 1


MANY = st.lists(
    st.builds(
        lambda n, days, number, product, mark: held(
            number,
            ref=f"r-{n}",
            id=f"d-{n}",
            given_at=AT + days * DAY,
            product=product,
            mark=mark,
        ),
        st.integers(0, 99),
        st.integers(0, 60),
        st.integers(1, 3),
        st.sampled_from(["pfizer", "moderna"]),
        st.sampled_from([None, None, None, *list(DoseCorrection)[:2]]),
    ),
    max_size=6,
    unique_by=lambda dose: dose.ref,
)


@given(MANY, st.randoms(use_true_random=False))
def test_what_counts_does_not_depend_on_the_order_of_arrival(doses: list, random) -> None:
    judged = ranked(doses, BOOK)
    shuffled = [*judged]
    random.shuffle(shuffled)
    assert ranked(shuffled, BOOK) == judged
    counts = counts_of(judged, ZONE)
    people = sum(n for (metric, _, _), n in counts.items() if metric.startswith("cover.first."))
    assert people == any(dose.ordinal for dose in judged)
    ordinals = [dose.ordinal for dose in judged if dose.ordinal]
    assert ordinals == list(range(1, len(ordinals) + 1))


def send(centre: Centre, *doses: Dose, source: str = "clinic") -> list[str]:
    return [one.receipt.status.value for one in record_doses(centre, source, doses)]


def doses_total(centre: Centre) -> int:
    return transact(centre.engine, lambda conn: tally.total(conn, ["dose"]))


def test_recorded_repeated_refused(centre: Centre) -> None:
    results = record_doses(
        centre,
        "clinic",
        [a_dose(1), a_dose(2, given_at=AT + 9 * DAY), a_dose(1), a_dose(1, id="e", lot="?")],
    )
    assert [one.receipt.status.value for one in results] == [
        "recorded", "refused", "repeated", "refused",
    ]  # fmt: skip
    assert results[1].receipt.why == "given_at: is 9 days after number 1; pfizer needs 21"
    assert results[2].dose == results[0].dose
    # What was refused may come again, put right.
    assert send(centre, a_dose(2, given_at=AT + 21 * DAY), a_dose(1, lot="FF9999")) == [
        "recorded", "refused",
    ]  # fmt: skip
    assert doses_total(centre) == 2
    assert recount_doses(centre) == []


def test_an_id_that_was_forgotten_is_still_a_repeat(centre: Centre, clock) -> None:
    from sqlalchemy import text

    assert send(centre, a_dose(1)) == ["recorded"]
    transact(centre.engine, lambda conn: conn.execute(text("DELETE FROM intake")))
    assert send(centre, a_dose(1)) == ["repeated"]
    assert doses_total(centre) == 1


def test_a_near_repeat_is_kept_shown_counted_once_and_decided_by_a_person(centre: Centre) -> None:
    [one] = record_doses(centre, "clinic", [a_dose(1, given_at=AT + DAY)])
    # It came later and was given earlier: it takes the other's place.
    [other] = record_doses(centre, "campaign", [a_dose(1, id="x", facility=B)])
    [pair] = near_repeats(centre)
    assert (pair.dose.ref, pair.other.ref) == (one.receipt.ref, other.receipt.ref)
    assert doses_total(centre) == 1
    distinct = correct_dose(centre, pair.dose.ref, DoseCorrection.DISTINCT, "user:a", "hai mũi")
    assert (distinct.ordinal, near_repeats(centre), doses_total(centre)) == (2, [], 2)
    correct_dose(centre, pair.dose.ref, DoseCorrection.VOID, "user:a", "nhập nhầm")
    assert doses_total(centre) == 1
    with pytest.raises(Conflict):
        correct_dose(centre, pair.dose.ref, DoseCorrection.VOID, "user:a", "nhập nhầm")
    with pytest.raises(InvalidInput):
        correct_dose(centre, pair.dose.ref, DoseCorrection.RESTORE, "user:a", " ")
    with pytest.raises(NotFound):
        correct_dose(centre, "0" * 32, DoseCorrection.VOID, "user:a", "x")
    assert recount_doses(centre) == []
    [standing] = transact(centre.engine, lambda c: standings_of(c, ["p" * 32])).values()
    assert (standing.doses, standing.last_dose_at) == (1, AT)


def test_a_late_dose_lands_on_its_day_and_the_day_says_so(centre: Centre, clock) -> None:
    clock.at = AT
    send(centre, a_dose(1))
    clock.advance(days=2)
    send(centre, a_dose(1, id="late", person="q" * 32), a_dose(1, id="l2", person="r" * 32))
    day = date(2021, 9, 1)
    counted = transact(centre.engine, lambda c: tally.on_day(c, ["dose"], day, ZONE))
    assert counted == {"dose": 3}
    changed = transact(centre.engine, lambda c: amendments.between(c, "dose", day, day))
    assert changed == {(A, day): amendments.Amendment(2, clock.at, clock.at)}


def test_coverage_counts_people_once_by_unit_and_age(centre: Centre) -> None:
    send(
        centre,
        a_dose(1, birth_year=1980),
        a_dose(2, given_at=AT + 28 * DAY, birth_year=1980),
        a_dose(1, id="q", person="q" * 32, birth_year=1950, unit=None),
    )
    cells = {(c.unit, c.age_group): (c.first, c.full) for c in coverage(centre).cells}
    assert cells == {("19750-2021", "18-49"): (1, 1), ("unknown", "65+"): (1, 0)}
    early = coverage(centre, date(2021, 9, 2)).cells
    assert {(c.unit, c.full) for c in early} == {("19750-2021", 0), ("unknown", 0)}


def test_two_persons_made_one_have_their_doses_counted_as_one_and_parted_as_two(
    centre: Centre,
) -> None:
    one, other = "p" * 32, "q" * 32
    send(centre, a_dose(1), a_dose(1, id="q", person=other, given_at=AT + DAY))
    assert doses_total(centre) == 2
    transact(centre.engine, lambda c: regroup_doses(c, centre, {one: one, other: one}))
    assert doses_total(centre) == 1
    [repeat] = doses_of(centre, other, "user:a", "case 9")
    assert (repeat.person, repeat.ordinal, repeat.why.value) == (other, None, "near")
    standings = transact(centre.engine, lambda c: standings_of(c, [one, other]))
    assert {ref: standing.doses for ref, standing in standings.items()} == {one: 1, other: 1}
    assert recount_doses(centre) == []
    transact(centre.engine, lambda c: regroup_doses(c, centre, {one: one, other: other}))
    assert doses_total(centre) == 2
    assert recount_doses(centre) == []


def test_what_is_dropped_is_sealed(centre: Centre) -> None:
    """A series goes as a whole, when its last dose is past its days."""
    other = a_dose(1, id="q", person="q" * 32)
    send(centre, a_dose(1), a_dose(2, given_at=AT + 21 * DAY), other)
    assert drop_doses(centre, AT + DAY) == 1
    assert len(doses_after(centre, 0, 0, 10).doses) == 2
    assert recount_doses(centre) == []
    assert doses_total(centre) == 3
    assert transact(centre.engine, lambda c: standings_of(c, ["q" * 32])) == {}


def test_the_recount_finds_a_dose_gone(centre: Centre) -> None:
    from sqlalchemy import text

    send(centre, a_dose(1))
    transact(centre.engine, lambda conn: conn.execute(text("DELETE FROM doses")))
    assert len(recount_doses(centre)) == 2


ITEMS = [
    a_dose(number, id=f"{p}-{k}", person=p * 32, facility=facility, given_at=AT + days * DAY)
    for p in "pq"
    for k, (number, facility, days) in enumerate(
        [(1, A, 0), (1, B, 1), (2, A, 25), (2, B, 26), (1, B, 2)]
    )
]


def test_in_whatever_order_and_cut_the_totals_are_as_if_sent_once(centre: Centre) -> None:
    import random

    for trial in range(4):
        order = [*ITEMS, *ITEMS[:3]]
        random.Random(trial).shuffle(order)
        cut = trial * 3
        for part in (order[:cut], order[cut:], order):
            statuses = Counter(send(centre, *part))
            assert set(statuses) <= {"recorded", "repeated"}
    assert doses_total(centre) == 4
    assert recount_doses(centre) == []
    placed = transact(centre.engine, lambda c: tally.on_day(c, ["dose"], date(2021, 9, 1), ZONE))
    assert placed == {"dose": 2}

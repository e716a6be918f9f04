"""Two senders at once: whatever comes first, a person's injection counts once, and sums agree."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.doses.model import Dose
from ioc.doses.recording import record_doses
from ioc.doses.service import coverage, near_repeats
from ioc.health.service import standings_of
from ioc.upkeep import recount

AT = datetime(2021, 9, 1, 2, tzinfo=UTC)
PEOPLE = 40


def entries(facility: str) -> list[Dose]:
    at = AT + timedelta(minutes=len(facility))
    return [
        Dose(f"d-{n}", f"{n:032x}", "pfizer", "FF8871", 1, facility, at, birth_year=1980)
        for n in range(PEOPLE)
    ]


def test_the_same_injections_from_two_sources_and_twice_count_once(centre: Centre) -> None:
    one, other = entries("tc-bvtw"), entries("tc-bv-268")
    work = [
        ("one", one[:30]),
        ("one", one[::-1]),
        ("two", other),
        ("two", other[10:]),
        ("three", [replace(dose, id=f"x{dose.id}") for dose in one[20:]]),
        ("one", one[10:]),
    ]
    with ThreadPoolExecutor(len(work)) as pool:
        results = list(pool.map(lambda job: record_doses(centre, *job), work))
    statuses = Counter(one.receipt.status.value for batch in results for one in batch)
    assert statuses["recorded"] == 2 * PEOPLE + 20
    assert statuses["refused"] == 0
    assert transact(centre.engine, lambda c: tally.total(c, ["dose"])) == PEOPLE
    assert len(near_repeats(centre)) == PEOPLE + 20
    assert sum(cell.first for cell in coverage(centre).cells) == PEOPLE
    known = transact(centre.engine, lambda c: standings_of(c, [f"{n:032x}" for n in range(PEOPLE)]))
    assert {standing.doses for standing in known.values()} == {1}
    assert recount(centre) == []

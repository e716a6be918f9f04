"""The same batch twice, in another order, cut in the middle, from two senders at once: once."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.files.kinds import SHAPES, Kind
from ingest.simulator.people import People
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.labels import CONFIG_DIR
from ioc.overview import figures
from ioc.upkeep import recount

RUNS = count(1)
COUNT = 12
TOTALS = {
    Kind.SCANS: "scans_total",
    Kind.CALLS: "calls_total",
    Kind.DOSES: "doses_total",
    Kind.TESTS: "tests_total",
    Kind.CARDS: "cards_total",
}
Make = Callable[[int], list[dict[str, object]]]


@pytest.fixture(scope="module")
def people(hue_roads) -> People:
    from tests.conftest import NOW

    city = hue_roads.city
    return People(city, CONFIG_DIR / "hue", local_day(NOW, city.zone))


def items_of(kind: Kind, people: People, centre: Centre, run: int) -> list[dict[str, object]]:
    """Return items of a kind that no other run has."""

    def item(n: int) -> dict[str, object]:
        who = people.adult(run * COUNT + n)
        at = (centre.now() - timedelta(days=1, minutes=n)).isoformat()
        match kind:
            case Kind.SCANS:
                gate = {"point": "dong-ba-07", "direction": "in", "scanned_at": at}
                return {"code": who.personal_qr(), **gate}
            case Kind.CALLS:
                return {"line": "19001075", "direction": "in", "at": at, "topic": "travel"}
            case Kind.DOSES:
                dose = {"product": "vero-cell", "lot": "SIM-1", "number": 1}
                return {"person": who.item, **dose, "facility": "tc-bvtw", "given_at": at}
            case Kind.TESTS:
                test = {"kind": "pcr", "tube": f"SIM{run:05}{n:03}", "result": "negative"}
                return {"person": who.item, **test, "facility": "xn-bvtw", "taken_at": at}
        return {"person": who.item, "kind": "paper"}

    return [{"id": f"{run}-{n}", **item(n)} for n in range(COUNT)]


sends = st.lists(
    st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=2 * COUNT), min_size=1, max_size=4
)


@pytest.mark.parametrize("kind", list(TOTALS))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=sends, seed=st.integers(0, 99))
def test_whatever_is_sent_again_counts_once(
    centre: Centre, people: People, kind: Kind, batches: Sequence[Sequence[int]], seed: int
) -> None:
    items = items_of(kind, people, centre, next(RUNS))
    record = SHAPES[kind].recorder(centre, "gate")
    before = figures(centre).values[TOTALS[kind]]

    def send(batch: Sequence[int]) -> list[str]:
        return [str(result["status"]) for result in record([items[n] for n in batch])]

    # Cut and in any order first, then all of it by two at once, each in an order of its own.
    statuses = [status for batch in batches for status in send(batch)]
    whole = [random.Random(seed + n).sample(range(COUNT), COUNT) for n in range(2)]
    with ThreadPoolExecutor(2) as senders:
        statuses += [status for answers in senders.map(send, whole) for status in answers]
    assert statuses.count("recorded") == COUNT
    assert set(statuses) == {"recorded", "repeated"}
    assert figures(centre).values[TOTALS[kind]] == before + COUNT


def test_and_the_tallies_equal_the_facts(centre: Centre, people: People) -> None:
    for kind in TOTALS:
        items = items_of(kind, people, centre, next(RUNS))
        record = SHAPES[kind].recorder(centre, "gate")
        record(items[:7])
        record(items[::-1])
    assert recount(centre) == []

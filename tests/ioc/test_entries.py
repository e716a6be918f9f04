"""Entries of people are exact whatever comes twice, late, cut, shuffled, or from two at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ioc import tally
from ioc.centre import Centre
from ioc.clock import bucket_of
from ioc.db import transact
from ioc.duplicates.model import PairState, PairStep
from ioc.duplicates.service import Verdict, decide_pair, find_duplicates, side_by_side
from ioc.people.arrivals import note_arrivals
from ioc.people.model import Declaration, Passage
from ioc.people.service import record_declarations
from ioc.people.upkeep import recount
from ioc.persons.rules import identify
from ioc.persons.service import references

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
POSTS = ("my-chanh", "hue-station", "lang-co")
PEOPLE = [identify(f"046085{n:06}", "Nguyễn Văn An", "1985-03-07") for n in (1, 2, 11)]
TABLES = (
    "tally, intake, declarations, declaration_people, declaration_steps, passages, entrants,"
    " tasks, persons, person_numbers, persons_fresh, person_pairs, person_pair_steps"
)


def noted(centre: Centre, passages: list[Passage]) -> None:
    transact(centre.engine, lambda conn: tally.add(conn, note_arrivals(conn, centre, passages)))


def counted(centre: Centre) -> dict[tuple[str, str, datetime], int]:
    """Return every count of people by metric, place and bucket."""
    found = text("""
        SELECT metric, place, bucket, sum(n) AS n FROM tally GROUP BY 1, 2, 3 HAVING sum(n) <> 0
    """)
    with centre.engine.connect() as conn:
        return {(r.metric, r.place, r.bucket): int(r.n) for r in conn.execute(found)}


def emptied(centre: Centre) -> None:
    with centre.engine.begin() as conn:
        for table in TABLES.split(", "):
            conn.execute(text(f"DELETE FROM {table}"))


marks = st.tuples(st.integers(0, 2), st.integers(0, 14), st.sampled_from(POSTS))


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_totals_are_as_if_sent_once(centre: Centre, data: st.DataObject) -> None:
    refs = references(centre, PEOPLE)
    drawn = data.draw(st.lists(marks, min_size=1, max_size=9))
    passages = [Passage(refs[who], NOW + hour * HOUR, post) for who, hour, post in drawn]
    declarations = [
        Declaration(f"d-{n}", one, "19750-2021", expected_at=NOW + 2 * HOUR)
        for n, one in enumerate(PEOPLE)
    ]
    emptied(centre)
    record_declarations(centre, "portal", declarations)
    noted(centre, passages)
    once = {key: n for key, n in counted(centre).items() if key[0] == "entry.person"}

    emptied(centre)
    record_declarations(centre, "portal", declarations)
    shuffled = data.draw(st.permutations(passages + passages[:3]))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        batch, shuffled = shuffled[:size], shuffled[size:]
        noted(centre, batch)
        record_declarations(centre, "portal", data.draw(st.permutations(declarations)))
    again = {key: n for key, n in counted(centre).items() if key[0] == "entry.person"}
    assert again == once
    assert recount(centre) == []


def test_two_writers_of_the_same_people_count_each_once(centre: Centre) -> None:
    who = [identify(f"046085{n:06}", "An", None) for n in range(60)]
    refs = references(centre, who)
    said = [Declaration(f"d-{n}", one, "19750-2021") for n, one in enumerate(who[:30])]
    record_declarations(centre, "portal", said)
    batches = [
        [Passage(ref, NOW + minute * timedelta(minutes=1), post) for ref in refs[::step]]
        for minute, post, step in ((0, POSTS[0], 1), (5, POSTS[1], -1), (9, POSTS[2], 1))
    ]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda batch: noted(centre, batch), batches * 4))
    found = counted(centre)
    assert sum(n for (metric, *_), n in found.items() if metric == "entry.person") == 60
    assert found["entry.person", POSTS[0], bucket_of(NOW)] == 60
    assert found["declaration.arrived", "19750-2021", bucket_of(NOW)] == 30
    assert recount(centre) == []


def test_who_is_told_by_two_at_once_waits_for_the_first(centre: Centre) -> None:
    [ref] = references(centre, PEOPLE[:1])
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as pool, centre.engine.connect() as watch:
        # In one transaction every look would show what the first one saw.
        watch.execution_options(isolation_level="AUTOCOMMIT")
        with centre.engine.begin() as first:
            tally.add(first, note_arrivals(first, centre, [Passage(ref, NOW, POSTS[0])]))
            second = pool.submit(noted, centre, [Passage(ref, NOW + HOUR, POSTS[1])])
            until = time.monotonic() + 20
            while not second.done() and time.monotonic() < until:
                if watch.execute(waits).scalar_one():
                    break
        second.result()
    assert list(counted(centre).values()) == [1]


def test_merges_while_people_are_seen_leave_no_number_wrong(centre: Centre) -> None:
    twins = [
        identify(f"{kind}{n:06}", f"Nguyễn A{chr(97 + n % 26)}{chr(97 + n // 26)}", "1985-03-07")
        for n in range(30)
        for kind in ("046085", "191")
    ]
    refs = references(centre, twins)
    said = [Declaration(f"d-{n}", one, "19750-2021") for n, one in enumerate(twins)]
    record_declarations(centre, "portal", said)
    find_duplicates(centre)
    found = side_by_side(centre, PairState.OPEN, "officer", "comparing", unmasked=False)
    wanted = [pair for pair, one, other in found if one.kind != other.kind]
    assert len(wanted) == 30
    batches = [
        [Passage(ref, NOW + n * timedelta(minutes=7), POSTS[n % 3]) for ref in refs[n % 2 :: 2]]
        for n in range(8)
    ]
    with ThreadPoolExecutor(4) as pool:
        seen = [pool.submit(noted, centre, batch) for batch in batches]
        verdict = Verdict(PairStep.MERGE, "officer", "one")
        merged = [pool.submit(decide_pair, centre, pair.ref, verdict) for pair in wanted]
        for future in (*seen, *merged):
            future.result()
    assert recount(centre) == []
    entries = [n for (metric, *_), n in counted(centre).items() if metric == "entry.person"]
    assert sum(entries) == 30
    undo = replace(verdict, step=PairStep.UNDO)
    for pair in wanted:
        decide_pair(centre, pair.ref, undo)
    assert recount(centre) == []
    entries = [n for (metric, *_), n in counted(centre).items() if metric == "entry.person"]
    assert sum(entries) == 60

"""What comes in, once: recorded, repeated or refused, whatever the order and whoever else sends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from ioc.centre import Centre
from ioc.db import transact
from ioc.intake import Entry, IntakeStatus, Receipt, Refusal, digest_of, enter_ids, refuse

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
RECORDED, REPEATED, REFUSED = IntakeStatus


def enter(engine: Engine, *items: tuple[str, str], source: str = "box") -> list[Receipt]:
    """Enter (id, content) pairs; the ref says which item it was."""
    entries = [
        Entry(name, digest_of({"content": content}), f"ref-{source}-{name}-{content}")
        for name, content in items
    ]
    return transact(engine, lambda conn: enter_ids(conn, source, "read", entries, NOW))


def statuses(receipts: list[Receipt]) -> list[IntakeStatus]:
    return [receipt.status for receipt in receipts]


def test_the_same_again_is_repeated_and_gets_the_first_ref(centre: Centre) -> None:
    first = enter(centre.engine, ("a", "x"))
    again = enter(centre.engine, ("b", "x"), ("a", "x"))
    assert statuses(first) == [RECORDED]
    assert statuses(again) == [RECORDED, REPEATED]
    assert again[1].ref == first[0].ref


def test_an_id_with_other_content_is_refused_and_says_why(centre: Centre) -> None:
    enter(centre.engine, ("a", "x"))
    [receipt] = enter(centre.engine, ("a", "y"))
    assert (receipt.status, receipt.ref) == (REFUSED, None)
    assert "id_reused" in str(receipt.why)


def test_an_id_twice_in_one_batch(centre: Centre) -> None:
    receipts = enter(centre.engine, ("a", "x"), ("a", "x"), ("a", "y"), ("b", "x"))
    assert statuses(receipts) == [RECORDED, REPEATED, REFUSED, RECORDED]
    assert receipts[0].ref == receipts[1].ref


def test_ids_are_unique_in_a_source_only(centre: Centre) -> None:
    assert statuses(enter(centre.engine, ("a", "x"))) == [RECORDED]
    assert statuses(enter(centre.engine, ("a", "y"), source="another")) == [RECORDED]


def test_what_was_rolled_back_was_never_entered(centre: Centre) -> None:
    with centre.engine.connect() as conn:
        enter_ids(conn, "box", "read", [Entry("a", digest_of({}), "gone")], NOW)
        conn.rollback()
    assert statuses(enter(centre.engine, ("a", "x"))) == [RECORDED]


def test_writers_of_the_same_shuffled_ids_record_each_once(centre: Centre) -> None:
    names = [f"{n:03}" for n in range(120)]
    orders = [names, names[::-1], names[60:] + names[:60], names[::2] + names[1::2]]

    def send(order: list[str]) -> list[IntakeStatus]:
        return statuses(enter(centre.engine, *((name, "x") for name in order)))

    with ThreadPoolExecutor(4) as pool:
        answers = [status for part in pool.map(send, orders * 3) for status in part]
    assert answers.count(RECORDED) == len(names)
    assert answers.count(REPEATED) == len(names) * 11


batches = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), min_size=1, max_size=5),
    max_size=5,
)


@given(batches)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sequence_answers_as_a_dictionary_would(
    centre: Centre, batches: list[list[tuple[str, str]]]
) -> None:
    transact(centre.engine, lambda conn: conn.execute(text("TRUNCATE intake")))
    known: dict[str, str] = {}
    for batch in batches:
        expected = []
        for name, content in batch:
            if name not in known:
                known[name] = content
                expected.append(RECORDED)
            else:
                expected.append(REPEATED if known[name] == content else REFUSED)
        assert statuses(enter(centre.engine, *batch)) == expected


def test_a_digest_depends_on_content_not_on_order() -> None:
    at = datetime(2021, 10, 4, tzinfo=UTC)
    assert digest_of({"a": 1, "b": at}) == digest_of({"b": at, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": "1"})
    assert digest_of({"a": None}) != digest_of({})


def test_what_was_refused_is_kept_as_it_came(centre: Centre) -> None:
    content = '{"id": "a", "plate": "bad\\u0000"}'
    refuse(
        centre, "box", "read", [Refusal("a", "plate", "has characters that no plate has", content)]
    )
    refuse(centre, "box", "read", [])
    rows = transact(centre.engine, lambda conn: conn.execute(text("SELECT * FROM refused")).all())
    assert [(row.source, row.kind, row.item_id, row.field) for row in rows] == [
        ("box", "read", "a", "plate")
    ]
    assert rows[0].content == content
    assert rows[0].received_at == centre.now()

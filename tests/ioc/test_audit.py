"""The audit: written at once, chained within a second; no change behind its back goes unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ioc import audit
from ioc.audit import HEADS, BrokenChain, purge, record, seal, verify
from ioc.centre import Centre
from ioc.db import transact


def look_up(centre: Centre, number: int) -> None:
    record(centre, "an officer", "look_up_plate", f"plate:{number}", "case 17", {"n": number})


@pytest.fixture
def sealed(centre: Centre) -> Centre:
    """Six rows in the chain, in two seals."""
    for number in range(6):
        look_up(centre, number)
        if number == 2:
            assert seal(centre) == 3
    assert seal(centre) == 3
    return centre


def behind_its_back(centre: Centre, statement: str, **values: object) -> None:
    """Change the audit as only somebody with every right in the store could."""

    def work(conn: Connection) -> None:
        for table in ("audit", "audit_link"):
            conn.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for name in ("audit_link_no_fkey", "audit_link_no_key"):
            conn.execute(text(f"ALTER TABLE audit_link DROP CONSTRAINT {name}"))
        conn.execute(text(statement), values)

    transact(centre.engine, work)


def test_a_chain_that_nobody_touched_holds(sealed: Centre) -> None:
    assert verify(sealed) == 6
    assert seal(sealed) == 0


def test_what_is_not_yet_chained_is_no_fault(sealed: Centre) -> None:
    look_up(sealed, 7)
    assert verify(sealed) == 6


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET subject = 'plate:9' WHERE no = 4", "row 4 was changed"),
        ("UPDATE audit SET purpose = NULL WHERE no = 1", "row 1 was changed"),
        ("UPDATE audit SET at = at - interval '1 second' WHERE no = 6", "row 6 was changed"),
        ("UPDATE audit SET detail = '{}' WHERE no = 3", "row 3 was changed"),
        ("DELETE FROM audit WHERE no = 4", "row 4 was removed"),
        ("DELETE FROM audit_link WHERE seq = 4", "link 4 is missing"),
        ("DELETE FROM audit_link WHERE seq = 1", "link 1 is missing"),
        ("UPDATE audit_link SET no = 40 WHERE seq = 2", "row 40 was removed"),
        ("DELETE FROM audit_link WHERE seq = 6", "row 6 was never chained"),
        (
            "UPDATE audit_link AS a SET no = b.no, hash = b.hash FROM audit_link AS b"
            " WHERE (a.seq, b.seq) IN ((2, 3), (3, 2))",
            "row 3 was changed",
        ),
        (
            "UPDATE audit AS a SET at = b.at, subject = b.subject, detail = b.detail"
            " FROM audit AS b WHERE (a.no, b.no) IN ((2, 5), (5, 2))",
            "row 2 was changed",
        ),
        (
            "INSERT INTO audit (at, actor, action, subject, detail)"
            " VALUES (now(), 'x', 'y', 'z', '{}')",
            "row 7 was never chained",
        ),
    ],
)
def test_a_change_is_found_and_named(sealed: Centre, statement: str, says: str) -> None:
    behind_its_back(sealed, statement)
    with pytest.raises(BrokenChain, match=says):
        verify(sealed)


def test_a_chain_cut_off_at_its_end_shows_against_the_head_outside(sealed: Centre) -> None:
    behind_its_back(
        sealed,
        "WITH cut AS (DELETE FROM audit_link WHERE seq > 4 RETURNING no)"
        " DELETE FROM audit WHERE no IN (SELECT no FROM cut)",
    )
    with pytest.raises(BrokenChain, match="head of 2021-10-04"):
        verify(sealed)


def test_the_file_outside_holds_one_head_a_day(sealed: Centre, clock) -> None:
    clock.advance(days=1)
    look_up(sealed, 7)
    seal(sealed)
    lines = (sealed.settings.state_dir / HEADS).read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in lines] == ["2021-10-04", "2021-10-05"]
    assert verify(sealed) == 7


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "TRUNCATE audit CASCADE",
        "UPDATE audit_link SET seq = seq + 1",
    ],
)
def test_the_store_refuses_to_change_the_audit(sealed: Centre, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|foreign key"):
        transact(sealed.engine, lambda conn: conn.execute(text(statement)))
    assert verify(sealed) == 6


def test_a_row_belongs_to_its_transaction(centre: Centre) -> None:
    with centre.engine.connect() as conn:
        record(conn, "an officer", "look_up_plate", "plate:1", None, {})
        conn.rollback()
    assert seal(centre) == 0
    assert verify(centre) == 0


def test_rows_that_commit_out_of_order_are_chained_all(centre: Centre) -> None:
    with centre.engine.connect() as slow:
        record(slow, "an officer", "look_up_plate", "plate:slow", None, {})
        look_up(centre, 2)
        assert seal(centre) == 1
        slow.commit()
    assert seal(centre) == 1
    assert verify(centre) == 2


def test_many_writers_and_two_sealers_make_one_chain(centre: Centre) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            look_up(centre, number)

    def chain(_: int) -> int:
        return sum(seal(centre) for _ in range(10))

    jobs: list[Callable[[int], object]] = [write] * 4 + [chain] * 2
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda job: job(1), jobs))
    seal(centre)
    assert verify(centre) == 40


def test_old_rows_go_and_what_is_left_still_holds(centre: Centre) -> None:
    rewind = "UPDATE audit SET at = at - interval '400 days'"
    look_up(centre, 1)
    look_up(centre, 2)
    transact(
        centre.engine,
        lambda conn: [
            conn.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_append_only")),
            conn.execute(text(rewind)),
            conn.execute(text("ALTER TABLE audit ENABLE TRIGGER audit_append_only")),
        ],
    )
    seal(centre)
    look_up(centre, 3)
    seal(centre)
    year_ago = years_before(centre, 1)
    assert purge(centre, year_ago) == 2
    assert purge(centre, year_ago) == 0
    assert verify(centre) == 3
    seal(centre)
    assert verify(centre) == 4
    subjects = transact(
        centre.engine,
        lambda conn: conn.execute(text("SELECT subject FROM audit ORDER BY no")).all(),
    )
    assert [row.subject for row in subjects] == ["plate:3", "audit:2"]


def test_a_front_cut_off_without_a_purge_shows(sealed: Centre) -> None:
    behind_its_back(
        sealed,
        "WITH cut AS (DELETE FROM audit_link WHERE seq <= 2 RETURNING no)"
        " DELETE FROM audit WHERE no IN (SELECT no FROM cut)",
    )
    with pytest.raises(BrokenChain, match="link 2 is missing"):
        verify(sealed)


def test_the_young_are_never_purged(sealed: Centre) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        purge(sealed, years_before(sealed, 0) + timedelta(days=1))
    assert verify(sealed) == 6


def years_before(centre: Centre, years: int) -> datetime:
    """The store writes its own time into the audit: count back from that."""
    now = transact(centre.engine, lambda conn: conn.execute(text("SELECT now()")).scalar_one())
    return now - timedelta(days=365 * years)


def test_who_asked_for_what_is_kept_as_told(centre: Centre) -> None:
    audit.record(centre, "an officer", "look_up_plate", "plate:43C16839", "case 17", {"b": 1})
    row = transact(centre.engine, lambda conn: conn.execute(text("SELECT * FROM audit")).one())
    assert (row.actor, row.action, row.subject, row.purpose, row.detail) == (
        "an officer",
        "look_up_plate",
        "plate:43C16839",
        "case 17",
        {"b": 1},
    )

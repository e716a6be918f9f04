"""Transactions: all or nothing, repeated where the store says so, translated where it is away."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError, StatementError

from ioc.centre import Centre
from ioc.db import TRIES, UtcDateTime, open_engine, ping, sqlstate, text_array, transact
from ioc.errors import InvalidInput, Unavailable
from ioc.prepared import Prepared

MOMENTS = Table("moments", MetaData(), Column("n", Integer), Column("at", UtcDateTime))


def run(centre: Centre, statement: str) -> object:
    return transact(centre.engine, lambda conn: conn.execute(text(statement)))


def test_of_a_failed_transaction_nothing_happened(centre: Centre) -> None:
    run(centre, "CREATE TABLE things (n integer)")

    def work(conn: Connection) -> None:
        conn.execute(text("INSERT INTO things VALUES (1)"))
        raise KeyError("half way")

    with pytest.raises(KeyError):
        transact(centre.engine, work)
    count = text("SELECT count(*) FROM things")
    assert transact(centre.engine, lambda conn: conn.execute(count).scalar_one()) == 0


def cut_all(centre: Centre) -> None:
    """End every connection to the centre's database but this one, as a store does that restarts."""
    cut = text("""
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    """)
    other = open_engine(centre.settings.database_url)
    transact(other, lambda conn: conn.execute(cut).all())
    other.dispose()


def test_a_connection_that_was_cut_while_it_lay_idle_is_not_noticed(centre: Centre) -> None:
    run(centre, "CREATE TABLE things (n integer)")
    cut_all(centre)
    run(centre, "INSERT INTO things VALUES (1)")
    count = text("SELECT count(*) FROM things")
    assert transact(centre.engine, lambda conn: conn.execute(count).scalar_one()) == 1


def test_what_was_cut_half_way_is_done_once(centre: Centre) -> None:
    run(centre, "CREATE TABLE things (n integer)")
    tries = []

    def work(conn: Connection) -> None:
        tries.append(1)
        conn.execute(text("INSERT INTO things VALUES (1)"))
        if len(tries) == 1:
            cut_all(centre)
        conn.execute(text("INSERT INTO things VALUES (2)"))

    transact(centre.engine, work)
    count = text("SELECT count(*) FROM things")
    assert transact(centre.engine, lambda conn: conn.execute(count).scalar_one()) == 2
    assert len(tries) == 2


@pytest.mark.parametrize("texts", [[], ["43C16839"], ["a,b", "", "NULL", '"', "\\", "{}", "ạ"]])
def test_an_array_literal_is_read_as_it_was_written(centre: Centre, texts: list[str]) -> None:
    query = text("SELECT CAST(:texts AS text[])")
    values = {"texts": text_array(texts)}
    assert transact(centre.engine, lambda c: c.execute(query, values).scalar_one()) == texts


def test_a_deadlock_is_repeated_until_both_are_done(centre: Centre) -> None:
    run(centre, "CREATE TABLE things AS SELECT n, 0 AS hits FROM generate_series(1, 2) AS n")
    both_hold_one = threading.Barrier(2, timeout=20)
    tries = [0, 0]

    def cross(order: tuple[int, int]) -> None:
        def work(conn: Connection) -> None:
            me = order[0] - 1
            tries[me] += 1
            for number in order:
                conn.execute(text("UPDATE things SET hits = hits + 1 WHERE n = :n"), {"n": number})
                if number == order[0] and tries[me] == 1:
                    both_hold_one.wait()

        transact(centre.engine, work)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(cross, [(1, 2), (2, 1)]))
    hits = text("SELECT sum(hits) FROM things")
    assert transact(centre.engine, lambda conn: conn.execute(hits).scalar_one()) == 4
    assert max(tries) > 1  # on a busy machine both may be told that they waited crosswise


def test_what_fails_each_time_is_given_up(centre: Centre) -> None:
    tries = []

    def work(conn: Connection) -> None:
        tries.append(1)
        conn.execute(text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"))

    with pytest.raises(DBAPIError):
        transact(centre.engine, work)
    assert len(tries) == TRIES


def test_a_mistake_is_neither_repeated_nor_hidden(centre: Centre) -> None:
    with pytest.raises(ProgrammingError):
        run(centre, "SELECT nothing FROM nowhere")


def test_a_store_that_is_away_is_said_so() -> None:
    engine = open_engine("postgresql+psycopg2://ioc@127.0.0.1:1/ioc")
    with pytest.raises(Unavailable, match="does not answer"):
        ping(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("53100", "could not extend file: No space left on device"),
        ("58030", "could not fsync file: Input/output error"),
        ("42501", "could not open file: Read-only file system"),
        ("57P03", "the database system is starting up"),
    ],
)
def test_a_disk_that_fails_is_a_store_that_is_away(centre: Centre, state: str, words: str) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(Unavailable, match=words):
        run(centre, raising)
    with pytest.raises(ProgrammingError):
        run(centre, raising.replace(words, "permission denied").replace(state, "42501"))


def test_both_ends_of_a_connection_notice_one_that_vanishes_without_a_word(centre: Centre) -> None:
    """Within twelve seconds, not two hours."""
    with centre.engine.connect() as conn:
        handle = conn.connection.dbapi_connection.fileno()
        with socket.fromfd(handle, socket.AF_INET, socket.SOCK_STREAM) as ours:
            asked = [
                ours.getsockopt(socket.IPPROTO_TCP, option)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            ]
            assert asked == [5, 2, 3]
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 12_000
        theirs = {
            "tcp_keepalives_idle": "5",
            "tcp_keepalives_interval": "2",
            "tcp_keepalives_count": "3",
            "tcp_user_timeout": "12000",
            "idle_in_transaction_session_timeout": "1min",
        }
        assert {name: conn.execute(text(f"SHOW {name}")).scalar_one() for name in theirs} == theirs


def test_a_cut_connection_is_said_so_and_the_next_one_works(centre: Centre) -> None:
    def work(conn: Connection) -> None:
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        transact(centre.engine, work)
    ping(centre.engine)


@pytest.mark.parametrize("url", ["", "postgresql://x", "sqlite://", "postgres://x"])
def test_another_dialect_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="IOC_DATABASE_URL"):
        open_engine(url)


def test_times_are_stored_aware_in_utc_and_naive_ones_refused(centre: Centre) -> None:
    there = datetime.fromisoformat("2021-10-04T14:32:08+07:00")

    def work(conn: Connection) -> datetime:
        MOMENTS.create(conn)
        conn.execute(insert(MOMENTS).values(n=1, at=there))
        return conn.execute(select(MOMENTS.c.at)).scalar_one()

    back = transact(centre.engine, work)
    assert back.isoformat() == "2021-10-04T07:32:08+00:00"
    with pytest.raises(StatementError, match="no offset"):
        transact(
            centre.engine,
            lambda conn: conn.execute(insert(MOMENTS).values(n=2, at=there.replace(tzinfo=None))),
        )


def test_what_is_prepared_fails_and_is_repeated_as_other_statements_are(centre: Centre) -> None:
    run(centre, "CREATE TABLE things (n integer PRIMARY KEY)")
    add = Prepared("INSERT INTO things VALUES (:n)", n="integer")
    counted = Prepared("SELECT count(*) FROM things WHERE n < :below", below="integer")
    transact(centre.engine, lambda conn: add.run(conn, {"n": 1}))
    with pytest.raises(DBAPIError, match="duplicate key") as told:
        transact(centre.engine, lambda conn: add.run(conn, {"n": 1}))
    assert sqlstate(told.value) == "23505"
    cut_all(centre)
    transact(centre.engine, lambda conn: add.run(conn, {"n": 2}))
    assert transact(centre.engine, lambda conn: counted.scalars(conn, {"below": 9})) == [2]

    def cut_itself(conn: Connection) -> None:
        cut_all(centre)
        add.run(conn, {"n": 3})

    with pytest.raises(Unavailable):
        transact(centre.engine, cut_itself)
    ping(centre.engine)


def test_what_is_prepared_outlives_a_transaction_that_failed(centre: Centre) -> None:
    doubled = Prepared("SELECT :n * 2 AS n, '%' AS sign", n="integer")

    def work(conn: Connection) -> None:
        assert doubled.run(conn, {"n": 21}) == [(42, "%")]
        conn.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError):
        transact(centre.engine, work)
    assert transact(centre.engine, lambda conn: doubled.run(conn, {"n": 4})) == [(8, "%")]


def test_a_table_that_changed_under_a_prepared_statement_is_read_as_it_is_now(
    centre: Centre,
) -> None:
    whole = Prepared("SELECT * FROM changing WHERE n = :n", n="integer")
    transact(
        centre.engine, lambda conn: conn.execute(text("CREATE TABLE changing (n) AS SELECT 1"))
    )
    assert transact(centre.engine, lambda conn: whole.run(conn, {"n": 1})) == [(1,)]
    transact(centre.engine, lambda conn: conn.execute(text("ALTER TABLE changing ADD m text")))
    assert transact(centre.engine, lambda conn: whole.run(conn, {"n": 1})) == [(1, None)]


def test_a_failure_names_nobody_whom_the_statement_was_about(centre: Centre) -> None:
    about = {"name": "Nguyễn Văn An"}
    with pytest.raises(DBAPIError) as failed:
        transact(centre.engine, lambda conn: conn.execute(text("SELECT 1/0, :name"), about))
    assert "Nguyễn" not in str(failed.value)


def test_options_of_the_address_come_beside_ours_and_win(database_url: str) -> None:
    engine = open_engine(f"{database_url}?options=-c%20plan_cache_mode%3Dauto")
    with engine.connect() as conn:
        asked = [conn.execute(text(f"SHOW {name}")).scalar() for name in ("plan_cache_mode", "jit")]
    engine.dispose()
    assert asked == ["auto", "off"]

"""The tables that grow large, spread by their keys: what is run for each item asks one part alone.

Citus is no part of the tests; PostgreSQL's own partitions by hash make the same demands: each
unique key holds the column, and a query that carries it looks into one part alone.
"""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from ioc import evidence, intake
from ioc.centre import Centre
from ioc.db import array_literal, transact
from ioc.distribution import SPREAD, WIDENED, distribute, statements
from ioc.doses import store as doses
from ioc.errors import Unavailable
from ioc.health import store as health
from ioc.lookups import store as lookups
from ioc.overview import figures
from ioc.permits.model import PermitClass
from ioc.permits.service import grant_permits
from ioc.prepared import Prepared
from ioc.samples import store as samples
from ioc.subjects.holdings import IDENTITY, OF_PERSON, OF_PLATE
from ioc.vehicles import journeys, neighbours
from ioc.vehicles import store as sightings
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import trail
from ioc.venues import store as venues
from tests.dashboards.makers import GREEN, a_permit, a_read

PARTS = 8
KEYS = text("""
    SELECT c.conname, array_agg(a.attname ORDER BY array_position(c.conkey, a.attnum)) AS columns
    FROM pg_constraint AS c
    JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
    WHERE c.conrelid = CAST(:table AS regclass) AND c.contype IN ('p', 'u')
    GROUP BY c.oid, c.conname
""")
TIES = text("""
    SELECT conname FROM pg_constraint WHERE contype = 'f' AND (
        conrelid = ANY(CAST(:tables AS regclass[])) OR confrelid = ANY(CAST(:tables AS regclass[])))
    UNION ALL
    SELECT tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid = ANY(CAST(:tables AS regclass[]))
""")
COLUMNS = text("""
    SELECT attname FROM pg_attribute
    WHERE attrelid = CAST(:t AS regclass) AND attnum > 0 AND NOT attisdropped
""")
INDEXES = text("""
    SELECT indexdef FROM pg_indexes WHERE tablename = :table AND indexname NOT LIKE '%\\_pkey'
""")
ONE = "43C16839"
PERSON = "11111111-1111-4111-8111-111111111111"


def spread_by_hash(conn: Connection) -> None:
    """Turn every table of SPREAD into one that PostgreSQL spreads by the same key."""
    for table, spread in SPREAD.items():
        indexes = conn.execute(INDEXES, {"table": table}).scalars()
        again = [line.replace(" ON ONLY ", " ON ") for line in indexes]
        conn.execute(text(f"ALTER TABLE {table} RENAME TO whole"))
        like = "LIKE whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY"
        conn.execute(text(f"CREATE TABLE {table} ({like}) PARTITION BY HASH ({spread.key})"))
        conn.execute(text("DROP TABLE whole CASCADE"))
        for part in range(PARTS):
            conn.execute(
                text(
                    f"CREATE TABLE {table}_h{part} PARTITION OF {table}"
                    f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
                )
            )
        if spread.primary_key:
            columns = ", ".join(spread.primary_key)
            conn.execute(text(f"ALTER TABLE {table} ADD PRIMARY KEY ({columns})"))
        for line in again:
            conn.execute(text(line))


@pytest.fixture
def spread(centre: Centre) -> Centre:
    """The centre whose large tables are spread by hash."""
    transact(centre.engine, spread_by_hash)
    return centre


def parts_asked(conn: Connection, table: str, statement, arguments: dict) -> set[str]:
    """Return the parts of `table` that PostgreSQL really looked into.

    Planned with its values, as Citus plans what is no lookup of one row.
    """
    conn.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    explain = "EXPLAIN (ANALYZE, FORMAT JSON) "
    if isinstance(statement, Prepared):
        statement.run(conn, arguments)
        with conn.connection.cursor() as cursor:
            cursor.execute(explain + statement.call, arguments)
            [(plan,)] = cursor.fetchall()
    else:
        plan = conn.execute(text(explain + statement.text), arguments).scalar_one()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    found: set[str] = set()

    def look(node: dict) -> None:
        name = node.get("Relation Name", "")
        if name.startswith(f"{table}_h") and node["Actual Loops"]:
            found.add(name)
        for below in node.get("Plans", []):
            look(below)

    look(plan[0]["Plan"])
    return found


def asked_for_each_item(centre: Centre) -> list[tuple]:
    """Return table, statement and arguments of what is run for every read, scan, dose and test."""
    now = centre.now()
    hour = timedelta(hours=1)
    span = {"start": now - hour, "end": now, "limit": 10}
    ids = {"source": "box", "kind": "read", "ids": ["r-1"]}
    asked = {
        "plates": [ONE],
        "instants": [now],
        "refs": ["x"],
        "known": [None],
        "sure": 0.9,
        "window": hour,
        "low": now - hour,
        "high": now + hour,
    }
    last = {"plates": array_literal([ONE]), "instants": array_literal([now]), "cameras": None}
    return [
        ("intake", intake.SELECT, ids),
        ("scan_ids", venues.KNOWN_IDS, {"keys": array_literal([PERSON])}),
        ("evidence", evidence.FIND, {"sha256": "0" * 64}),
        ("evidence", evidence.NAMED, {"names": ["0" * 64]}),
        ("sightings", neighbours.NEIGHBOURS, asked),
        ("sightings", sightings.TRAIL, {"plate": ONE, "since": now - hour, "limit": 10}),
        ("sightings", journeys.FIRST_AT, {"plate": ONE, "cameras": ["cam-001"], "since": now}),
        ("sightings", lookups.LAST_OF, last),
        ("scans", venues.VISITS_OF, {"persons": array_literal([PERSON]), **span}),
        ("health_standing", health.FIND, {"persons": ["p"]}),
        ("doses", doses.HELD, {"persons": array_literal(["p"])}),
        ("tests", samples.OF_PERSONS, {"persons": array_literal(["p"])}),
    ]


def test_what_is_asked_for_each_item_looks_into_one_part(spread: Centre) -> None:
    def work(conn: Connection) -> dict[str, int]:
        return {
            f"{number} {table}": len(parts_asked(conn, table, statement, arguments))
            for number, (table, statement, arguments) in enumerate(asked_for_each_item(spread))
        }

    looked = transact(spread.engine, work)
    assert {name.split()[1] for name in looked} == set(SPREAD)
    assert set(looked.values()) == {1}, looked


def test_a_query_without_the_key_asks_every_part(spread: Centre) -> None:
    """The measure measures: by camera all parts are asked, which nobody does for each read."""
    values = {"camera": "cam-001", "since": spread.now(), "limit": 5}
    asked = transact(
        spread.engine, lambda conn: parts_asked(conn, "sightings", sightings.LATEST_OF, values)
    )
    assert len(asked) == PARTS


def test_nothing_stands_against_spreading(centre: Centre) -> None:
    """What Citus refuses: a unique key without the column, a foreign key, a trigger."""

    def work(conn: Connection) -> None:
        for table, spread in SPREAD.items():
            for _name, columns in conn.execute(KEYS, {"table": table}):
                if table in WIDENED:
                    assert set(columns) == set(spread.primary_key) - {spread.key}
                else:
                    assert tuple(columns) == spread.primary_key or spread.key in columns
        tables = array_literal(SPREAD)
        assert conn.execute(TIES, {"tables": tables}).scalars().all() == []

    transact(centre.engine, work)


def test_reads_and_figures_are_the_same_on_spread_tables(spread: Centre) -> None:
    now = spread.now()
    grant_permits(spread, "transport", [a_permit(GREEN, PermitClass.GREEN, now)])
    results = [
        record_read(spread, "box", a_read(f"r{n}", GREEN if n % 2 else f"75A{10000 + n}", now))
        for n in range(1, 9)
    ]
    assert {one.receipt.status for one in results} == {intake.IntakeStatus.RECORDED}
    assert len(trail(spread, GREEN, now - timedelta(days=1))) == 4
    assert figures(spread).values["reads_today"] == len(results)


def test_no_row_is_moved_by_changing_its_key(centre: Centre) -> None:
    """Citus refuses it: an erasure takes rows out and puts them in anew, with every column."""
    cuts = [cut for holding in (*OF_PERSON, *OF_PLATE, *IDENTITY) for cut in holding.cut]
    for table, spread in SPREAD.items():
        assert not [cut for cut in cuts if cut.startswith(f"UPDATE {table} SET {spread.key}")]
        for cut in (cut for cut in cuts if f"INSERT INTO {table} (" in cut):
            named = cut.partition(f"INSERT INTO {table} (")[2].partition(")")[0].split(", ")
            held = transact(
                centre.engine, lambda conn, t=table: conn.execute(COLUMNS, {"t": t}).scalars().all()
            )
            assert sorted(named) == sorted(held)


def test_a_store_without_citus_says_so(centre: Centre) -> None:
    with pytest.raises(Unavailable, match="no Citus"):
        transact(centre.engine, distribute)


def test_the_statements_widen_what_is_too_narrow_and_lie_beside_one_another() -> None:
    assert list(statements("sightings", 32)) == [
        "ALTER TABLE sightings DROP CONSTRAINT sightings_pkey",
        "ALTER TABLE sightings ADD CONSTRAINT sightings_pkey PRIMARY KEY (seen_at, ref, plate)",
        "SELECT create_distributed_table('sightings', 'plate', colocate_with := 'none',"
        " shard_count := 32)",
    ]
    assert list(statements("doses")) == [
        "SELECT create_distributed_table('doses', 'person', colocate_with := 'health_standing')"
    ]
    # Beside whom a table lies, that one is spread before it.
    order = list(SPREAD)
    for table, one in SPREAD.items():
        assert not one.beside or order.index(one.beside) < order.index(table)

"""What is held of a person in SQL: one small row each, kept up by who writes doses and tests."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from ioc.db import array_literal
from ioc.health.model import Standing
from ioc.prepared import Prepared

# Writers of the same person wait for one another; few enough that a batch holds them in no time.
LOCKS = 64
PERSONS, TUBES = 0x10C01, 0x10C02


def hold_persons(conn: Connection, persons: Sequence[str]) -> None:
    """Hold what is kept of persons until the transaction ends, always in the same order."""
    if persons:
        conn.execute(HOLD, {"names": array_literal(persons), "locks": LOCKS, "space": PERSONS})


def hold_tubes(conn: Connection, tubes: Sequence[str]) -> None:
    """Hold the barcodes of tubes likewise; after the persons."""
    if tubes:
        conn.execute(HOLD, {"names": array_literal(tubes), "locks": LOCKS, "space": TUBES})


def hold_everybody(conn: Connection) -> None:
    """Hold what is kept of everybody until the transaction ends."""
    conn.execute(HOLD_ALL, {"locks": LOCKS, "space": PERSONS})


def await_writers(conn: Connection) -> None:
    """Wait for whoever writes now; until the transaction ends nobody else begins.

    What is read then in the order of its numbers has no gap that fills later.
    """
    conn.execute(AWAIT, {"locks": LOCKS, "space": PERSONS})


def find(conn: Connection, persons: Sequence[str]) -> list[Standing]:
    """Return the standing of those persons of whom something is held."""
    rows = FIND.run(conn, {"persons": array_literal(persons)})
    return [Standing(*row) for row in rows]


def put_doses(conn: Connection, standings: Sequence[Standing]) -> None:
    """Keep what doses say of persons; what tests say stays as it is."""
    rows = sorted(standings, key=lambda standing: standing.person)
    values = {
        "persons": array_literal(row.person for row in rows),
        "doses": array_literal(row.doses for row in rows),
        "last": array_literal(row.last_dose_at for row in rows),
        "full": array_literal(row.full_at for row in rows),
    }
    if rows:
        conn.execute(PUT_DOSES, values)


def put_tests(conn: Connection, standings: Sequence[Standing]) -> None:
    """Keep what tests say of persons; what doses say stays as it is."""
    rows = sorted(standings, key=lambda standing: standing.person)
    values = {
        "persons": array_literal(row.person for row in rows),
        "positive": array_literal(row.positive_at for row in rows),
        "recovered": array_literal(row.recovered_at for row in rows),
        "negative": array_literal(row.negative_until for row in rows),
    }
    if rows:
        conn.execute(PUT_TESTS, values)


def drop_empty(conn: Connection, persons: Sequence[str]) -> None:
    """Delete the rows of persons of whom neither a dose nor a test is held any more."""
    conn.execute(DROP_EMPTY, {"persons": array_literal(persons)})


# One lock a bucket of names, taken in the order of the buckets.
HOLD = text("""
    SELECT pg_advisory_xact_lock(:space, bucket) FROM (
        SELECT DISTINCT mod(abs(hashtext(name)::bigint), :locks)::int AS bucket
        FROM unnest(CAST(:names AS text[])) AS name ORDER BY 1
    ) AS buckets
""")
HOLD_ALL = text("""
    SELECT pg_advisory_xact_lock(:space, bucket) FROM generate_series(0, :locks - 1) AS bucket
""")
AWAIT = text("""
    SELECT pg_advisory_xact_lock_shared(:space, bucket)
    FROM generate_series(0, :locks - 1) AS bucket
""")
# Asked by every batch of scans.
FIND = Prepared(
    """
    SELECT person, doses, last_dose_at, full_at, positive_at, recovered_at, negative_until
    FROM health_standing WHERE person = ANY(:persons)
""",
    persons="text[]",
)
PUT_DOSES = text("""
    INSERT INTO health_standing AS s (person, doses, last_dose_at, full_at)
    SELECT * FROM unnest(CAST(:persons AS text[]), CAST(:doses AS smallint[]),
        CAST(:last AS timestamptz[]), CAST(:full AS timestamptz[]))
    ON CONFLICT (person) DO UPDATE SET doses = excluded.doses,
        last_dose_at = excluded.last_dose_at, full_at = excluded.full_at
""")
PUT_TESTS = text("""
    INSERT INTO health_standing AS s (person, positive_at, recovered_at, negative_until)
    SELECT * FROM unnest(CAST(:persons AS text[]), CAST(:positive AS timestamptz[]),
        CAST(:recovered AS timestamptz[]), CAST(:negative AS timestamptz[]))
    ON CONFLICT (person) DO UPDATE SET positive_at = excluded.positive_at,
        recovered_at = excluded.recovered_at, negative_until = excluded.negative_until
""")
DROP_EMPTY = text("""
    DELETE FROM health_standing WHERE person = ANY(CAST(:persons AS text[])) AND doses = 0
        AND positive_at IS NULL AND recovered_at IS NULL AND negative_until IS NULL
""")

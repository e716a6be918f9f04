"""Scans, points and occupancy in SQL. Scans are append-only, and come by the thousand a second."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from ioc.prepared import Prepared
from ioc.venues.model import Visit, Way

# check_violation: "no partition of relation found for row"
NO_PARTITION = "23514"


class Kept(NamedTuple):
    """A scan as it is kept: `key` stands for source and id, `digest` for its content.

    `micros` are microseconds since 1970, `quarter` the number of its quarter-hour since then;
    `reason` is None where somebody was simply admitted: most are.
    """

    key: str
    digest: int
    day: date
    person: str
    point: str
    is_in: bool
    micros: int
    format: str
    proof: str
    admit: bool
    reason: str | None
    source: str
    quarter: int


class Known(NamedTuple):
    """What is known of an id that came before."""

    digest: int
    admit: bool
    reason: str | None


def add_scans(conn: Connection, rows: Sequence[Kept], at: datetime) -> set[str]:
    """Enter ids and insert the scans whose ids are new; return the keys of those.

    `rows` hold each key once. Ids go in sorted, so that writers of the same ids wait for one
    another instead of deadlocking; one statement does both, and costs one round trip.
    """
    (
        keys,
        digests,
        days,
        persons,
        points,
        ins,
        micros,
        formats,
        proofs,
        admits,
        reasons,
        sources,
        _,
    ) = zip(*rows, strict=True)
    arguments = {
        "keys": _plain(keys),
        "digests": _plain(map(str, digests)),
        "days": _days(days),
        "persons": _plain(persons),
        "points": _plain(points, '"'),
        "ins": _plain(map(BITS.__getitem__, ins)),
        "micros": _plain(map(str, micros)),
        "formats": _plain(formats),
        "proofs": _plain(proofs),
        "admits": _plain(map(BITS.__getitem__, admits)),
        "reasons": _plain("NULL" if one is None else one for one in reasons),
        "sources": _plain(sources, '"'),
        "at": at,
    }
    return set(ADD_SCANS.scalars(conn, arguments))


def known_ids(conn: Connection, keys: Sequence[str]) -> dict[str, Known]:
    """Return what is known of ids that came before, by key."""
    rows = conn.execute(KNOWN_IDS, {"keys": _plain(keys)})
    return {row.key: Known(row.digest, row.admit, row.reason) for row in rows}


def add_occupancy(conn: Connection, rows: Sequence[tuple[str, date, int, int, int]]) -> None:
    """Add site, counting day, in, out, last scan (microseconds since 1970).

    Sorted, so that two writers never wait crosswise; a row a writer (its backend's number mod 16),
    so that none waits for another at all.
    """
    if not rows:
        return
    sites, days, ins, outs, last = zip(*sorted(rows), strict=True)
    arguments = {
        "sites": _plain(sites, '"'),
        "days": _days(days),
        "ins": _plain(map(str, ins)),
        "outs": _plain(map(str, outs)),
        "micros": _plain(map(str, last)),
    }
    ADD_OCCUPANCY.run(conn, arguments)


def occupancy_of(
    conn: Connection, days: Sequence[date]
) -> dict[tuple[str, date], tuple[int, int, datetime]]:
    """Return in, out and the last scan by site and counting day."""
    rows = conn.execute(OCCUPANCY, {"days": list(days)})
    return {(row.site, row.day): (int(row.ins), int(row.outs), row.last_at) for row in rows}


def add_point_states(
    conn: Connection, source: str, rows: Sequence[tuple[str, bool, datetime]], at: datetime
) -> None:
    """Keep that points were opened or shut from instants on."""
    if rows:
        values = {"source": source, "at": at}
        conn.execute(ADD_POINT_STATES, [
            {**values, "point": point, "is_active": active, "since": since}
            for point, active, since in rows
        ])  # fmt: skip


def point_states(conn: Connection) -> dict[str, list[tuple[datetime, bool]]]:
    """Return every change of every point, by point, oldest first."""
    states: dict[str, list[tuple[datetime, bool]]] = {}
    for row in conn.execute(POINT_STATES):
        states.setdefault(row.point, []).append((row.since, row.is_active))
    return states


def visits_of(
    conn: Connection, persons: Sequence[str], start: datetime, end: datetime, limit: int
) -> list[Visit]:
    """Return where persons were scanned in start <= scanned_at < end, oldest first."""
    values = {"persons": _plain(persons), "start": start, "end": end, "limit": limit}
    return [_visit(row) for row in conn.execute(VISITS_OF, values)]


def visits_at(
    conn: Connection, point: str, start: datetime, end: datetime, limit: int
) -> list[Visit]:
    """Return who was scanned at a point in start <= scanned_at < end, oldest first."""
    values = {"point": point, "start": start, "end": end, "limit": limit}
    return [_visit(row) for row in conn.execute(VISITS_AT, values)]


def create_day(conn: Connection, day: date, starts: datetime, ends: datetime) -> None:
    """Make the partition of one day of the city; again changes nothing."""
    conn.execute(CREATE_DAY, {"name": f"{day:%Y%m%d}", "starts": starts, "ends": ends})


def finish_day(conn: Connection, day: date) -> None:
    """Give a day that is over the indexes of tracing; again changes nothing."""
    conn.execute(FINISH_DAY, {"name": f"{day:%Y%m%d}"})


def days_held(conn: Connection) -> list[date]:
    """Return the days of the city whose scans are held, oldest first."""
    return [date.fromisoformat(name) for name in conn.execute(DAYS).scalars()]


def days_unfinished(conn: Connection) -> list[date]:
    """Return the days held that lack the indexes of tracing, oldest first."""
    return [date.fromisoformat(name) for name in conn.execute(UNFINISHED).scalars()]


def drop_day(conn: Connection, day: date) -> None:
    """Drop the scans of a day; its seal is written in the same transaction."""
    conn.execute(DROP_DAY, {"name": f"{day:%Y%m%d}"})


def drop_ids(conn: Connection, before: date) -> int:
    """Delete the ids of scans of days before a day; return how many."""
    return conn.execute(DROP_IDS, {"before": before}).rowcount


def drop_occupancy(conn: Connection, before: date) -> int:
    """Delete the occupancy of days before a day; return how many rows went."""
    return conn.execute(DROP_OCCUPANCY, {"before": before}).rowcount


def counts_held(conn: Connection, start: datetime, end: datetime) -> list[Row[Any]]:
    """Return point, is_in, admit, n of scans in start <= scanned_at < end."""
    return list(conn.execute(COUNTS, {"start": start, "end": end}))


def _plain(words: Iterable[str], quote: str = "") -> str:
    """Return an array literal of words that need no quoting, or that `quote` does not occur in."""
    return "{" + quote + f"{quote},{quote}".join(words) + quote + "}"


def _days(days: Sequence[date]) -> str:
    """Return an array literal of days: there are few, and each is spelled once."""
    texts = {day: day.isoformat() for day in set(days)}
    return _plain(map(texts.__getitem__, days))


def _visit(row: Row[Any]) -> Visit:
    direction = Way.IN if row.is_in else Way.OUT
    return Visit(row.person.replace("-", ""), row.point, direction, row.scanned_at)


BITS = {True: "t", False: "f"}
ADD_SCANS = Prepared(
    """
    WITH item AS MATERIALIZED (
        SELECT * FROM unnest(:keys, :digests, :days, :persons, :points, :ins, :micros, :formats,
            :proofs, :admits, :reasons, :sources
        ) AS item (key, digest, day, person, point, is_in, micros, format, proof, admit, reason,
            source)
    ), fresh AS (
        INSERT INTO scan_ids (key, digest, day, admit, reason)
        SELECT key, digest, day, admit, reason FROM item ORDER BY key
        ON CONFLICT DO NOTHING RETURNING key
    ), kept AS (
        INSERT INTO scans (key, person, point, is_in, scanned_at, known_at, format, proof, admit,
            reason, source)
        SELECT key, person, point, is_in,
            timestamptz 'epoch' + micros * interval '1 microsecond', :at, format, proof, admit,
            reason, source
        FROM item JOIN fresh USING (key)
    )
    SELECT encode(uuid_send(key), 'hex') FROM fresh
""",
    keys="uuid[]",
    digests="bigint[]",
    days="date[]",
    persons="uuid[]",
    points="text[]",
    ins="boolean[]",
    micros="bigint[]",
    formats="text[]",
    proofs="text[]",
    admits="boolean[]",
    reasons="text[]",
    sources="text[]",
    at="timestamptz",
)
KNOWN_IDS = text("""
    SELECT encode(uuid_send(key), 'hex') AS key, digest, admit, reason FROM scan_ids
    WHERE key = ANY(CAST(:keys AS uuid[]))
""")
ADD_OCCUPANCY = Prepared(
    """
    INSERT INTO occupancy AS o (site, day, slot, ins, outs, last_at)
    SELECT site, day, mod(pg_backend_pid(), 16), ins, outs,
        timestamptz 'epoch' + micros * interval '1 microsecond'
    FROM unnest(:sites, :days, :ins, :outs, :micros) AS item (site, day, ins, outs, micros)
    ON CONFLICT (site, day, slot) DO UPDATE SET ins = o.ins + excluded.ins,
        outs = o.outs + excluded.outs, last_at = greatest(o.last_at, excluded.last_at)
""",
    sites="text[]",
    days="date[]",
    ins="bigint[]",
    outs="bigint[]",
    micros="bigint[]",
)
OCCUPANCY = text("""
    SELECT site, day, sum(ins) AS ins, sum(outs) AS outs, max(last_at) AS last_at FROM occupancy
    WHERE day = ANY(CAST(:days AS date[])) GROUP BY site, day
""")
ADD_POINT_STATES = text("""
    INSERT INTO point_states (point, is_active, since, source, known_at)
    VALUES (:point, :is_active, :since, :source, :at)
""")
POINT_STATES = text("SELECT point, is_active, since FROM point_states ORDER BY since, no")
VISITS = "SELECT CAST(person AS text) AS person, point, is_in, scanned_at FROM scans"
VISITS_OF = text(f"""
    {VISITS} WHERE person = ANY(CAST(:persons AS uuid[]))
        AND scanned_at >= :start AND scanned_at < :end ORDER BY scanned_at LIMIT :limit
""")
VISITS_AT = text(f"""
    {VISITS} WHERE point = :point AND scanned_at >= :start AND scanned_at < :end
    ORDER BY scanned_at LIMIT :limit
""")
CREATE_DAY = text("SELECT create_scans_day(:name, :starts, :ends)")
FINISH_DAY = text("SELECT finish_scans_day(:name)")
DROP_DAY = text("SELECT drop_scans_day(:name)")
HELD = """
    SELECT substr(c.relname, 7) AS name, c.oid FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'scans'::regclass
"""
DAYS = text(f"SELECT name FROM ({HELD}) AS held ORDER BY 1")
UNFINISHED = text(f"""
    SELECT name FROM ({HELD}) AS held
    WHERE (SELECT count(*) FROM pg_index AS x WHERE x.indrelid = held.oid) < 3 ORDER BY 1
""")
DROP_IDS = text("DELETE FROM scan_ids WHERE day < :before")
DROP_OCCUPANCY = text("DELETE FROM occupancy WHERE day < :before")
COUNTS = text("""
    SELECT point, is_in, admit, count(*) AS n FROM scans
    WHERE scanned_at >= :start AND scanned_at < :end GROUP BY 1, 2, 3
""")

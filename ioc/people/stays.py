"""Waves of people who come together, and guests of lodgings, in SQL."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.people.model import Means, Wave, WaveCount


def add_waves(conn: Connection, waves: Sequence[Wave], source: str, at: datetime) -> None:
    """Insert waves that were announced now."""
    if waves:
        rows = json.dumps([vars(wave) for wave in waves], default=str)
        conn.execute(ADD_WAVES, {"rows": rows, "source": source, "at": at})


def known_waves(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Return those of the waves that were announced."""
    return set(conn.execute(KNOWN_WAVES, {"ids": list(ids)}).scalars())


def counted_waves(conn: Connection, since: datetime, limit: int) -> list[WaveCount]:
    """Return the waves that arrive from an instant on, the next first, with their people."""
    return [
        WaveCount(wave_from(row), row.declared, row.approved, row.arrived)
        for row in conn.execute(COUNTED_WAVES, {"since": since, "limit": limit})
    ]


def drop_waves(conn: Connection, before: datetime) -> int:
    """Delete the waves that arrived before an instant."""
    return conn.execute(DROP_WAVES, {"before": before}).rowcount


def add_lodgings(
    conn: Connection, rows: Sequence[Mapping[str, Any]], source: str, at: datetime
) -> None:
    """Insert stays that were told now."""
    if rows:
        values = {"rows": json.dumps(rows, default=str), "source": source, "at": at}
        conn.execute(ADD_LODGINGS, values)


def lodgings_counted(conn: Connection, zone: str, before: datetime | None) -> list[Row[Any]]:
    """Return how many stays were told by day and unit; only those that ended before, if given."""
    return list(conn.execute(LODGINGS_COUNTED, {"zone": zone, "before": before}))


def drop_lodgings(conn: Connection, before: datetime) -> int:
    """Delete the stays that ended before an instant."""
    return conn.execute(DROP_LODGINGS, {"before": before}).rowcount


def wave_from(row: Row[Any]) -> Wave:
    """Return the value of a row."""
    return Wave(
        row.id, Means(row.means), row.name, row.expected, row.arrives_at, row.origin, row.point
    )


ADD_WAVES = text("""
    INSERT INTO waves (id, source, means, name, expected, arrives_at, origin, point, received_at)
    SELECT id, :source, means, name, expected, arrives_at, origin, point, :at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        id text, means text, name text, expected integer, arrives_at timestamptz, origin text,
        point text)
    ON CONFLICT (id) DO NOTHING
""")
KNOWN_WAVES = text("SELECT id FROM waves WHERE id = ANY(:ids)")
COUNTED_WAVES = text("""
    SELECT w.*, coalesce(d.declared, 0) AS declared, coalesce(d.approved, 0) AS approved,
        coalesce(d.arrived, 0) AS arrived
    FROM waves AS w LEFT JOIN LATERAL (
        SELECT sum(cardinality(people)) AS declared,
            sum(cardinality(people)) FILTER (WHERE state IN ('approved', 'arrived')) AS approved,
            sum(cardinality(people)) FILTER (WHERE arrived_at IS NOT NULL) AS arrived
        FROM declarations WHERE wave = w.id AND state <> 'withdrawn'
    ) AS d ON true
    WHERE w.arrives_at >= :since ORDER BY w.arrives_at, w.id LIMIT :limit
""")
DROP_WAVES = text("DELETE FROM waves WHERE arrives_at < :before")
ADD_LODGINGS = text("""
    INSERT INTO lodgings (ref, source, lodging_id, person, lodging, unit, from_at, until_at,
        received_at)
    SELECT ref, :source, id, person, lodging, unit, from_at, until_at, :at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, id text, person text, lodging text, unit text, from_at timestamptz,
        until_at timestamptz)
""")
LODGINGS_COUNTED = text("""
    SELECT CAST(timezone(:zone, received_at) AS date) AS day, coalesce(unit, 'unknown') AS unit,
        count(*) AS n
    FROM lodgings WHERE CAST(:before AS timestamptz) IS NULL OR until_at < :before GROUP BY 1, 2
""")
DROP_LODGINGS = text("DELETE FROM lodgings WHERE until_at < :before")

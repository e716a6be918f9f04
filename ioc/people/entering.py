"""Who was seen to come in, in SQL: passages of persons, and one held row for each who ever did."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.people.model import Passage, Seen
from ioc.prepared import Prepared

Found = dict[str, list[Seen]]


def hold(conn: Connection, heads: Sequence[str]) -> None:
    """Hold the rows of persons, by head and in order: nobody else tells their entries meanwhile."""
    HOLD.run(conn, {"heads": text_array(sorted(set(heads)))})


def near(
    conn: Connection, heads: Sequence[str], first: datetime, last: datetime, same: timedelta
) -> Found:
    """Return by head what was seen of persons up to `same` before `first` and after `last`."""
    span = {"since": first - same, "until": last + same}
    return _found(NEAR.run(conn, {"heads": text_array(heads), **span}))


def of(conn: Connection, heads: Sequence[str]) -> Found:
    """Return by head all that is kept of persons."""
    return _found(conn.execute(ALL, {"heads": text_array(heads)}))


def keep(conn: Connection, rows: Sequence[tuple[str, Seen, bool]]) -> None:
    """Keep passages, by head, with whether each begins an entry; one that is there is changed."""
    values = [
        {"head": head, "person": s.person, "at": s.at, "place": s.place, "is_entry": is_entry}
        for head, s, is_entry in sorted(rows, key=lambda row: (row[1].person, row[1].at))
    ]
    if values:
        KEEP.run(conn, {"rows": json.dumps(values, default=str)})


def rehead(conn: Connection, heads_of: Mapping[str, str]) -> None:
    """Let the passages of persons stand under other heads."""
    refs = sorted(heads_of)
    values = {"refs": text_array(refs), "heads": text_array(heads_of[ref] for ref in refs)}
    conn.execute(REHEAD, values)


def known(conn: Connection, passages: Sequence[Passage]) -> set[Passage]:
    """Return those of the passages that are kept already."""
    rows = [{"person": p.person, "at": p.at, "place": p.place} for p in passages]
    found = KNOWN.run(conn, {"rows": json.dumps(rows, default=str)})
    return {Passage(row.person, row.at, row.place) for row in found}


def entries_counted(conn: Connection, zone: str, before: datetime | None) -> list[Row[Any]]:
    """Return how many entries there were by day and place; only those before, if given."""
    return list(conn.execute(COUNTED, {"zone": zone, "before": before}))


def drop(conn: Connection, before: datetime) -> int:
    """Delete what was seen before an instant, and who was not seen since."""
    gone = conn.execute(DROP, {"before": before}).rowcount
    conn.execute(DROP_HEADS)
    return gone


def _found(rows: Any) -> Found:
    found: Found = {}
    for row in rows:
        found.setdefault(row.head, []).append(Seen(row.at, row.place, row.person, row.is_entry))
    return found


HOLD = Prepared(
    """
    INSERT INTO entrants (head)
    SELECT head FROM unnest(CAST(:heads AS text[])) AS item (head) ORDER BY head
    ON CONFLICT (head) DO UPDATE SET held = entrants.held + 1
""",
    heads="text[]",
)
NEAR = Prepared(
    """
    SELECT head, at, place, person, is_entry FROM passages
    WHERE head = ANY(CAST(:heads AS text[])) AND at >= :since AND at <= :until
    ORDER BY head, at, place
""",
    heads="text[]",
    since="timestamptz",
    until="timestamptz",
)
ALL = text("""
    SELECT head, at, place, person, is_entry FROM passages
    WHERE head = ANY(CAST(:heads AS text[])) ORDER BY head, at, place
""")
KEEP = Prepared(
    """
    INSERT INTO passages (person, at, place, head, is_entry)
    SELECT person, at, place, head, is_entry
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        head text, person text, at timestamptz, place text, is_entry boolean)
    ON CONFLICT (person, at, place) DO UPDATE SET is_entry = excluded.is_entry
""",
    rows="jsonb",
)
REHEAD = text("""
    UPDATE passages AS p SET head = item.head
    FROM unnest(CAST(:refs AS text[]), CAST(:heads AS text[])) AS item (ref, head)
    WHERE p.person = item.ref AND p.head <> item.head
""")
KNOWN = Prepared(
    """
    SELECT p.person, p.at, p.place FROM passages AS p
    JOIN jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (person text, at timestamptz, place text)
        USING (person, at, place)
""",
    rows="jsonb",
)
COUNTED = text("""
    SELECT CAST(timezone(:zone, at) AS date) AS day, place, count(*) AS n FROM passages
    WHERE is_entry AND (CAST(:before AS timestamptz) IS NULL OR at < :before)
    GROUP BY 1, 2
""")
DROP = text("DELETE FROM passages WHERE at < :before")
DROP_HEADS = text("""
    DELETE FROM entrants AS e WHERE NOT EXISTS (SELECT 1 FROM passages AS p WHERE p.head = e.head)
""")

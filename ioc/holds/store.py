"""Holds, and the rows and pictures that are kept apart for them, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.holds.model import HeldKind, Kept, LegalHold


def add(conn: Connection, hold: LegalHold) -> int | None:
    """Keep a hold and return its number; None where one like it stands."""
    values = {**vars(hold), "kind": hold.kind.value}
    return conn.execute(ADD, values).scalar_one_or_none()


def release(conn: Connection, no: int, at: datetime, actor: str, why: str) -> bool:
    """Note that a hold was released; tell whether it stood."""
    return bool(conn.execute(RELEASE, {"no": no, "at": at, "actor": actor, "why": why}).rowcount)


def holds(conn: Connection, limit: int) -> list[LegalHold]:
    """Return holds: those that stand by their day of review, then released ones, newest first."""
    return [_hold(row) for row in conn.execute(HOLDS, {"limit": limit})]


def standing(conn: Connection, *, only_new: bool) -> list[LegalHold]:
    """Return the holds that stand; only those for which nothing was kept yet, if so asked."""
    return [_hold(row) for row in conn.execute(STANDING, {"only_new": only_new})]


def is_alert(conn: Connection, number: int) -> bool:
    """Tell whether there is an alert of that number."""
    return conn.execute(IS_ALERT, {"alert": number}).scalar_one_or_none() is not None


def keep(conn: Connection, no: int, kept: Kept, asked: Mapping[str, Any], at: datetime) -> int:
    """Copy what a table holds now beside what was copied before; return how many rows are new."""
    statement = f"""
        INSERT INTO hold_rows (hold, of_table, digest, content, kept_at)
        SELECT :_no, :_table, md5(CAST(to_jsonb({kept.table}) AS text)),
            to_jsonb({kept.table}), :_at
        FROM {kept.table} WHERE {kept.where} ON CONFLICT DO NOTHING
    """
    values = {**asked, "_no": no, "_table": kept.table, "_at": at}
    return conn.execute(text(statement), values).rowcount


def keep_pictures(conn: Connection, no: int) -> None:
    """Note the pictures that the rows of a hold name, so that no purge takes them."""
    conn.execute(KEEP_PICTURES, {"no": no})


def mark(conn: Connection, no: int, at: datetime) -> None:
    """Note when what a hold is on was kept."""
    conn.execute(MARK, {"no": no, "at": at})


def rows_of(conn: Connection, no: int) -> Sequence[Row[Any]]:
    """Return of_table, content, kept_at of the rows that are kept for a hold."""
    return conn.execute(ROWS, {"no": no}).all()


def forget_released(conn: Connection) -> int:
    """Delete what was kept for holds that were released; return how many rows."""
    conn.execute(FORGET_PICTURES)
    return conn.execute(FORGET_ROWS).rowcount


def drop(conn: Connection, released_before: datetime) -> int:
    """Delete holds released before an instant; return how many."""
    return conn.execute(DROP, {"before": released_before}).rowcount


def count_kept(conn: Connection) -> Row[Any]:
    """Return holds, rows, pictures: what stands, and what lies apart for it."""
    return conn.execute(COUNT).one()


def _hold(row: Row[Any]) -> LegalHold:
    return LegalHold(**{**row._mapping, "kind": HeldKind(row.kind)})


ADD = text("""
    INSERT INTO legal_holds (kind, subject, reason, review_on, held_at, held_by)
    VALUES (:kind, :subject, :reason, :review_on, :held_at, :held_by)
    ON CONFLICT DO NOTHING RETURNING no
""")
RELEASE = text("""
    UPDATE legal_holds SET released_at = :at, released_by = :actor, why_released = :why
    WHERE no = :no AND released_at IS NULL
""")
SELECT = """
    SELECT h.no, h.kind, h.subject, h.reason, h.review_on, h.held_at, h.held_by, h.kept_at,
        h.released_at, h.released_by, h.why_released,
        (SELECT count(*) FROM hold_rows WHERE hold = h.no) AS rows,
        (SELECT count(*) FROM hold_pictures WHERE hold = h.no) AS pictures
    FROM legal_holds AS h
"""
HOLDS = text(f"""{SELECT}
    ORDER BY h.released_at IS NOT NULL, CASE WHEN h.released_at IS NULL THEN h.review_on END,
        h.no DESC
    LIMIT :limit
""")
STANDING = text(f"""{SELECT}
    WHERE h.released_at IS NULL AND (NOT :only_new OR h.kept_at IS NULL) ORDER BY h.no
""")
IS_ALERT = text("SELECT 1 FROM alerts WHERE id = :alert")
KEEP_PICTURES = text("""
    INSERT INTO hold_pictures (hold, sha256)
    SELECT DISTINCT :no, picture FROM hold_rows AS r, unnest(ARRAY[
        r.content ->> 'plate_picture', r.content ->> 'frame_picture']) AS picture
    WHERE r.hold = :no AND picture IS NOT NULL ON CONFLICT DO NOTHING
""")
MARK = text("UPDATE legal_holds SET kept_at = :at WHERE no = :no")
ROWS = text("SELECT of_table, content, kept_at FROM hold_rows WHERE hold = :no ORDER BY no")
RELEASED = "hold IN (SELECT no FROM legal_holds WHERE released_at IS NOT NULL)"
FORGET_PICTURES = text(f"DELETE FROM hold_pictures WHERE {RELEASED}")
FORGET_ROWS = text(f"DELETE FROM hold_rows WHERE {RELEASED}")
DROP = text("DELETE FROM legal_holds WHERE released_at < :before")
COUNT = text("""
    SELECT (SELECT count(*) FROM legal_holds WHERE released_at IS NULL) AS holds,
        (SELECT count(*) FROM hold_rows) AS rows, (SELECT count(*) FROM hold_pictures) AS pictures
""")

"""Rows of any table, made of what its columns need: for tests of what is kept and what goes."""

import uuid
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, text

NUMBERS = count(1)
COLUMNS = text("""
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = :table AND is_nullable = 'NO'
        AND column_default IS NULL AND is_identity = 'NO'
""")


def add_row(conn: Connection, table: str, at: datetime, **given: object) -> None:
    """Insert a row whose every time is `at`; texts and numbers that it needs are unique."""
    made = {
        "timestamp with time zone": at,
        "date": at.date(),
        "ARRAY": "{}",
        "jsonb": "{}",
        "bytea": b"\0",
        "boolean": False,
    }
    values = {}
    for name, kind in conn.execute(COLUMNS, {"table": table}):
        fresh = uuid.uuid4().hex if kind in ("text", "uuid") else next(NUMBERS)
        values[name] = made.get(kind, fresh)
    values |= given
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    conn.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)

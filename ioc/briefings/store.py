"""Issues in SQL: they are added, never changed; so are their signatures and amendments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.briefings.model import Amendment, Issue, Signature, Stage


def add(conn: Connection, issue: Issue) -> int:
    """Insert an issue; return its id.

    In a snapshot, a number that was taken meanwhile fails to be serialised: see `transact`.
    """
    values = {name: getattr(issue, name) for name in COLUMNS}
    return int(conn.execute(ADD, values).scalar_one())


def latest(conn: Connection, day: date) -> Issue | None:
    """Return the newest version of the report of a day, None while there is none."""
    rows = conn.execute(LATEST, {"day": day}).all()
    return next(iter(_issues(conn, rows)), None)


def newest(conn: Connection, limit: int) -> list[Issue]:
    """Return issues without their texts, the newest day first, of a day the newest version."""
    return _issues(conn, conn.execute(NEWEST, {"limit": limit}).all())


def current(conn: Connection, since: date) -> list[Issue]:
    """Return the newest version of each day from `since` on, the oldest day first."""
    return _issues(conn, conn.execute(CURRENT, {"since": since}).all())


def find(conn: Connection, number: int, version: int) -> Issue | None:
    """Return the issue of a number and version, None where there is none."""
    rows = conn.execute(FIND, {"number": number, "version": version}).all()
    return next(iter(_issues(conn, rows)), None)


def next_number(conn: Connection) -> int:
    """Return the number of the next day that gets a report."""
    return int(conn.execute(NEXT_NUMBER).scalar_one())


def sign(conn: Connection, issue: int, signature: Signature) -> bool:
    """Keep a signature; False when the line is signed, or the account has signed, already."""
    values = {
        "briefing": issue,
        "stage": signature.stage,
        "role": signature.role,
        "account": signature.account,
        "name": signature.name,
        "at": signature.at,
    }
    return conn.execute(SIGN, values).rowcount == 1


def amend(conn: Connection, issue: int, amendments: Sequence[Amendment]) -> None:
    """Keep what differs from now on."""
    for one in amendments:
        values = {"briefing": issue, "figure": one.figure, "n": one.n, "at": one.noted_at}
        conn.execute(AMEND, values)


def amendments(conn: Connection, issue: int) -> list[Amendment]:
    """Return what each figure of an issue differs by, as it was noted last, nought among it."""
    rows = conn.execute(AMENDMENTS, {"briefing": issue})
    return [Amendment(row.figure, row.n, row.noted_at) for row in rows]


def marks(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return of each issue what changes whenever it is signed or amended."""
    rows = conn.execute(MARKS, {"ids": list(ids)})
    return {row.id: f"{row.signed}.{row.amended}" for row in rows}


def drop(conn: Connection, before: date) -> int:
    """Delete the issues of days before `before` with all that hangs on them; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


def _issues(conn: Connection, rows: Sequence[Row[Any]]) -> list[Issue]:
    signed: dict[int, list[Signature]] = {row.id: [] for row in rows}
    for row in conn.execute(SIGNATURES, {"ids": list(signed)}) if rows else ():
        one = Signature(Stage(row.stage), row.role, row.account, row.name, row.at)
        signed[row.briefing].append(one)
    return [
        Issue(
            id=row.id,
            number=row.number,
            version=row.version,
            day=row.day,
            cut_off=row.cut_off,
            digest=row.digest,
            frozen_at=row.frozen_at,
            frozen_by=row.frozen_by,
            text=row.text,
            signatures=tuple(signed[row.id]),
        )
        for row in rows
    ]


COLUMNS = ("number", "version", "day", "cut_off", "digest", "frozen_at", "frozen_by", "text")
ADD = text("""
    INSERT INTO briefings (number, version, day, cut_off, digest, frozen_at, frozen_by, text)
    VALUES (:number, :version, :day, :cut_off, :digest, :frozen_at, :frozen_by, :text)
    ON CONFLICT DO NOTHING RETURNING id
""")
LATEST = text("SELECT * FROM briefings WHERE day = :day ORDER BY version DESC LIMIT 1")
NEWEST = text("""
    SELECT id, number, version, day, cut_off, digest, frozen_at, frozen_by, '' AS text
    FROM briefings ORDER BY day DESC, version DESC LIMIT :limit
""")
CURRENT = text("""
    SELECT DISTINCT ON (day) * FROM briefings WHERE day >= :since ORDER BY day, version DESC
""")
FIND = text("SELECT * FROM briefings WHERE number = :number AND version = :version")
NEXT_NUMBER = text("SELECT coalesce(max(number), 0) + 1 FROM briefings")
SIGNATURES = text("""
    SELECT * FROM briefing_signatures WHERE briefing = ANY(:ids) ORDER BY no
""")
SIGN = text("""
    INSERT INTO briefing_signatures (briefing, stage, role, account, name, at)
    VALUES (:briefing, :stage, :role, :account, :name, :at) ON CONFLICT DO NOTHING
""")
AMEND = text("""
    INSERT INTO briefing_amendments (briefing, figure, n, noted_at)
    VALUES (:briefing, :figure, :n, :at)
""")
AMENDMENTS = text("""
    SELECT DISTINCT ON (figure) figure, n, noted_at FROM briefing_amendments
    WHERE briefing = :briefing ORDER BY figure, no DESC
""")
MARKS = text("""
    SELECT b.id,
        (SELECT count(*) FROM briefing_signatures AS s WHERE s.briefing = b.id) AS signed,
        (SELECT coalesce(max(a.no), 0) FROM briefing_amendments AS a WHERE a.briefing = b.id)
            AS amended
    FROM briefings AS b WHERE b.id = ANY(:ids)
""")
DROP = text("DELETE FROM briefings WHERE day < :before")

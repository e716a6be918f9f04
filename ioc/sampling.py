"""Look-ups drawn each month for the auditor: nobody knows beforehand which will be asked about.

The draw hangs on the last link of the chain in that month: anybody can draw it again, nobody
can choose it. Everybody who looked is drawn at least once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc import audit
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.privacy import mask_plate
from ioc.vehicles.plate import display

# Opening a desk is of nobody in particular; all it holds is of those who work on it.
DESK = "desk_seen"
LONGEST = 500
# How many months are offered to be drawn again.
MOST_MONTHS = 12


class AuditFinding(StrEnum):
    """What the auditor finds of a look-up."""

    JUSTIFIED = "justified"
    UNCLEAR = "unclear"
    UNJUSTIFIED = "unjustified"


@dataclass(frozen=True)
class Drawn:
    """A look-up that was drawn: a plate is masked, a person is a pseudonym."""

    entry: int
    at: datetime
    actor: str
    action: str
    subject: str
    purpose: str
    finding: AuditFinding | None = None
    note: str | None = None
    found_at: datetime | None = None
    found_by: str | None = None


@dataclass(frozen=True)
class Found:
    """One word of the auditor on a look-up: what he found, why, when and who he is."""

    finding: AuditFinding
    note: str | None
    at: datetime
    actor: str


@dataclass(frozen=True)
class Sample:
    """The draw of a month: from how many look-ups of how many people, by which seed."""

    month: date
    seed: str
    lookups: int
    actors: int
    drawn: Sequence[Drawn]


def monthly_sample(centre: Centre, month: date) -> Sample:
    """Return the look-ups drawn of the month that begins on a day; the same again draws the same.

    Raises:
        InvalidInput: the day is not the first of a month.
        Conflict: the month is not over, or its last rows are not chained yet.
    """
    start, end = _bounds(centre, month)
    if centre.now() < end:
        raise Conflict(f"sample: {month:%Y-%m} is not over")

    def work(conn: Connection) -> Sample:
        span = {"start": start, "end": end, "lookup": audit.LOOKUP.pattern, "desk": DESK}
        if conn.execute(UNCHAINED, span).scalar_one():
            raise Conflict(f"sample: rows of {month:%Y-%m} are not chained yet")
        seed = conn.execute(SEED, span).scalar_one_or_none()
        if seed is None:
            return Sample(month, "", 0, 0, ())
        told = bytes(seed).hex()
        total = conn.execute(TOTAL, span).one()
        rows = conn.execute(DRAW, {**span, "seed": told, "n": centre.city.policy.sample})
        drawn = [_drawn(row) for row in rows]
        return Sample(month, told, total.lookups, total.actors, drawn)

    return transact(centre.engine, work)


def note_finding(
    centre: Centre, month: date, entry: int, finding: AuditFinding, note: str, actor: str
) -> None:
    """Note what the auditor found of a look-up that was drawn; once he knows, it stands.

    One that is unclear is asked about and judged then; what was found of it first is kept.

    Raises:
        NotFound: it was not drawn for that month.
        Conflict: it was judged before, is asked about already, or the auditor looked himself.
        InvalidInput: a finding against somebody says nothing.
    """
    said = note.strip()
    if len(said) > LONGEST or not said.isprintable():
        raise InvalidInput("note", f"needs up to {LONGEST} printing characters")
    if finding is not AuditFinding.JUSTIFIED and not said:
        raise InvalidInput("note", "is needed: say why")
    drawn = {one.entry: one for one in monthly_sample(centre, month).drawn}
    if entry not in drawn:
        raise NotFound(f"look-up drawn of {month:%Y-%m}", str(entry))
    if drawn[entry].actor == actor:
        raise Conflict("finding: nobody judges his own look-up")
    row = {"entry": entry, "month": month, "finding": finding.value, "note": said or None}

    def work(conn: Connection) -> None:
        values = {**row, "at": centre.now(), "actor": actor}
        if not conn.execute(ADD, values).rowcount:
            raise Conflict(f"finding: {entry} was judged before, or is asked about already")
        audit.record(conn, actor, "finding_noted", f"audit:{entry}", None, {"is": finding.value})

    transact(centre.engine, work)


def sampled_months(centre: Centre) -> list[date]:
    """Return the first days of the months that are over and have rows, newest first."""
    first = transact(centre.engine, lambda conn: conn.execute(FIRST).scalar_one_or_none())
    if first is None:
        return []
    oldest = local_day(first, centre.city.zone).replace(day=1)
    month = local_day(centre.now(), centre.city.zone).replace(day=1)
    found = list[date]()
    while month > oldest and len(found) < MOST_MONTHS:
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(month)
    return found


def findings_of(centre: Centre, entry: int) -> list[Found]:
    """Return what auditors found of a look-up, oldest first."""
    rows = transact(centre.engine, lambda conn: conn.execute(FINDINGS, {"entry": entry}).all())
    return [Found(AuditFinding(row.finding), row.note, row.at, row.actor) for row in rows]


def _bounds(centre: Centre, month: date) -> tuple[datetime, datetime]:
    if month.day != 1:
        raise InvalidInput("month", "is named by its first day")
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    zone = centre.city.zone
    return day_bounds(month, zone)[0], day_bounds(following, zone)[0]


def _drawn(row: Row[Any]) -> Drawn:
    kind, _, rest = row.subject.partition(":")
    subject = f"plate:{mask_plate(display(rest))}" if kind == "plate" else row.subject
    finding = None if row.finding is None else AuditFinding(row.finding)
    said = (finding, row.note, row.found_at, row.found_by)
    return Drawn(row.no, row.at, row.actor, row.action, subject, row.purpose or "", *said)


LOOKUPS = "a.at >= :start AND a.at < :end AND a.action ~ :lookup AND a.action <> :desk"
UNCHAINED = text("""
    SELECT EXISTS (SELECT 1 FROM audit_open AS o JOIN audit AS a ON a.no = o.no
        WHERE a.at >= :start AND a.at < :end)
""")
SEED = text("""
    SELECT l.hash FROM audit AS a JOIN audit_link AS l ON l.no = a.no
    WHERE a.at >= :start AND a.at < :end ORDER BY l.seq DESC LIMIT 1
""")
TOTAL = text(f"""
    SELECT count(*) AS lookups, count(DISTINCT actor) AS actors FROM audit AS a WHERE {LOOKUPS}
""")
DRAW = text(f"""
    WITH ranked AS (
        SELECT a.*, sha256(convert_to(:seed || ':' || a.no, 'UTF8')) AS lot
        FROM audit AS a WHERE {LOOKUPS}
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY actor ORDER BY lot) = 1 AS is_first FROM ranked
    ), chosen AS (
        SELECT * FROM placed ORDER BY is_first DESC, lot
        LIMIT greatest(:n, (SELECT count(*) FROM placed WHERE is_first))
    )
    SELECT c.no, c.at, c.actor, c.action, c.subject, c.purpose,
        f.finding, f.note, f.found_at, f.found_by
    FROM chosen AS c LEFT JOIN LATERAL (
        SELECT * FROM audit_findings WHERE entry = c.no ORDER BY no DESC LIMIT 1
    ) AS f ON true ORDER BY c.at, c.no
""")
ADD = text("""
    INSERT INTO audit_findings (entry, month, finding, note, found_at, found_by)
    SELECT :entry, CAST(:month AS date), :finding, CAST(:note AS text), :at, :actor
    WHERE NOT EXISTS (
        SELECT 1 FROM audit_findings WHERE entry = :entry AND finding <> 'unclear'
    ) ON CONFLICT DO NOTHING
""")
FIRST = text("SELECT at FROM audit ORDER BY no LIMIT 1")
FINDINGS = text("""
    SELECT finding, note, found_at AS at, found_by AS actor FROM audit_findings
    WHERE entry = :entry ORDER BY no
""")

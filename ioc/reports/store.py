"""Reports in SQL: what was asked never changes, where it stands does; senders lie apart."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import text_array
from ioc.reports.model import (
    Case,
    Done,
    Party,
    Placed,
    Report,
    ReportState,
    ReportStep,
    Spot,
    Wanted,
)
from ioc.reports.offered import ReportSort

# What changes of a report; the rest of a row is what was asked.
MOVING = (
    *("service", "sort", "agency", "unit", "state", "held_since", "waits_since", "changed_at"),
    *("due_at", "escalates_at", "overdue_at", "level", "closed_at", "duplicate_of", "answer"),
    *("answer_picture", "stars", "published_at"),
)


def add(
    conn: Connection,
    source: str,
    new: Mapping[str, Placed],
    tokens: Mapping[str, str],
    at: datetime,
) -> None:
    """Insert reports that were received now, by ref."""
    if not new:
        return
    rows = [
        {
            "ref": ref,
            "token": tokens[ref],
            "id": placed.report.id,
            "service": placed.service.code,
            "sort": placed.service.sort,
            "lat": None if placed.point is None else placed.point[0],
            "lon": None if placed.point is None else placed.point[1],
            "address": placed.report.spot.address,
            "place": placed.report.spot.place,
            "unit": placed.unit,
            "description": placed.report.description,
            "attributes": placed.report.attributes,
            "media_url": placed.report.media_url,
            "picture": placed.report.picture,
            "requested_at": placed.report.at or at,
            "agency": placed.agency,
            "due_at": at + placed.service.deadline,
        }
        for ref, placed in sorted(new.items())
    ]
    conn.execute(ADD, {"rows": json.dumps(rows, default=str), "source": source, "at": at})


def find(conn: Connection, refs: Sequence[str], *, lock: bool = False) -> dict[str, Case]:
    """Return those of the reports that exist, by ref; held in order of ref when `lock`."""
    statement = FIND_LOCKED if lock else FIND
    return {row.ref: case_from(row) for row in conn.execute(statement, {"refs": text_array(refs)})}


def ref_of_token(conn: Connection, token: str) -> str | None:
    """Return the ref of the report that a token was given for."""
    ref: str | None = conn.execute(OF_TOKEN, {"token": token}).scalar_one_or_none()
    return ref


def move(conn: Connection, case: Case) -> None:
    """Keep how a report stands now."""
    values = {name: getattr(case, name) for name in MOVING if name != "service"}
    conn.execute(MOVE, {"ref": case.ref, "service": case.report.service, **values})


def repoint(conn: Connection, from_ref: str, to_ref: str) -> None:
    """Let what repeats one report repeat another."""
    conn.execute(REPOINT, {"from": from_ref, "to": to_ref})


def note_steps(conn: Connection, steps: Sequence[Done]) -> None:
    """Keep steps that were taken."""
    if steps:
        rows = json.dumps([asdict(done) for done in steps], default=str)
        conn.execute(ADD_STEPS, {"rows": rows})


def steps_of(conn: Connection, ref: str) -> list[Done]:
    """Return what was done with a report, oldest first."""
    return [done_from(row) for row in conn.execute(STEPS, {"ref": ref})]


def done_from(row: Row[Any]) -> Done:
    """Return the value of a row of the log."""
    return Done(
        report=row.report,
        step=ReportStep(row.step),
        state=ReportState(row.state),
        at=row.at,
        actor=row.actor,
        party=Party(row.party),
        agency=row.agency,
        service=row.service,
        unit=row.unit,
        note=row.note,
        picture=row.picture,
        is_in_time=row.is_in_time,
    )


def search(
    conn: Connection, wanted: Wanted, now: datetime, *, order: str, limit: int, offset: int = 0
) -> list[Case]:
    """Return the reports asked for: the `newest` first, or of those that are open what is `due`."""
    page = {"limit": limit, "offset": offset}
    rows = conn.execute(SEARCH[order], {**_asked(wanted), "now": now, **page})
    return [case_from(row) for row in rows]


def count(conn: Connection, wanted: Wanted, now: datetime) -> int:
    """Return how many reports are asked for: those of the states named, else the open ones."""
    statement = COUNT["due" if wanted.states is None else "newest"]
    return int(conn.execute(statement, {**_asked(wanted), "now": now}).scalar_one())


def after(conn: Connection, no: int, services: Sequence[str], limit: int) -> list[Case]:
    """Return reports of services that came after the one with this number, in their order."""
    rows = conn.execute(AFTER, {"no": no, "services": text_array(services), "limit": limit})
    return [case_from(row) for row in rows]


def within(
    conn: Connection,
    case: Case,
    box: tuple[float, float, float, float],
    span: tuple[datetime, datetime],
    limit: int,
) -> list[Case]:
    """Return other reports of its service in a box (south, north, west, east) and a span."""
    names = dict(zip(("south", "north", "west", "east"), box, strict=True))
    arguments = {
        **names,
        **dict(zip(("start", "end"), span, strict=True)),
        "service": case.report.service,
        "ref": case.ref,
        "limit": limit,
    }
    return [case_from(row) for row in conn.execute(WITHIN, arguments)]


def escalating(conn: Connection, now: datetime, limit: int) -> list[Case]:
    """Return, held, open reports whose next escalation is due."""
    return [case_from(row) for row in conn.execute(ESCALATING, {"now": now, "limit": limit})]


def drop(conn: Connection, received_before: datetime) -> int:
    """Delete reports received before an instant, with their log and who sent them."""
    arguments = {"before": received_before}
    conn.execute(DROP_STEPS, arguments)
    conn.execute(DROP_REPORTERS_OF, arguments)
    return conn.execute(DROP, arguments).rowcount


def case_from(row: Row[Any]) -> Case:
    """Return the value of a row of reports; who sent it is not in it."""
    listed = {k: v if isinstance(v, str) else tuple(v) for k, v in row.attributes.items()}
    report = Report(
        id=row.report_id,
        service=row.service,
        spot=Spot(row.lat, row.lon, row.address, row.place),
        description=row.description,
        attributes=listed,
        media_url=row.media_url,
        picture=row.picture,
        at=row.requested_at,
    )
    same = (
        *("ref", "no", "source", "agency", "unit", "requested_at", "received_at", "held_since"),
        *("waits_since", "changed_at", "due_at", "promised_at", "escalates_at", "overdue_at"),
        *("level", "closed_at", "duplicate_of", "answer", "answer_picture", "stars"),
        "published_at",
    )
    return Case(
        report=report,
        sort=ReportSort(row.sort),
        state=ReportState(row.state),
        **{name: getattr(row, name) for name in same},
    )


def _asked(wanted: Wanted) -> dict[str, Any]:
    lists = ("refs", "services", "states", "agencies", "units", "sorts", "public")
    given = {name: getattr(wanted, name) for name in lists}
    return {
        **{name: None if v is None else text_array(v) for name, v in given.items()},
        "source": wanted.source,
        "own": wanted.own,
        "hides": wanted.hides_received,
        "from": wanted.received_from,
        "until": wanted.received_until,
        "changed_from": wanted.changed_from,
        "changed_until": wanted.changed_until,
        "is_overdue": wanted.is_overdue,
    }


ADD = text("""
    INSERT INTO reports (ref, source, report_id, token, service, sort, lat, lon, address, place,
        unit, description, attributes, media_url, picture, requested_at, received_at, state, agency,
        held_since, waits_since, changed_at, due_at, promised_at, escalates_at)
    SELECT ref, :source, id, token, service, sort, lat, lon, address, place, unit, description,
        attributes, media_url, picture, requested_at, :at, 'received', agency, :at, :at, :at,
        due_at, due_at, due_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        ref text, id text, token text, service text, sort text, lat double precision,
        lon double precision, address text, place text, unit text, description text,
        attributes jsonb, media_url text, picture text, requested_at timestamptz, agency text,
        due_at timestamptz)
    ORDER BY requested_at, ref
""")
FIND = text("SELECT * FROM reports WHERE ref = ANY(CAST(:refs AS text[])) ORDER BY ref")
FIND_LOCKED = text(
    "SELECT * FROM reports WHERE ref = ANY(CAST(:refs AS text[])) ORDER BY ref FOR UPDATE"
)
OF_TOKEN = text("SELECT ref FROM reports WHERE token = :token")
MOVE = text(
    f"UPDATE reports SET {', '.join(f'{name} = :{name}' for name in MOVING)} WHERE ref = :ref"
)
REPOINT = text("UPDATE reports SET duplicate_of = :to WHERE duplicate_of = :from")
ADD_STEPS = text("""
    INSERT INTO report_steps (report, step, state, at, actor, party, agency, service, unit, note,
        picture, is_in_time)
    SELECT report, step, state, at, actor, party, agency, service, unit, note, picture, is_in_time
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        report text, step text, state text, at timestamptz, actor text, party text, agency text,
        service text, unit text, note text, picture text, is_in_time boolean)
""")
STEPS = text("SELECT * FROM report_steps WHERE report = :ref ORDER BY no")
CHOSEN = """
    (CAST(:refs AS text[]) IS NULL OR ref = ANY(CAST(:refs AS text[])))
    AND (CAST(:services AS text[]) IS NULL OR service = ANY(CAST(:services AS text[])))
    AND (CAST(:states AS text[]) IS NULL OR state = ANY(CAST(:states AS text[])))
    AND (CAST(:agencies AS text[]) IS NULL OR agency = ANY(CAST(:agencies AS text[])))
    AND (CAST(:units AS text[]) IS NULL OR unit = ANY(CAST(:units AS text[])))
    AND (CAST(:sorts AS text[]) IS NULL OR sort = ANY(CAST(:sorts AS text[])))
    AND (CAST(:source AS text) IS NULL OR source = :source)
    AND (CAST(:public AS text[]) IS NULL OR source = :own
        OR service = ANY(CAST(:public AS text[])) AND NOT (:hides AND state = 'received'))
    AND (CAST(:from AS timestamptz) IS NULL OR requested_at >= :from)
    AND (CAST(:until AS timestamptz) IS NULL OR requested_at < :until)
    AND (CAST(:changed_from AS timestamptz) IS NULL OR changed_at >= :changed_from)
    AND (CAST(:changed_until AS timestamptz) IS NULL OR changed_at < :changed_until)
    AND (CAST(:is_overdue AS boolean) IS NULL
        OR (closed_at IS NULL AND due_at <= :now) = :is_overdue)
"""
# Each order has an index of its own, so that a page costs the same after years.
ORDERS = {
    "newest": f"{CHOSEN} ORDER BY requested_at DESC, no DESC",
    "due": f"closed_at IS NULL AND {CHOSEN} ORDER BY due_at, no",
}
SEARCH = {
    name: text(f"SELECT * FROM reports WHERE {how} LIMIT :limit OFFSET :offset")
    for name, how in ORDERS.items()
}
COUNT = {
    "newest": text(f"SELECT count(*) FROM reports WHERE {CHOSEN}"),
    "due": text(f"SELECT count(*) FROM reports WHERE closed_at IS NULL AND {CHOSEN}"),
}
AFTER = text("""
    SELECT * FROM reports WHERE no > :no AND service = ANY(CAST(:services AS text[]))
    ORDER BY no LIMIT :limit
""")
WITHIN = text("""
    SELECT * FROM reports
    WHERE service = :service AND lat BETWEEN :south AND :north AND lon BETWEEN :west AND :east
      AND requested_at BETWEEN :start AND :end AND ref <> :ref
    ORDER BY requested_at DESC LIMIT :limit
""")
ESCALATING = text("""
    SELECT * FROM reports WHERE escalates_at <= :now ORDER BY ref LIMIT :limit
    FOR UPDATE SKIP LOCKED
""")
DROP_STEPS = text("""
    DELETE FROM report_steps WHERE report IN (SELECT ref FROM reports WHERE received_at < :before)
""")
DROP_REPORTERS_OF = text("""
    DELETE FROM reporters WHERE report IN (SELECT ref FROM reports WHERE received_at < :before)
""")
DROP = text("DELETE FROM reports WHERE received_at < :before")

"""Questions and answers in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.alerts.model import Priority
from ioc.reviews.model import Answer, Question, Ruling, Share
from ioc.vehicles.model import Candidate, Outcome, PlateRead, Reason
from ioc.vehicles.store import sighting_from


def questions(conn: Connection, limit: int) -> list[Question]:
    """Return open reviews nobody has answered, by priority, then by what is due first."""
    return [_question(row) for row in conn.execute(QUESTIONS, {"limit": limit})]


def question_of(conn: Connection, alert: int) -> Question | None:
    """Return one open review nobody has answered, its alert held until the transaction ends."""
    row = conn.execute(QUESTION_OF, {"alert": alert}).one_or_none()
    return None if row is None else _question(row)


def sure_reads(
    conn: Connection, plates: Sequence[str], start: datetime, end: datetime, sure: float
) -> list[PlateRead]:
    """Return sure reads of these plates in start <= seen <= end."""
    values = {"plates": list(plates), "start": start, "end": end, "sure": sure}
    return [sighting_from(row).read for row in conn.execute(SURE_READS, values)]


def add_ruling(conn: Connection, ruling: Ruling) -> int | None:
    """Insert an answer and return its number; None when the question is answered already."""
    values = {**asdict(ruling), "alert": int(ruling.alert), "answer": ruling.answer.value}
    return conn.execute(ADD_RULING, values).scalar_one_or_none()


def due_rulings(conn: Connection, decided_before: datetime, limit: int) -> list[Ruling]:
    """Return answers that take effect now, oldest first, held; those held elsewhere are left."""
    values = {"before": decided_before, "limit": limit}
    return [_ruling(row) for row in conn.execute(DUE, values)]


def mark_applied(conn: Connection, no: int, at: datetime, raised: str | None) -> None:
    """Note that an answer took effect, and the alert it led to."""
    values = {"no": no, "at": at, "raised": None if raised is None else int(raised)}
    conn.execute(APPLIED, values)


def take_back(conn: Connection, actor: str, since: datetime, at: datetime) -> Ruling | None:
    """Take back the newest answer of `actor` that has no effect yet; None when there is none."""
    row = conn.execute(TAKE_BACK, {"actor": actor, "since": since, "at": at}).one_or_none()
    return None if row is None else _ruling(row)


def tempo(conn: Connection, actor: str, since: datetime) -> Row[Any]:
    """Return how many questions a person answered, and the median seconds between two."""
    return conn.execute(TEMPO, {"actor": actor, "since": since}).one()


def labels(conn: Connection, human_not: str) -> list[Ruling]:
    """Return the answers of people that took effect and may leave the centre."""
    return [_ruling(row) for row in conn.execute(LABELS, {"machine": human_not})]


def shares(conn: Connection, since: datetime, until: datetime) -> list[Row[Any]]:
    """Return grouping, name, band, raised, decided, false and expected of alerts in a span."""
    return list(conn.execute(SHARES, {"since": since, "until": until}))


def purge(conn: Connection, known_before: datetime, decided_before: datetime) -> int:
    """Delete doubts and answers past their days; return how many rows went."""
    gone = conn.execute(DROP_DOUBTS, {"before": known_before}).rowcount
    return gone + conn.execute(DROP_REVIEWS, {"before": decided_before}).rowcount


def share_of(row: Row[Any], promised: Mapping[str, float]) -> Share:
    """Return the value of a row of shares."""
    return Share(
        group=row.kind,
        name=row.name,
        band=row.band,
        raised=row.raised,
        decided=row.decided,
        false=row.false,
        expected=row.expected,
        promised=promised[row.band],
    )


def _question(row: Row[Any]) -> Question:
    sighting = sighting_from(row)
    return Question(
        alert=str(row.alert_id),
        priority=Priority(row.priority),
        reason=row.alert_reason,
        sighting=row.ref,
        read=sighting.read,
        raised_at=row.raised_at,
        due_at=row.due_at,
        sightings=row.sightings,
        accused=row.accused or 0.0,
        candidates=tuple(
            Candidate(
                entry["plate"],
                entry["probability"],
                entry["seen"],
                Outcome(entry["outcome"]),
                Reason(entry["reason"]),
                entry["permit"],
            )
            for entry in row.candidates or ()
        ),
    )


def _ruling(row: Row[Any]) -> Ruling:
    return Ruling(
        no=row.no,
        alert=str(row.alert),
        sighting=row.sighting,
        seen_at=row.seen_at,
        camera=row.camera,
        plate=row.plate,
        answer=Answer(row.answer),
        truth=row.truth,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        plate_picture=row.plate_picture,
        frame_picture=row.frame_picture,
        may_leave=row.may_leave,
        undone_at=row.undone_at,
        applied_at=row.applied_at,
        raised=None if row.raised is None else str(row.raised),
    )


# The first read speaks for all that joined the alert; one that told no plate has no doubt kept.
ASKED = """
    SELECT a.id AS alert_id, a.reason AS alert_reason, a.priority, a.raised_at, a.due_at,
        a.sightings, d.accused, d.candidates, s.*
    FROM alerts AS a
    LEFT JOIN LATERAL (
        SELECT * FROM doubts WHERE alert = a.id ORDER BY seen_at LIMIT 1
    ) AS d ON true
    JOIN sightings AS s ON s.ref = coalesce(d.sighting, a.sighting)
        AND s.seen_at = coalesce(d.seen_at, a.first_seen_at)
    WHERE a.desk = 'review' AND a.state IN ('new', 'acknowledged')
      AND NOT EXISTS (SELECT 1 FROM reviews AS r WHERE r.alert = a.id AND r.undone_at IS NULL)
"""
QUESTIONS = text(f"{ASKED} ORDER BY a.priority, a.due_at, a.id LIMIT :limit")
QUESTION_OF = text(f"{ASKED} AND a.id = :alert FOR UPDATE OF a")
SURE_READS = text("""
    SELECT * FROM sightings
    WHERE plate = ANY(:plates) AND seen_at >= :start AND seen_at <= :end AND confidence >= :sure
    ORDER BY seen_at, ref
""")
ADD_RULING = text("""
    INSERT INTO reviews (alert, sighting, seen_at, camera, plate, answer, truth, decided_by,
        decided_at, plate_picture, frame_picture, may_leave)
    VALUES (:alert, :sighting, :seen_at, :camera, :plate, :answer, :truth, :decided_by,
        :decided_at, :plate_picture, :frame_picture, :may_leave)
    ON CONFLICT DO NOTHING RETURNING no
""")
DUE = text("""
    SELECT * FROM reviews
    WHERE undone_at IS NULL AND applied_at IS NULL AND decided_at <= :before
    ORDER BY decided_at, no LIMIT :limit FOR UPDATE SKIP LOCKED
""")
APPLIED = text("UPDATE reviews SET applied_at = :at, raised = :raised WHERE no = :no")
TAKE_BACK = text("""
    UPDATE reviews SET undone_at = :at WHERE no = (
        SELECT no FROM reviews
        WHERE decided_by = :actor AND decided_at >= :since
          AND undone_at IS NULL AND applied_at IS NULL
        ORDER BY no DESC LIMIT 1 FOR UPDATE
    ) RETURNING *
""")
TEMPO = text("""
    SELECT count(*) AS answered, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS median_s
    FROM (
        SELECT extract(epoch FROM decided_at - lag(decided_at) OVER (ORDER BY decided_at)) AS gap
        FROM reviews WHERE decided_by = :actor AND decided_at >= :since AND undone_at IS NULL
    ) AS paced
""")
LABELS = text("""
    SELECT * FROM reviews
    WHERE may_leave AND applied_at IS NOT NULL AND undone_at IS NULL AND decided_by <> :machine
    ORDER BY no
""")
# An alert speaks once, by its first read. It was false when a person, a second camera or the police
# found so; what is not known yet counts as neither.
SHARES = text("""
    WITH first AS (
        SELECT DISTINCT ON (d.alert) d.alert, d.band, d.camera, d.rule, d.accused
        FROM doubts AS d WHERE d.known_at >= :since AND d.known_at < :until AND d.band <> 'none'
        ORDER BY d.alert, d.seen_at
    ), ended AS (
        SELECT f.*, CASE
            WHEN r.no IS NOT NULL AND r.applied_at IS NOT NULL THEN
                r.raised IS NULL OR r.truth IS DISTINCT FROM r.plate
                    OR coalesce(p.outcome IN ('false_read', 'cleared'), false)
            WHEN a.outcome IN ('false_read', 'cleared') THEN true
            WHEN a.outcome IN ('led_to_stream', 'fined', 'escaped') THEN false
        END AS is_false
        FROM first AS f
        JOIN alerts AS a ON a.id = f.alert
        LEFT JOIN reviews AS r ON r.alert = f.alert AND r.undone_at IS NULL
        LEFT JOIN alerts AS p ON p.id = r.raised
    )
    SELECT CASE WHEN grouping(camera) = 0 THEN 'camera' WHEN grouping(rule) = 0 THEN 'rule'
                ELSE 'all' END AS kind,
        coalesce(camera, rule, '') AS name, band, count(*) AS raised,
        count(is_false) AS decided, count(*) FILTER (WHERE is_false) AS false,
        CAST(sum(1 - accused) AS double precision) AS expected
    FROM ended GROUP BY GROUPING SETS ((band), (band, camera), (band, rule))
    ORDER BY kind, name, band
""")
DROP_DOUBTS = text("DELETE FROM doubts WHERE known_at < :before")
DROP_REVIEWS = text("DELETE FROM reviews WHERE decided_at < :before")

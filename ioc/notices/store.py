"""The outbox in SQL: rows go in with what causes them and are taken out by lease."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.notices.model import Channel, ChannelLoad, Enclosure, Letter, Notice, NoticeState


@dataclass(frozen=True)
class Try:
    """How one try to deliver ended, and what follows."""

    id: str
    state: NoticeState
    at: datetime
    next_at: datetime
    fault: str | None = None


def put(conn: Connection, letters: Sequence[Letter]) -> int:
    """Insert letters that were not put before under their key; return how many were new."""
    if not letters:
        return 0
    rows = [_row_of(letter) for letter in letters]
    # With RETURNING, what is new is known without the right to read the rest of the outbox.
    new = {str(row.id) for row in conn.execute(PUT, {"rows": json.dumps(rows, default=str)})}
    for letter in letters:
        if letter.id in new:
            for enclosed in letter.notice.enclosures:
                conn.execute(ENCLOSE, {"notice": letter.id, **vars(enclosed)})
    return len(new)


def claim(conn: Connection, channel: Channel, now: datetime, held: timedelta) -> Letter | None:
    """Return the letter of a channel that is due, held for a while by whoever asked first.

    None when nothing is due, or when the channel has had its number of tries this minute.
    """
    values = {
        "channel": channel.id,
        "now": now,
        "held_until": now + held,
        "minute_ago": now - timedelta(minutes=1),
        "per_minute": channel.per_minute,
    }
    row = conn.execute(CLAIM, values).one_or_none()
    return None if row is None else _letter_from(row, _enclosures(conn, str(row.id)))


def note(conn: Connection, tried: Try) -> None:
    """Note how a try ended; a letter that was delivered meanwhile stays delivered."""
    conn.execute(
        NOTE,
        {
            "id": tried.id,
            "state": tried.state.value,
            "next_at": tried.next_at,
            "fault": tried.fault,
            "delivered_at": tried.at if tried.state is NoticeState.DELIVERED else None,
        },
    )


def give_up(conn: Connection, put_before: datetime, why: str) -> int:
    """End what waited too long without a single try; return how many."""
    return conn.execute(GIVE_UP, {"before": put_before, "why": why}).rowcount


def about(conn: Connection, subject: str) -> list[Letter]:
    """Return what was put about a subject, oldest first, without enclosures."""
    return [_letter_from(row, ()) for row in conn.execute(ABOUT, {"about": subject})]


def loads(conn: Connection, since: datetime) -> list[ChannelLoad]:
    """Return how each channel does with what was put since an instant."""
    return [ChannelLoad(**row._mapping) for row in conn.execute(LOADS, {"since": since})]


def purge(conn: Connection, put_before: datetime) -> int:
    """Delete letters put before an instant; return how many."""
    return conn.execute(PURGE, {"before": put_before}).rowcount


def _row_of(letter: Letter) -> dict[str, Any]:
    notice = letter.notice
    return {
        "id": letter.id,
        "channel": letter.channel,
        "topic": notice.topic,
        "about": notice.about,
        "recipient": notice.recipient or "",
        "dedupe": notice.dedupe,
        "subject": notice.subject,
        "body": notice.body,
        "words": dict(notice.words),
        "terms": dict(notice.terms),
        "facts": dict(notice.facts),
        "pictures": list(notice.pictures),
        "put_at": letter.put_at,
        "next_at": letter.next_at,
    }


def _letter_from(row: Row[Any], enclosures: Sequence[Enclosure]) -> Letter:
    notice = Notice(
        topic=row.topic,
        about=row.about,
        subject=row.subject,
        body=row.body,
        dedupe=row.dedupe,
        words=row.words,
        terms=row.terms,
        facts=row.facts,
        channel=row.channel,
        recipient=row.recipient or None,
        pictures=tuple(row.pictures),
        enclosures=tuple(enclosures),
    )
    return Letter(
        id=str(row.id),
        channel=row.channel,
        notice=notice,
        put_at=row.put_at,
        next_at=row.next_at,
        attempts=row.attempts,
        state=NoticeState(row.state),
        delivered_at=row.delivered_at,
        fault=row.fault,
    )


def _enclosures(conn: Connection, letter: str) -> list[Enclosure]:
    rows = conn.execute(ENCLOSED, {"notice": letter})
    return [Enclosure(row.name, row.media_type, bytes(row.content)) for row in rows]


PUT = text("""
    INSERT INTO notices (id, channel, topic, about, recipient, dedupe, subject, body, words, terms,
        facts, pictures, put_at, next_at)
    SELECT id, channel, topic, about, recipient, dedupe, subject, body, words, terms,
        facts, pictures, put_at, next_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        id uuid, channel text, topic text, about text, recipient text, dedupe text, subject text,
        body text, words jsonb, terms jsonb, facts jsonb, pictures text[], put_at timestamptz,
        next_at timestamptz)
    ORDER BY channel, recipient, dedupe
    ON CONFLICT DO NOTHING
    RETURNING id
""")
ENCLOSE = text("""
    INSERT INTO notice_files (notice, name, media_type, content)
    VALUES (:notice, :name, :media_type, :content)
""")
CLAIM = text("""
    UPDATE notices SET next_at = :held_until, attempts = attempts + 1, tried_at = :now
    WHERE id = (
        SELECT id FROM notices
        WHERE channel = :channel AND state = 'waiting' AND next_at <= :now
        ORDER BY next_at, put_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AND :per_minute > (
        SELECT count(*) FROM notices WHERE channel = :channel AND tried_at > :minute_ago
    )
    RETURNING *
""")
NOTE = text("""
    UPDATE notices SET state = :state, next_at = :next_at, fault = :fault,
        delivered_at = :delivered_at
    WHERE id = :id AND state <> 'delivered'
""")
GIVE_UP = text("""
    UPDATE notices SET state = 'given_up', fault = coalesce(fault, :why)
    WHERE state = 'waiting' AND put_at < :before
""")
ABOUT = text("SELECT * FROM notices WHERE about = :about ORDER BY put_at, channel, id")
LOADS = text("""
    SELECT channel,
        count(*) FILTER (WHERE state = 'waiting') AS waiting,
        count(*) FILTER (WHERE state = 'delivered') AS delivered,
        count(*) FILTER (WHERE state = 'given_up') AS given_up,
        min(put_at) FILTER (WHERE state = 'waiting') AS oldest_at,
        (array_agg(fault ORDER BY tried_at DESC) FILTER (WHERE fault IS NOT NULL))[1] AS fault
    FROM notices WHERE put_at >= :since GROUP BY channel ORDER BY channel
""")
ENCLOSED = text("SELECT * FROM notice_files WHERE notice = :notice ORDER BY no")
PURGE = text("DELETE FROM notices WHERE put_at < :before")

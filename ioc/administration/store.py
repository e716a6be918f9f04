"""What an administrator changes of letters, and how the doors stand, in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text


def try_again(conn: Connection, ref: str, at: datetime) -> str | None:
    """Let a letter that was given up wait for its channel again; return which channel."""
    return conn.execute(AGAIN, {"ref": ref, "at": at}).scalar_one_or_none()


def standing(
    conn: Connection, codes: Sequence[str] | None, now: datetime, today: datetime
) -> dict[str, int]:
    """Return how many accounts, sessions, keys, refusals, letters and links there are."""
    scoped = {"codes": None if codes is None else list(codes)}
    row = conn.execute(STANDING, {"now": now, "today": today, **scoped}).one()
    return dict(row._mapping)


IN_SCOPE = "(CAST(:codes AS text[]) IS NULL OR u.scope = ANY(CAST(:codes AS text[])))"
AGAIN = text("""
    UPDATE notices SET state = 'waiting', next_at = :at, attempts = 0
    WHERE CAST(id AS text) = :ref AND state = 'given_up' RETURNING channel
""")
# Few rows each: accounts are hundreds, what waits is what an index of it holds.
STANDING = text(f"""
    SELECT
        (SELECT count(*) FROM users AS u WHERE disabled_at IS NULL AND {IN_SCOPE}) AS accounts,
        (SELECT count(*) FROM sessions AS s JOIN users AS u ON u.name = s.user_name
            WHERE s.ended_at IS NULL AND s.expires_at > :now AND s.proof = 'done' AND {IN_SCOPE}
        ) AS sessions,
        (SELECT count(*) FROM api_keys WHERE revoked_at IS NULL) AS keys,
        (SELECT count(*) FROM (SELECT 1 FROM refused WHERE received_at >= :today LIMIT 100000) AS r)
            AS refused_today,
        (SELECT count(*) FROM notices WHERE state = 'waiting') AS letters_waiting,
        (SELECT count(*) FROM (SELECT 1 FROM notices WHERE state = 'given_up' LIMIT 100000) AS n)
            AS letters_given_up,
        coalesce((SELECT max(seq) FROM audit_link), 0) AS links,
        (SELECT count(*) FROM (SELECT 1 FROM audit_open LIMIT 100000) AS o) AS unchained
""")

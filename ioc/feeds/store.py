"""How far feeds were read, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, text

from ioc.feeds.model import FeedState


def states(conn: Connection) -> dict[str, FeedState]:
    """Return what is known of feeds, by id; one that was never asked has no row."""
    return {row.feed: FeedState(**row._mapping) for row in conn.execute(STATES)}


def advance(
    conn: Connection,
    feed: str,
    steps: tuple[str | None, str],
    counts: tuple[int, int],
    at: datetime,
) -> bool:
    """Set the cursor from one to the next; False: another has read on meanwhile."""
    (old, new), (items, refused) = steps, counts
    values = {"feed": feed, "old": old, "new": new, "items": items, "refused": refused, "at": at}
    conn.execute(MAKE, {"feed": feed})
    return conn.execute(ADVANCE, values).rowcount == 1


def fail(conn: Connection, feed: str, fault: str, at: datetime) -> int:
    """Note that a round failed; return how many have in a row."""
    conn.execute(MAKE, {"feed": feed})
    return int(conn.execute(FAIL, {"feed": feed, "fault": fault, "at": at}).scalar_one())


STATES = text("""
    SELECT feed, cursor, read_at, items, refused, failures, failed_at, fault FROM feed_cursors
""")
MAKE = text("INSERT INTO feed_cursors (feed) VALUES (:feed) ON CONFLICT DO NOTHING")
ADVANCE = text("""
    UPDATE feed_cursors SET cursor = :new, read_at = :at, items = items + :items,
        refused = refused + :refused, failures = 0, failed_at = NULL, fault = NULL
    WHERE feed = :feed AND cursor IS NOT DISTINCT FROM CAST(:old AS text)
""")
FAIL = text("""
    UPDATE feed_cursors SET failures = failures + 1, failed_at = :at, fault = :fault
    WHERE feed = :feed RETURNING failures
""")

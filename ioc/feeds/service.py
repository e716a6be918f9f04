"""The use cases of feeds: how far they are, what a round brought, that one failed."""

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict
from ioc.feeds import store
from ioc.feeds.model import FeedState

LONGEST_FAULT = 300


def feed_states(centre: Centre) -> dict[str, FeedState]:
    """Return how far every feed was read, by id."""
    return transact(centre.engine, store.states)


def state_of(centre: Centre, feed: str) -> FeedState:
    """Return how far a feed was read; at its beginning where it never was."""
    return feed_states(centre).get(feed, FeedState(feed))


def read_on(
    centre: Centre, feed: str, steps: tuple[str | None, str], counts: tuple[int, int]
) -> None:
    """Go on from one cursor to the next, once what lay between them is committed.

    `counts` are the items read and those of them that were refused.

    Raises:
        Conflict: another process has read on meanwhile; what it read is known by its ids.
    """
    now = centre.now()
    is_ours = transact(centre.engine, lambda conn: store.advance(conn, feed, steps, counts, now))
    if not is_ours:
        raise Conflict(f"feed {feed}: another process reads it")


def note_failure(centre: Centre, feed: str, fault: str) -> int:
    """Keep that a round failed, and why; return how many have in a row."""
    now, said = centre.now(), fault[:LONGEST_FAULT]
    return transact(centre.engine, lambda conn: store.fail(conn, feed, said, now))

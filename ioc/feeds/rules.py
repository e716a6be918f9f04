"""When a feed is asked again. Pure."""

from datetime import datetime, timedelta

from ioc.feeds.model import Feed, FeedState

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
MOST_DOUBLED = 10


def pause_after(failures: int) -> timedelta:
    """Return how long a feed is left alone after so many rounds that failed in a row.

    >>> [pause_after(n).seconds for n in (1, 2, 3, 8, 99)]
    [5, 10, 20, 600, 600]
    """
    times: int = 2 ** min(max(failures - 1, 0), MOST_DOUBLED)
    doubled = FIRST_PAUSE * times
    return min(doubled, LONGEST_PAUSE)


def due_at(feed: Feed, state: FeedState) -> datetime | None:
    """Return when a feed is to be asked again; None: at once, it never was."""
    if state.failures and state.failed_at is not None:
        return state.failed_at + pause_after(state.failures)
    return None if state.read_at is None else state.read_at + feed.every

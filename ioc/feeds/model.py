"""Feeds: platforms that are asked again and again for what is new, and how far each was read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Feed:
    """A platform that is polled.

    Attributes:
        id: of the feed; its key is told by the environment, IOC_FEED_KEY_<ID>.
        kind: what its items are, as files of that kind are imported.
        url: what is asked; `cursor` and `limit` are added to it.
        source: whose ids the items have.
        every: how long between two rounds that bring nothing new.
        limit: how many items are asked for at once.
        fields: their name of a field -> ours; those not named go by their own.
    """

    id: str
    kind: str
    url: str
    source: str
    every: timedelta
    limit: int = 500
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedState:
    """How far a feed was read: `cursor` is what its platform gave us to go on from.

    `failures` counts the rounds that failed since the last good one.
    """

    feed: str
    cursor: str | None = None
    read_at: datetime | None = None
    items: int = 0
    refused: int = 0
    failures: int = 0
    failed_at: datetime | None = None
    fault: str | None = None

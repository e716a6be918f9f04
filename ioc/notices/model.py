"""Notices: what is told to people outside the screens, by which channel, and how that went."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ioc.errors import InvalidInput

ONE_RECIPIENT = re.compile(r"[^\s,;]{1,320}")
MAX_ENCLOSED = 2_000_000


class ChannelSort(StrEnum):
    """How a channel speaks: a signed JSON post, or any service that Apprise knows."""

    WEBHOOK = "webhook"
    APPRISE = "apprise"


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Enclosure:
    """A file that goes with a notice and is no evidence: a printed permit."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Notice:
    """Something to tell, in the words of the labels.

    Attributes:
        topic: what happened, e.g. `alert.raised`; rules say which channels want it.
        about: what it is about, e.g. `alert:17`; its delivery is looked up by it.
        subject, body: label keys of its texts.
        dedupe: told once only to one recipient of a channel under this key.
        words: what stands in the placeholders of the texts.
        terms: the same, by label keys that are put into the recipient's language.
        facts: what rules go by: desk, priority, level, reason.
        channel: the one channel it goes to, whatever the rules say.
        recipient: an address the channel needs (of a mail, of a phone), kept out of every repr.
        pictures: SHA-256 names of kept evidence.
    """

    topic: str
    about: str
    subject: str
    body: str
    dedupe: str
    words: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    channel: str | None = None
    recipient: str | None = field(default=None, repr=False)
    pictures: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()

    def __post_init__(self) -> None:
        if self.recipient is not None:
            if self.channel is None:
                raise InvalidInput("recipient", "needs the channel it is an address of")
            if not ONE_RECIPIENT.fullmatch(self.recipient) or not self.recipient.isprintable():
                raise InvalidInput("recipient", "needs one address, 1 to 320 printing characters")
        if sum(len(enclosed.content) for enclosed in self.enclosures) > MAX_ENCLOSED:
            raise InvalidInput("enclosures", f"are larger than {MAX_ENCLOSED} bytes together")


@dataclass(frozen=True)
class Channel:
    """One way out of the house. `address` and `secret` name environment variables."""

    id: str
    sort: ChannelSort
    address: str
    secret: str | None = None
    timeout: timedelta = timedelta(seconds=10)
    per_minute: int = 60
    sends_pictures: bool = False
    language: str = "vi"


@dataclass(frozen=True)
class NoticeRule:
    """Which topic a channel wants; `where` narrows it by the facts of a notice."""

    topic: str
    channel: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class NoticeBook:
    """Whom a city tells what: its notices.toml."""

    channels: Mapping[str, Channel] = field(default_factory=dict)
    rules: tuple[NoticeRule, ...] = ()


@dataclass(frozen=True)
class Letter:
    """One notice on one channel, as the outbox holds it. `id` is the key of idempotency."""

    id: str
    channel: str
    notice: Notice
    put_at: datetime
    next_at: datetime
    attempts: int = 0
    state: NoticeState = NoticeState.WAITING
    delivered_at: datetime | None = None
    fault: str | None = None


@dataclass(frozen=True)
class ChannelLoad:
    """How a channel does: what waits and since when, what was given up, the last fault."""

    channel: str
    waiting: int
    delivered: int
    given_up: int
    oldest_at: datetime | None = None
    fault: str | None = None

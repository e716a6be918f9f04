"""Whom a notice goes to, when it is tried again and when it is given up. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.labels import Language, label
from ioc.notices.model import Channel, ChannelSort, Notice, NoticeBook, NoticeRule

FILE = "notices.toml"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)
# What the rules of a city may ask of a notice.
FACTS = ("priority", "desk", "level", "reason")
CHANNEL = (*("id", "sort", "address", "secret", "timeout_s", "per_minute", "pictures", "language"),)


def channels_of(book: NoticeBook, notice: Notice) -> tuple[str, ...]:
    """Return the channels of `notice`: the one it names, or those whose rules want it."""
    if notice.channel is not None:
        return (notice.channel,)
    wanted = [rule.channel for rule in book.rules if wants(rule, notice)]
    return tuple(dict.fromkeys(wanted))


def wants(rule: NoticeRule, notice: Notice) -> bool:
    """Tell whether `rule` wants `notice`."""
    return rule.topic == notice.topic and all(
        notice.facts.get(name) in allowed for name, allowed in rule.where.items()
    )


def next_try(put_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after `attempts` failures, or None to give up.

    The pause doubles from five seconds to an hour; after a day nothing is tried any more.
    """
    doublings = min(attempts - 1, 20)
    again = now + min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
    return again if again < put_at + GIVE_UP_AFTER else None


def lease(channel: Channel) -> timedelta:
    """Return how long one try holds a notice; whoever held it longer has died."""
    return 3 * channel.timeout + timedelta(seconds=30)


def read_book(folder: Path) -> tuple[NoticeBook, list[ConfigFault]]:
    """Return whom the city of `folder` tells what, and every fault of its file; no file is none."""
    faults: list[ConfigFault] = []
    if not (folder / FILE).exists():
        return NoticeBook(), faults
    document = read_toml(folder / FILE, faults)
    if document is None:
        return NoticeBook(), faults
    document.root().only(("channel", "rule"))
    channels: dict[str, Channel] = {}
    for entry in document.tables("channel"):
        channel = _channel(entry)
        if channel.id in channels:
            entry.fault("id", f"{channel.id!r} stands twice")
        channels[channel.id] = channel
    rules = tuple(_rule(entry, channels) for entry in document.tables("rule"))
    known = tuple(rule for rule in rules if rule.channel in channels)
    return NoticeBook(channels, known), faults


def _channel(entry: Entry) -> Channel:
    entry.only(CHANNEL)
    values = {"timeout_s": 10, "per_minute": 60, "language": "vi", **entry.values}
    filled = Entry(entry.file, entry.line, values, entry.faults, entry.lines)
    sort = filled.choice("sort", ChannelSort)
    if sort is ChannelSort.WEBHOOK and "secret" not in entry.values:
        entry.fault("secret", "a webhook is signed: name the environment variable of its secret")
    pictures = entry.values.get("pictures", False)
    if not isinstance(pictures, bool):
        entry.fault("pictures", f"{pictures!r} is neither true nor false")
    return Channel(
        id=filled.text("id"),
        sort=sort,
        address=_variable(filled, "address") or "",
        secret=_variable(filled, "secret") if "secret" in entry.values else None,
        timeout=timedelta(seconds=filled.count("timeout_s", 1, 60)),
        per_minute=filled.count("per_minute", 1, 6000),
        sends_pictures=pictures is True,
        language=filled.choice("language", Language).value,
    )


def _variable(entry: Entry, name: str) -> str | None:
    """Return the name of an environment variable: an address or a secret itself is a fault."""
    value = entry.text(name)
    if value and not (value.startswith("IOC_") and value.replace("_", "").isalnum()):
        entry.fault(name, "names an environment variable that begins with IOC_, nothing else")
    return value


def _rule(entry: Entry, channels: Mapping[str, Channel]) -> NoticeRule:
    entry.only(("topic", "channel", *FACTS))
    channel = entry.text("channel")
    if channel and channel not in channels:
        entry.fault("channel", f"no [[channel]] {channel!r}")
    topic = entry.text("topic")
    if topic and label(f"topic.{topic}") == f"topic.{topic}":
        entry.fault("topic", f"{topic!r} is nothing that is told; config/labels names what is")
    where = {name: entry.texts(name) for name in FACTS if name in entry.values}
    return NoticeRule(topic, channel, where)

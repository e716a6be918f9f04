"""Put notices into the outbox with what causes them, and see how they fare."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.config import noted
from ioc.db import transact
from ioc.notices import store
from ioc.notices.model import ChannelLoad, Letter, Notice, NoticeBook
from ioc.notices.rules import channels_of, read_book


def put(conn: Connection, centre: Centre, notice: Notice) -> int:
    """Put `notice` into the outbox, in the transaction of what it tells; return on how many ways.

    It goes to the channel it names, or to those whose rules want its topic; to nobody twice.
    """
    return put_all(conn, centre, [notice])


def put_all(conn: Connection, centre: Centre, notices: Sequence[Notice]) -> int:
    """Put notices into the outbox in one statement; return how many letters are new."""
    now, known = centre.now(), book(centre)
    letters = [
        Letter(str(uuid.uuid4()), channel, notice, now, now)
        for notice in notices
        for channel in channels_of(known, notice)
    ]
    return store.put(conn, letters)


def letters_about(centre: Centre, subject: str) -> list[Letter]:
    """Return what was put about a subject (`alert:17`) and how it fared, oldest first."""
    return transact(centre.engine, lambda conn: store.about(conn, subject))


def channel_loads(centre: Centre, since: datetime) -> list[ChannelLoad]:
    """Return how each channel does with what was put since an instant; silent ones count as 0."""
    found = {load.channel: load for load in _loads(centre, since)}
    silent = {name: ChannelLoad(name, 0, 0, 0) for name in book(centre).channels}
    return [load for _, load in sorted({**silent, **found}.items())]


def purge_notices(centre: Centre, put_before: datetime) -> int:
    """Delete what was put before an instant; return how many."""
    return transact(centre.engine, lambda conn: store.purge(conn, put_before))


def book(centre: Centre) -> NoticeBook:
    """Return whom the city tells what, read once a process.

    What is wrong in notices.toml is logged and left out: alerts go on, `check-config` says more.
    """
    return _load(centre.settings.city_dir)


def _loads(centre: Centre, since: datetime) -> list[ChannelLoad]:
    return transact(centre.engine, lambda conn: store.loads(conn, since))


@cache
def _load(folder: Path) -> NoticeBook:
    return noted(read_book(folder))

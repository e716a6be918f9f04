"""Carries letters out: one thread a channel, so that a dead one holds up nobody else."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ioc import evidence
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import IocError
from ioc.notices import store
from ioc.notices.model import Channel, Enclosure, Letter, NoticeState
from ioc.notices.rules import GIVE_UP_AFTER, lease, next_try
from ioc.notices.sending import NotSent, Way, send, way_of
from ioc.notices.service import book

logger = logging.getLogger(__name__)

TICK_S = 1.0
ENDING_S = 2.0
NOT_SET = "its address or secret is not set in the environment of the timekeeper"


@contextmanager
def couriers(centre: Centre, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Deliver on every channel whose address is set, until the end of the block.

    Two installations may do it at once: a letter is held by a lease.
    """
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=_carry, args=(centre, way, stop), name=f"courier-{way.channel.id}", daemon=True
        )
        for way in ways(centre, os.environ if env is None else env)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(ENDING_S)


def ways(centre: Centre, env: Mapping[str, str]) -> list[Way]:
    """Return the channels that can be used now."""
    found = [(channel, way_of(channel, env)) for channel in book(centre).channels.values()]
    for channel, way in found:
        if way is None:
            logger.warning("channel %s is silent: %s", channel.id, NOT_SET)
    return [way for _, way in found if way is not None]


def deliver(centre: Centre, way: Way) -> int:
    """Deliver what is due on a channel until nothing is or one try fails; return how many went."""
    delivered = 0
    while (letter := _claimed(centre, way.channel)) is not None:
        fault = _tried(centre, way, letter)
        transact(centre.engine, partial(_note, centre, letter, fault))
        if fault is not None:
            logger.warning("channel %s: %s", way.channel.id, fault)
            break
        delivered += 1
    return delivered


def give_up(centre: Centre) -> int:
    """End what has waited a day; return how many."""
    before = centre.now() - GIVE_UP_AFTER
    return transact(centre.engine, lambda conn: store.give_up(conn, before, NOT_SET))


def _carry(centre: Centre, way: Way, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            deliver(centre, way)
        except (IocError, DBAPIError, OSError) as fault:
            logger.warning("channel %s waits: %s", way.channel.id, fault)
        except Exception:  # the outermost loop: a library's fault must not end the channel
            logger.exception("channel %s stumbled", way.channel.id)
        stop.wait(TICK_S)


def _claimed(centre: Centre, channel: Channel) -> Letter | None:
    now, held = centre.now(), lease(channel)
    return transact(centre.engine, lambda conn: store.claim(conn, channel, now, held))


def _tried(centre: Centre, way: Way, letter: Letter) -> str | None:
    """Return why a try failed, None when the letter was taken."""
    try:
        send(way, letter, _files(centre, way.channel, letter), centre.now())
    except NotSent as fault:
        return str(fault)
    return None


def _files(centre: Centre, channel: Channel, letter: Letter) -> list[Enclosure]:
    files = list(letter.notice.enclosures)
    for name in letter.notice.pictures if channel.sends_pictures else ():
        try:
            files.append(Enclosure(f"{name[:12]}.jpg", "image/jpeg", evidence.load(centre, name)))
        except IocError as fault:
            # A picture past its days or spoilt is left out; what happened is told all the same.
            logger.warning("letter %s goes without a picture: %s", letter.id, fault)
    return files


def _note(centre: Centre, letter: Letter, fault: str | None, conn: Connection) -> None:
    now = centre.now()
    tried = store.Try(letter.id, NoticeState.DELIVERED, now, letter.next_at)
    if fault is not None:
        again = next_try(letter.put_at, letter.attempts, now)
        state = NoticeState.GIVEN_UP if again is None else NoticeState.WAITING
        tried = replace(tried, state=state, next_at=again or letter.next_at, fault=fault)
    store.note(conn, tried)

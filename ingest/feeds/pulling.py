"""Cameras of Dahua that are asked for their events: one connection each, open for ever.

The address comes from the city's config alone and is never redirected. What arrives is recorded
before the next is read, so a store that is away holds the camera's stream up and loses nothing.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

import httpx

from ingest.feeds.dahua import parse_text
from ingest.feeds.ears import Ears
from ingest.feeds.parts import Part, PartReader, boundary_of
from ingest.feeds.taking import Taking
from ingest.feeds.told import Message, Sort
from ioc.errors import InvalidInput, Unavailable
from ioc.feeds.rules import pause_after
from ioc.vendors import SelfReader

logger = logging.getLogger(__name__)

PATH = "/cgi-bin/snapManager.cgi"
HEARTBEAT_S = 5
# A camera that has missed two heartbeats is gone.
PATIENCE_S = 3.0 * HEARTBEAT_S
RETRY_S = 1.0
ASKED = f"action=attachFileProc&Flags[0]=Event&Events=[TrafficJunction]&heartbeat={HEARTBEAT_S}"
# Cameras name no other: kept where one names none at all.
USUAL_BOUNDARY = "myboundary"


class EventStream:
    """Puts the parts of a stream together: an event in text, then its picture, if one comes."""

    def __init__(self) -> None:
        """Begin with no event waiting for its picture."""
        self._waiting: Message | None = None

    def take(self, part: Part) -> Iterator[Message]:
        """Yield what is whole with this part."""
        if part.kind.startswith("image/"):
            if self._waiting is not None:
                told = self._waiting.told
                last = replace(told[-1], frame_picture=part.content)
                yield replace(self._waiting, told=(*told[:-1], last))
                self._waiting = None
            return
        yield from self.end()
        message = parse_text(part.content)
        if message.sort is Sort.READ:
            self._waiting = message
        else:
            yield message

    def end(self) -> Iterator[Message]:
        """Yield the event that waits for a picture which will not come."""
        if self._waiting is not None:
            yield self._waiting
            self._waiting = None


def pull(
    taking: Taking,
    reader: SelfReader,
    password: str,
    stop: threading.Event,
    ears: Ears | None = None,
) -> None:
    """Ask a camera for its events until `stop`; one that fails is left alone ever longer."""
    failures, ears = 0, ears or Ears()
    ears.expect(reader.camera)
    while not stop.is_set():
        try:
            for message in events_of(reader, password, stop):
                take_surely(taking, reader, message, stop)
                ears.hear(reader, message)
                failures = 0
            failures += 1
            ears.lose(reader.camera, is_failure=False)
        except (httpx.HTTPError, Unavailable, InvalidInput) as fault:
            failures += 1
            ears.lose(reader.camera, is_failure=True)
            logger.warning("camera %s, %d in a row: %s", reader.camera, failures, _said(fault))
        stop.wait(pause_after(failures).total_seconds())


def events_of(reader: SelfReader, password: str, stop: threading.Event) -> Iterator[Message]:
    """Yield what a camera tells on one connection, until it ends.

    Raises:
        httpx.HTTPError: it cannot be reached, or has fallen silent.
        Unavailable: it refuses to tell.
        InvalidInput: what it tells is no event stream.
    """
    auth = httpx.DigestAuth(reader.user, password) if reader.user else None
    stream = EventStream()
    with (
        httpx.Client(timeout=PATIENCE_S, trust_env=False, auth=auth) as client,
        client.stream("GET", f"{reader.pull}{PATH}?{ASKED}") as answer,
    ):
        if answer.status_code != HTTPStatus.OK:
            raise Unavailable(f"status {answer.status_code}")
        boundary = boundary_of(answer.headers.get("content-type", "")) or USUAL_BOUNDARY
        parts = PartReader(boundary.removeprefix("--"))
        for chunk in answer.iter_bytes():
            for part in parts.feed(chunk):
                yield from stream.take(part)
            if stop.is_set():
                break
        yield from stream.end()


def take_surely(
    taking: Taking, reader: SelfReader, message: Message, stop: threading.Event
) -> None:
    """Take a message, however long the store is away: the camera does not tell it again."""
    while True:
        try:
            taking.take(reader, message)
        except Unavailable as fault:
            logger.warning("camera %s waits for the store: %s", reader.camera, fault)
            if stop.wait(RETRY_S):
                raise
        else:
            return


def _said(fault: Exception) -> str:
    # What httpx says may hold the whole address; its kind says enough.
    return str(fault) if isinstance(fault, Unavailable | InvalidInput) else type(fault).__name__

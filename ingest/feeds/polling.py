"""A platform is asked for what is new: its items become facts, then its cursor is kept.

The answer is `{"items": […], "next": CURSOR, "more": true|false}`. The cursor is stored after the
facts are committed, never before: a process that dies in between reads the same items again, and
they are known by their ids.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from ingest.files.kinds import SHAPES, Kind
from ioc.centre import Centre
from ioc.errors import Conflict, InvalidInput, IocError, Unavailable
from ioc.feeds.model import Feed, FeedState
from ioc.feeds.rules import due_at
from ioc.feeds.service import feed_states, note_failure, read_on, state_of
from ioc.intake import IntakeStatus

logger = logging.getLogger(__name__)

MOST_BYTES = 16_000_000
LONGEST_CURSOR = 2_000
PATIENCE_S = 30.0
ROUND_S = 1.0
Fetch = Callable[[Feed, str | None], Mapping[str, Any]]


def fetcher(keys: Mapping[str, str]) -> Fetch:
    """Return what asks platforms, with the key of each feed by its id."""

    def fetch(feed: Feed, cursor: str | None) -> Mapping[str, Any]:
        key = keys.get(feed.id)
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        asked = {"limit": str(feed.limit)} | ({} if cursor is None else {"cursor": cursor})
        try:
            with (
                httpx.Client(timeout=PATIENCE_S, trust_env=False, headers=headers) as client,
                client.stream("GET", feed.url, params=asked) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise Unavailable(f"status {answer.status_code}")
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise Unavailable(f"answered more than {MOST_BYTES} bytes")
        except httpx.HTTPError as fault:
            raise Unavailable(f"{type(fault).__name__}: {fault}") from fault
        return _answer(bytes(body))

    return fetch


def read_feed(centre: Centre, feed: Feed, fetch: Fetch) -> FeedState:
    """Read a feed to its end and return how far it is now.

    Raises:
        Unavailable: the platform or the store does not answer, or answers what it must not.
        Conflict: another process reads it.
    """
    record = SHAPES[Kind(feed.kind)].recorder(centre, feed.source)
    cursor, has_more = state_of(centre, feed.id).cursor, True
    while has_more:
        answer = fetch(feed, cursor)
        items = [_ours(feed, item) for item in answer["items"]]
        results = record(items) if items else []
        refused = sum(result["status"] == IntakeStatus.REFUSED for result in results)
        following = str(answer["next"])
        has_more = bool(answer.get("more")) and following != cursor
        read_on(centre, feed.id, (cursor, following), (len(items), refused))
        cursor = following
    return state_of(centre, feed.id)


def poll_due(centre: Centre, feeds: Sequence[Feed], fetch: Fetch) -> list[str]:
    """Read every feed whose time has come; return those that were read to their end.

    One that fails is noted with its fault, and left alone the longer the more often it fails.
    """
    states, now, done = feed_states(centre), centre.now(), []
    for feed in feeds:
        due = due_at(feed, states.get(feed.id, FeedState(feed.id)))
        if due is not None and due > now:
            continue
        try:
            read_feed(centre, feed, fetch)
            done.append(feed.id)
        except Conflict as fault:
            logger.info("%s", fault)
        except (IocError, KeyError) as fault:
            count = note_failure(centre, feed.id, str(fault))
            logger.warning("feed %s failed, %d in a row: %s", feed.id, count, fault)
    return done


def poll(centre: Centre, feeds: Sequence[Feed], fetch: Fetch) -> None:
    """Read feeds for ever, each when its time has come."""
    while True:
        try:
            poll_due(centre, feeds, fetch)
        except Unavailable as fault:
            logger.warning("the store does not answer: %s", fault)
        time.sleep(ROUND_S)


def _ours(feed: Feed, item: object) -> object:
    """Return an item with our names in the place of theirs; `person.name` is a part of `person`."""
    if not isinstance(item, Mapping) or not feed.fields:
        return item
    ours: dict[str, Any] = {}
    for theirs, value in item.items():
        outer, dot, inner = str(feed.fields.get(str(theirs), theirs)).partition(".")
        if dot:
            ours.setdefault(outer, {})[inner] = value
        else:
            ours[outer] = value
    return ours


def _answer(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Unavailable("answered what is no JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("items"), list):
        raise Unavailable("answered without items")
    following = said.get("next")
    if not isinstance(following, str) or not 0 < len(following) <= LONGEST_CURSOR:
        raise Unavailable("answered without a cursor to go on from")
    if not following.isprintable() or len(said["items"]) > 1_000:
        raise InvalidInput("feed", "answered a cursor that does not print, or too many items")
    return said

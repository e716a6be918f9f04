"""Fast memory that may be lost at any moment: hints to screens, heartbeats, rate limits.

Nothing here is a truth: a lost hint is made up for by the hubs' re-reading of the store, a lost
heartbeat comes again within seconds. So a failing Valkey is logged and counted, never raised.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any

import redis
from redis.exceptions import RedisClusterException

from ioc.channel import FAULTS, open_memory
from ioc.traces import carried, span

logger = logging.getLogger(__name__)

CHANNEL = "ioc:changed"
# One that hangs is left alone for a while: nobody's commit waits a second for each hint.
REST_S = 2.0
# What is drawn within this after a hint is drawn because of it.
HINT_S = 1.0
# How late a listener may be in seeing that it is to end.
LOOK_UP_S = 1.0


class Topic(StrEnum):
    """What a hint can say has changed."""

    SIGHTINGS = "sightings"
    ALERTS = "alerts"
    PERMITS = "permits"
    REGISTRATIONS = "registrations"
    CAMERAS = "cameras"
    CARDS = "cards"
    SCANS = "scans"
    PATROLS = "patrols"
    ACCESS = "access"
    LOOKUPS = "lookups"
    REPORTS = "reports"
    CALLS = "calls"
    DECLARATIONS = "declarations"
    HEALTH = "health"
    BRIEFINGS = "briefings"


class Live:
    """The live channel of one process, on one Redis or Valkey, or on a cluster of them."""

    def __init__(self, url: str) -> None:
        """Remember `url` (redis://…, redis+cluster://…); nothing is connected yet."""
        self._memory = open_memory(url)
        self.failures = 0
        self._rests_until = 0.0
        self._hinted = ("", 0.0)

    @property
    def hinted_by(self) -> str:
        """Return the trace that the newest hint came of; empty without one, or once it is old."""
        parent, at = self._hinted
        return parent if time.monotonic() - at < HINT_S else ""

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._memory.close()

    def announce(self, *topics: Topic) -> None:
        """Tell every listener that `topics` changed; call it after the commit."""
        if self._rests():
            return
        try:
            with span("announce"):
                # Behind a blank: which trace made it change, while traces are kept.
                parent = carried()
                told = [f"{topic.value} {parent}".rstrip() for topic in topics]
                self._memory.publish(CHANNEL, told)
        except FAULTS as fault:
            self._lost("announce", fault)

    def beat(self, name: str, state: Mapping[str, Any], ttl_s: int = 15) -> None:
        """Say that `name` (`kind:id`) is alive, with its state, for `ttl_s` seconds."""
        if self._rests():
            return
        try:
            self._memory.client.set(f"ioc:beat:{name}", json.dumps(dict(state)), ex=ttl_s)
        except FAULTS as fault:
            self._lost("beat", fault)

    def beats(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the states of all of `kind` that beat lately, by id; empty when memory is lost."""
        if self._rests():
            return {}
        try:
            found = self._memory.values(f"ioc:beat:{kind}:*")
        except FAULTS as fault:
            self._lost("beats", fault)
            return {}
        return {key.split(":", 3)[3]: json.loads(value) for key, value in found.items()}

    def allow(self, key: str, limit: int, window_s: int, uses: int = 1) -> bool:
        """Count uses of `key`; tell whether they are within `limit` a window.

        When the memory is lost everything is allowed: a limit protects us, it is no truth.
        """
        return not self.beyond({key: uses}, limit, window_s)

    def beyond(self, uses: Mapping[str, int], limit: int, window_s: int) -> set[str]:
        """Count uses of many keys at once; return those that are beyond `limit` a window."""
        if self._rests():
            return set()
        try:
            with self._memory.client.pipeline() as pipe:
                for key, n in uses.items():
                    pipe.incrby(f"ioc:limit:{key}", n)
                    pipe.expire(f"ioc:limit:{key}", window_s, nx=True)
                used = pipe.execute()[::2]
        except FAULTS as fault:
            self._lost("count uses", fault)
            return set()
        return {key for key, n in zip(uses, used, strict=True) if int(n) > limit}

    def is_reachable(self) -> bool:
        """Tell whether the memory answers now."""
        try:
            return bool(self._memory.client.ping())
        except FAULTS:
            return False

    async def changes(self) -> AsyncIterator[Topic]:
        """Yield each topic as it changes, until the connection fails.

        Raises:
            redis.exceptions.RedisError: the connection was lost; the caller waits and calls again.
        """
        client = self._memory.listener()
        async with client, client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            while True:
                _end_if_cancelled()
                message = await channel.get_message(
                    ignore_subscribe_messages=True, timeout=LOOK_UP_S
                )
                topic, _, parent = str(message["data"]).partition(" ") if message else ("", "", "")
                if topic in set(Topic):
                    self._hinted = (parent, time.monotonic())
                    yield Topic(topic)

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _lost(self, call: str, fault: Exception) -> None:
        # A cluster of which no node answers has been waited for as long.
        if isinstance(fault, redis.TimeoutError | RedisClusterException):
            self._rests_until = time.monotonic() + REST_S
        self.failures += 1
        logger.warning("live memory: %s failed: %s", call, fault)


def _end_if_cancelled() -> None:
    # `wait_for` of Python 3.11, which the client sends with, swallows a cancellation that comes
    # while it is done: https://github.com/python/cpython/issues/86296.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

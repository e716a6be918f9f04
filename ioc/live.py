"""Fast memory that may be lost at any moment: hints to screens, heartbeats, rate limits.

Nothing here is a truth: a lost hint is made up for by the hubs' re-reading of the store, a lost
heartbeat comes again within seconds. So a failing Valkey is logged and counted, never raised.
"""

import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum
from typing import Any

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

CHANNEL = "ioc:changed"
CALL_S = 1.0
# One that hangs is left alone for a while: nobody's commit waits a second for each hint.
REST_S = 2.0


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
    """The live channel of one process, on one Redis or Valkey."""

    def __init__(self, url: str) -> None:
        """Remember `url` (redis://…); nothing is connected yet."""
        self._url = url
        # One retry at once: a server that was restarted has closed the connections we hold.
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=CALL_S,
            socket_connect_timeout=CALL_S,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            decode_responses=True,
        )
        self.failures = 0
        self._rests_until = 0.0

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._client.close()

    def announce(self, *topics: Topic) -> None:
        """Tell every listener that `topics` changed; call it after the commit."""
        if self._rests():
            return
        try:
            with self._client.pipeline(transaction=False) as pipe:
                for topic in topics:
                    pipe.publish(CHANNEL, topic.value)
                pipe.execute()
        except RedisError as fault:
            self._lost("announce", fault)

    def beat(self, name: str, state: Mapping[str, Any], ttl_s: int = 15) -> None:
        """Say that `name` (`kind:id`) is alive, with its state, for `ttl_s` seconds."""
        if self._rests():
            return
        try:
            self._client.set(f"ioc:beat:{name}", json.dumps(dict(state)), ex=ttl_s)
        except RedisError as fault:
            self._lost("beat", fault)

    def beats(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the states of all of `kind` that beat lately, by id; empty when memory is lost."""
        if self._rests():
            return {}
        try:
            keys = list(self._client.scan_iter(f"ioc:beat:{kind}:*", count=1000))
            values = self._client.mget(keys) if keys else []
        except RedisError as fault:
            self._lost("beats", fault)
            return {}
        return {
            str(key).split(":", 3)[3]: json.loads(value)
            for key, value in zip(keys, values, strict=True)
            if value is not None
        }

    def allow(self, key: str, limit: int, window_s: int, uses: int = 1) -> bool:
        """Count uses of `key`; tell whether they are within `limit` a window.

        When the memory is lost everything is allowed: a limit protects us, it is no truth.
        """
        if self._rests():
            return True
        try:
            with self._client.pipeline() as pipe:
                pipe.incrby(f"ioc:limit:{key}", uses)
                pipe.expire(f"ioc:limit:{key}", window_s, nx=True)
                used, _ = pipe.execute()
        except RedisError as fault:
            self._lost("allow", fault)
            return True
        return int(used) <= limit

    def is_reachable(self) -> bool:
        """Tell whether the memory answers now."""
        try:
            return bool(self._client.ping())
        except RedisError:
            return False

    async def changes(self) -> AsyncIterator[Topic]:
        """Yield each topic as it changes, until the connection fails.

        Raises:
            redis.exceptions.RedisError: the connection was lost; the caller waits and calls again.
        """
        client = redis.asyncio.Redis.from_url(self._url, decode_responses=True)
        async with client, client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            async for message in channel.listen():
                if message["type"] == "message" and message["data"] in set(Topic):
                    yield Topic(message["data"])

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _lost(self, call: str, fault: RedisError) -> None:
        if isinstance(fault, redis.TimeoutError):
            self._rests_until = time.monotonic() + REST_S
        self.failures += 1
        logger.warning("live memory: %s failed: %s", call, fault)

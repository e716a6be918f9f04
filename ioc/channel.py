"""Connections to the live memory: one server (redis://…), or a cluster (redis+cluster://a,b,c).

In a cluster a hint is published to any node and reaches the listeners of all of them over its own
bus; heartbeats and counters lie on the node of their key. A listener stays at one node: when that
is lost it goes on at another, which is why a cluster names more than one.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry

from ioc.errors import InvalidInput

CALL_S = 1.0
PORT = 6379
SCHEMES = {"redis+cluster": False, "rediss+cluster": True}
# A cluster of which no node answers raises what is no RedisError.
FAULTS = (RedisError, RedisClusterException)


class Memory:
    """The commands that `Live` needs, said to one server."""

    def __init__(self, url: str) -> None:
        """Remember `url`; nothing is connected yet."""
        self._url = url
        # One retry at once: a server that was restarted has closed the connections we hold.
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=CALL_S,
            socket_connect_timeout=CALL_S,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
            decode_responses=True,
        )

    @property
    def client(self) -> Any:
        """The client, connected when first asked for."""
        return self._client

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._client.close()

    def publish(self, channel: str, messages: Sequence[str]) -> None:
        """Say messages to whoever listens, in one round trip."""
        with self.client.pipeline(transaction=False) as pipe:
            for message in messages:
                pipe.publish(channel, message)
            pipe.execute()

    def values(self, pattern: str) -> dict[str, str]:
        """Return what lies under the keys that fit `pattern`."""
        keys = list(self.client.scan_iter(pattern, count=1000))
        found = self._get(keys) if keys else []
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}

    def listener(self) -> redis.asyncio.Redis:
        """Return a client to listen with; it belongs to the caller."""
        return redis.asyncio.Redis.from_url(self._url, decode_responses=True)

    def _get(self, keys: list[str]) -> list[Any]:
        return list(self.client.mget(keys))


class ClusterMemory(Memory):
    """The same, said to a cluster: `redis+cluster://:password@host:port,host:port`."""

    def __init__(self, url: str) -> None:
        """Remember `url`; nothing is connected yet.

        Raises:
            InvalidInput: a port in it is none.
        """
        scheme, _, rest = url.partition("://")
        account, _, hosts = rest.rpartition("@")
        user, _, password = account.partition(":")
        self._nodes = [_node(part) for part in hosts.split("/")[0].split(",") if part]
        self._options: Mapping[str, Any] = {
            "username": unquote(user) or None,
            "password": unquote(password) or None,
            "ssl": SCHEMES[scheme],
            "socket_timeout": CALL_S,
            "socket_connect_timeout": CALL_S,
            "decode_responses": True,
        }
        self._client: Any = None

    @property
    def client(self) -> Any:
        """The client, connected when first asked for: it asks a node where the others are."""
        if self._client is None:
            self._client = RedisCluster(
                startup_nodes=[
                    ClusterNode(host, port)  # type: ignore[no-untyped-call]
                    for host, port in self._nodes
                ],
                retry=Retry(NoBackoff(), 1),
                # A node that is lost takes its keys with it; hints and other keys go on.
                require_full_coverage=False,
                **self._options,
            )
        return self._client

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def publish(self, channel: str, messages: Sequence[str]) -> None:
        """Say messages to whoever listens, at whichever node."""
        for message in messages:
            self.client.publish(channel, message)

    def listener(self) -> redis.asyncio.Redis:
        """Return a client of one node, by chance: where one was lost the next may live."""
        host, port = random.SystemRandom().choice(self._nodes)
        return redis.asyncio.Redis(host=host, port=port, **self._options)

    def _get(self, keys: list[str]) -> list[Any]:
        return list(self.client.mget_nonatomic(keys))


def open_memory(url: str) -> Memory:
    """Return the memory at `url`; nothing is connected yet."""
    is_cluster = url.partition("://")[0] in SCHEMES
    return ClusterMemory(url) if is_cluster else Memory(url)


def _node(part: str) -> tuple[str, int]:
    host, _, port = part.rpartition(":")
    if host and not port.isdigit():
        raise InvalidInput("IOC_REDIS_URL", f"{port!r} is no port")
    return (host, int(port)) if host else (part, PORT)

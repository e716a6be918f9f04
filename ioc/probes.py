"""`/healthz`, `/readyz`, `/metrics` of a service that serves nothing else.

Cameras and clockwork listen to nobody; told an address by `IOC_PROBES` they answer these three on
it. An address that cannot be had is told in the log and is no reason not to work.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from ioc.errors import InvalidInput

logger = logging.getLogger(__name__)

VARIABLE = "IOC_PROBES"
# A caller that says nothing holds a thread no longer than this.
PATIENCE_S = 5.0


def probe_address(env: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the host and port at which to answer, None where nobody wants to ask.

    Raises:
        InvalidInput: the variable is no address.

    >>> probe_address({"IOC_PROBES": "127.0.0.1:9101"})
    ('127.0.0.1', 9101)
    """
    told = env.get(VARIABLE, "").strip()
    if not told:
        return None
    host, colon, port = told.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 <= int(port) < 65536:
        raise InvalidInput(VARIABLE, f"{told!r} is no address like 127.0.0.1:9101")
    return host, int(port)


@contextmanager
def probed(
    env: Mapping[str, str],
    page: Callable[[], bytes],
    is_ready: Callable[[], Mapping[str, bool]],
) -> Iterator[int]:
    """Answer until the end of the block; yields the port, 0 where nobody wants to ask.

    Args:
        env: names the address by `IOC_PROBES`.
        page: makes what `/metrics` shows.
        is_ready: says what the service needs and whether it has it; ready is who has all.

    Raises:
        InvalidInput: the variable is no address.
    """
    address = probe_address(env)
    server = None if address is None else _opened(address, page, is_ready)
    if server is None:
        yield 0
        return
    thread = Thread(target=server.serve_forever, name="probes", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    page: Callable[[], bytes]
    is_ready: Callable[[], Mapping[str, bool]]


class _Probe(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        if self.path == "/healthz":
            self._answer(HTTPStatus.OK, {"status": "alive"})
        elif self.path == "/readyz":
            needs = dict(self.server.is_ready())
            status = HTTPStatus.OK if all(needs.values()) else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(status, needs)
        elif self.path == "/metrics":
            self._send(HTTPStatus.OK, self.server.page(), CONTENT_TYPE_LATEST)
        else:
            self._answer(HTTPStatus.NOT_FOUND, {"title": "no such page"})

    def _answer(self, status: HTTPStatus, value: Mapping[str, Any]) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no line a request: health checks come every few seconds."""


def _opened(
    address: tuple[str, int],
    page: Callable[[], bytes],
    is_ready: Callable[[], Mapping[str, bool]],
) -> _Server | None:
    try:
        server = _Server(address, _Probe)
    except OSError as fault:
        logger.warning("%s: %s:%d cannot be listened on: %s", VARIABLE, *address, fault)
        return None
    server.page, server.is_ready = page, is_ready
    return server

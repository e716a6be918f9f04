"""The usual request for scans is taken where its bytes come in: no task, no scope of its own.

A device posts one scan, and a city of devices thousands a second: making a task, a scope and a
stream of messages for each costs more than keeping the scan does. uvicorn's own protocol reads what
comes; here only its request of a usual body that came whole is answered past the app. Everything
else (another path, no key seen lately, a body in pieces or with a fault in it, a failure) goes to
the app as ever, which answers all of it; so nothing is said otherwise than there.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ingest.auth import Door
from ingest.lane import FAULT, PATH, usual_key
from ingest.metrics import SAFE
from ingest.scanning import Scanning
from ioc.access.model import ApiKey
from ioc.traces import are_kept

TARGET = PATH.encode()
JSON = (b"content-type", b"application/json")
LENGTH = b"content-length: "


class _Unheard:
    """Stands where a cycle of the app hears of news."""

    def set(self) -> None:
        """Do nothing: nobody waits."""


class _Quick:
    """A usual request, standing where uvicorn has its cycle: it sees the same names."""

    message_event = _Unheard()

    def __init__(self, key: ApiKey, scope: dict[str, Any], *, keep_alive: bool) -> None:
        self.key, self.scope, self.keep_alive = key, scope, keep_alive
        self.began = perf_counter()
        self.body = bytearray()
        self.more_body = True
        self.response_complete = self.disconnected = False


class ScanProtocol(HttpToolsProtocol):
    """One connection; `door` and `scanning` are those of the app that is served."""

    door: ClassVar[Door]
    scanning: ClassVar[Scanning]
    # The head of a good answer, for as long as uvicorn's own headers (the date) stand.
    head: ClassVar[tuple[object, bytes]] = (None, b"")

    def on_headers_complete(self) -> None:
        """Take the request for ourselves if it is a usual one, else let the app have it."""
        key = self._usual()
        if key is None:
            super().on_headers_complete()
            return
        scope = cast("dict[str, Any]", self.scope)
        quick = _Quick(key, scope, keep_alive=self.parser.should_keep_alive())
        self.cycle = cast("Any", quick)

    def on_message_complete(self) -> None:
        """Begin to answer: the body is whole."""
        super().on_message_complete()
        quick: Any = self.cycle
        if isinstance(quick, _Quick) and not quick.response_complete:
            told = partial(self._tell, quick)
            if not self.scanning.begin(quick.key, bytes(quick.body), told):
                self._hand_on(quick)

    def data_received(self, data: bytes) -> None:
        """Take what came; a body that is in pieces is waited for by the app."""
        super().data_received(data)
        quick: Any = self.cycle
        if isinstance(quick, _Quick) and quick.more_body and not self.transport.is_closing():
            self._hand_on(quick)

    def _usual(self) -> ApiKey | None:
        if self.url != TARGET or self.parser.get_method() != b"POST":
            return None
        is_free = self.cycle is None or self.cycle.response_complete
        is_plain = not (self.expect_100_continue or self.parser.should_upgrade())
        is_one = self.parser.get_http_version() == "1.1" and self.limit_concurrency is None
        if not (is_free and is_plain and is_one) or self.flow.write_paused or are_kept():
            return None
        key = usual_key(self.door, self.headers)
        return None if key is None or self.door.uses.is_due(key) else key

    def _tell(self, quick: _Quick, told: bytes | Exception, statuses: Sequence[str]) -> None:
        """Answer a request that was taken."""
        if isinstance(told, Exception):
            if not quick.disconnected:
                quick.scope[FAULT] = told
                self._hand_on(quick)
            return
        self.door.metrics.note(PATH, perf_counter() - quick.began, statuses)
        if quick.disconnected or self.transport.is_closing():
            return
        end = b"" if quick.keep_alive else b"connection: close\r\n"
        self.transport.write(b"%s%s%d\r\n\r\n%s" % (self._head(), end + LENGTH, len(told), told))
        quick.response_complete = True
        if not quick.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _head(self) -> bytes:
        own = self.server_state.default_headers
        known, head = self.head
        if known is not own:
            lines = [b"HTTP/1.1 200 OK", *(b"%s: %s" % pair for pair in (*own, *SAFE, JSON)), b""]
            head = b"\r\n".join(lines)
            type(self).head = (own, head)
        return head

    def _hand_on(self, quick: _Quick) -> None:
        """Let the app answer after all, from the body as far as it came."""
        scope = quick.scope
        scope |= {"method": "POST", "path": PATH, "raw_path": TARGET, "query_string": b""}
        cycle = RequestResponseCycle(
            scope=cast("Any", scope),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=quick.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body, cycle.more_body = quick.body, quick.more_body
        if quick.body or not quick.more_body:
            cycle.message_event.set()
        if cast("Any", self.cycle) is quick:
            self.cycle = cycle
        self._start_asgi_task(cycle, self.app)


def protocol_of(door: Door, scanning: Scanning) -> type[asyncio.Protocol]:
    """Return the protocol of one app."""
    return type("AppProtocol", (ScanProtocol,), {"door": door, "scanning": scanning})

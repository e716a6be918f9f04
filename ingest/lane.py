"""The lane of scans: the usual `POST /v1/scans` is answered before any route is looked for.

There are thousands a second, and routing, dependencies and threads cost more than a scan does. What
is not usual (a key not seen lately, another type of body, no length) goes on to the route, which
answers all of it; both end in the same function, so neither says anything else.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from types import SimpleNamespace

from fastapi.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.auth import Door
from ingest.body import MAX_BYTES, PATIENCE_S
from ingest.problems import explain, problem
from ingest.scanning import Scanning
from ioc.access.model import ApiKey, Right
from ioc.errors import IocError

PATH = "/v1/scans"
ROUTE = SimpleNamespace(path=PATH)
SCHEME = b"bearer "
JSON = (b"application/json", b"application/json; charset=utf-8")
# Why a request that was taken before could not be answered: the protocol of scans says it here.
FAULT = "ioc.fault"


class ScanLane:
    """Answers the usual request for scans by `scanning`, hands everything else on."""

    def __init__(self, app: ASGIApp, door: Door, scanning: Scanning) -> None:
        """Wrap `app`."""
        self._app, self._door, self._scanning = app, door, scanning

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_scan = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        key = usual_key(self._door, scope["headers"]) if is_scan else None
        if key is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = ROUTE
        try:
            if FAULT in scope:
                raise scope[FAULT]
            if used := self._door.uses.count(key):
                await run_in_threadpool(self._door.require_measure, key, used)
            body = await _body(receive)
            if body is None:
                return
            document = await self._scanning.answer(key, body)
        except IocError as fault:
            await explain(fault)(scope, receive, send)
            return
        except TimeoutError:
            late = f"the body was not whole after {PATIENCE_S:.0f} s"
            await problem(HTTPStatus.REQUEST_TIMEOUT, late)(scope, receive, send)
            return
        length = (b"content-length", b"%d" % len(document))
        headers = [length, (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": document})


def usual_key(door: Door, headers: Sequence[tuple[bytes, bytes]]) -> ApiKey | None:
    """Return whose request for scans it is, if it is a usual one of somebody who may send them."""
    given = dict(headers)
    if len(given) < len(headers):
        return None
    length = given.get(b"content-length", b"")
    is_plain = given.get(b"content-type") in JSON and b"content-encoding" not in given
    if not is_plain or not length.isdigit() or len(length) > 7 or int(length) > MAX_BYTES:
        return None
    sent = given.get(b"authorization", b"")
    if sent[: len(SCHEME)].lower() != SCHEME:
        return None
    key = door.keys.remembered(sent[len(SCHEME) :].decode("latin-1").strip())
    return key if key is not None and Right.SCANS in key.rights else None


async def _body(receive: Receive) -> bytes | None:
    """Return the body, None when the sender is gone; the server holds it to its length.

    Raises:
        TimeoutError: it trickles.
    """
    first = await receive()
    if first["type"] != "http.request":
        return None
    if not first.get("more_body"):
        return bytes(first["body"])
    body = bytearray(first["body"])
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message["body"]
            if not message.get("more_body"):
                return bytes(body)

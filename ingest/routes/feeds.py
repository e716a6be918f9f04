"""`/feeds/…`: cameras that read plates themselves send here.

They cannot send a bearer's key: each has one of its own, in the address or as a password. What is
no message of theirs is refused by status; a read that cannot be kept is answered 200 and kept for
inspection, since sending it again would not help.
"""

import base64
import binascii
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ingest.auth import STRANGERS, WINDOW_S, Door
from ingest.body import read_bytes
from ingest.feeds.dahua import parse_toll_gate
from ingest.feeds.hikvision import parse_push
from ingest.feeds.taking import Taking, source_of
from ingest.feeds.told import Message, Sort
from ioc.errors import InvalidInput, NotFound, TooMany
from ioc.intake import Refusal, refuse
from ioc.readers.service import reader_of
from ioc.vendors import Maker, SelfReader

# One camera sees no more vehicles than this in a minute, its heartbeats among them.
MOST_MESSAGES = 1_200
Body = Annotated[bytes, Depends(read_bytes)]
Caller = Callable[..., SelfReader]


def create_router(door: Door) -> APIRouter:
    """Return the routes of cameras that read themselves."""
    # Their makers wrote down what they send; nobody builds a client from our description.
    router = APIRouter(prefix="/feeds", include_in_schema=False)
    taking = Taking(door.centre)
    hikvision = _caller(door, taking, Maker.HIKVISION)
    dahua = _caller(door, taking, Maker.DAHUA)

    @router.post("/hikvision/{camera}")
    @router.post("/hikvision/{camera}/{key}")
    def post_hikvision(
        request: Request, reader: Annotated[SelfReader, Depends(hikvision)], body: Body
    ) -> JSONResponse:
        """Take an EventNotificationAlert of a camera, alone or in a multipart with pictures."""
        kind = request.headers.get("content-type", "")
        return _taken(door, taking, reader, lambda: parse_push(body, kind))

    @router.post("/dahua/{camera}/NotificationInfo/TollgateInfo")
    @router.post("/dahua/{camera}/{key}/NotificationInfo/TollgateInfo")
    def post_toll_gate(reader: Annotated[SelfReader, Depends(dahua)], body: Body) -> JSONResponse:
        """Take a pass that a camera sends by itself (ITSAPI)."""
        return _taken(door, taking, reader, lambda: parse_toll_gate(body))

    @router.post("/dahua/{camera}/NotificationInfo/KeepAlive")
    @router.post("/dahua/{camera}/{key}/NotificationInfo/KeepAlive")
    def post_keep_alive(reader: Annotated[SelfReader, Depends(dahua)]) -> JSONResponse:
        """Hear that a camera lives; what it says of itself is not read."""
        return _taken(door, taking, reader, lambda: Message(Sort.HEARTBEAT))

    return router


def _taken(
    door: Door, taking: Taking, reader: SelfReader, parse: Callable[[], Message]
) -> JSONResponse:
    try:
        message = parse()
    except InvalidInput as fault:
        refusal = Refusal(None, fault.field, fault.why, None)
        refuse(door.centre, source_of(reader), "message", [refusal])
        door.metrics.messages.labels(reader.maker.value, "refused").inc()
        raise
    door.metrics.messages.labels(reader.maker.value, message.sort.value).inc()
    results = taking.take(reader, message)
    door.metrics.count("read", (result["status"] for result in results))
    # What Dahua's cameras look for stands beside what ours is.
    return JSONResponse({"Result": True, "Message": "success", "results": results})


def _caller(door: Door, taking: Taking, maker: Maker) -> Caller:
    """Return the dependency that lets a camera of a maker in by its own key."""

    def caller(request: Request, camera: str) -> SelfReader:
        address = "unknown" if request.client is None else request.client.host
        try:
            reader = reader_of(door.centre, camera)
            key = request.path_params.get("key") or _password(request, camera)
            is_known = taking.measures.is_key(camera, key) and reader.maker is maker
        except NotFound:
            is_known = False
        if not (is_known and reader.may_call_from(address)):
            if not door.centre.live.allow(f"stranger:{address}", STRANGERS, WINDOW_S):
                raise TooMany("too many wrong keys from your address", WINDOW_S)
            # One answer, whatever is wrong: who guesses learns nothing of the cameras there are.
            raise HTTPException(
                HTTPStatus.UNAUTHORIZED,
                "the camera's key is missing or wrong, or it may not call from this address",
                {"WWW-Authenticate": 'Basic realm="ioc"'},
            )
        if not door.centre.live.allow(f"reader:{camera}", MOST_MESSAGES, WINDOW_S):
            raise TooMany(f"more than {MOST_MESSAGES} messages in {WINDOW_S} s", WINDOW_S)
        return reader

    return caller


def _password(request: Request, camera: str) -> str:
    """Return the password of a caller by HTTP Basic whose name is the camera's."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        name, _, password = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password if name == camera else ""

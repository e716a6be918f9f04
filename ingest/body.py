"""The body of a request: its size, its kind, its JSON. Everything here is untrusted."""

import json
from http import HTTPStatus
from typing import NoReturn

import anyio
from fastapi import Request
from starlette.exceptions import HTTPException

from ioc.errors import InvalidInput

MAX_BYTES = 8_000_000
MAX_ITEMS = 1_000
# A sender that trickles its body must not hold a place for ever.
PATIENCE_S = 30.0
JSON_TYPES = ("application/json", "text/json")


async def read_body(request: Request) -> bytes:
    """Return the body, 8 MB at most.

    Raises:
        InvalidInput: its type is not JSON.
        HTTPException: too large (413), packed (415), too slow (408).
    """
    _require_json(request)
    return await read_bytes(request)


async def read_bytes(request: Request) -> bytes:
    """Return the body as it is, 8 MB at most.

    Raises:
        HTTPException: too large (413), packed (415), too slow (408).
    """
    packed = request.headers.get("content-encoding", "identity")
    if packed.lower() != "identity":
        why = "Content-Encoding is not accepted: send the body as it is"
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why)
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:18]) > MAX_BYTES:
        _refuse_size()
    body = bytearray()
    try:
        with anyio.fail_after(PATIENCE_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    _refuse_size()
    except TimeoutError:
        late = f"the body was not whole after {PATIENCE_S:.0f} s"
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, late) from None
    return bytes(body)


def parse_json(body: bytes) -> object:
    """Return the value of a JSON document.

    Raises:
        InvalidInput: it is no JSON.
    """
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as fault:
        raise InvalidInput("body", f"is not UTF-8: byte {fault.start}") from None
    except RecursionError:
        raise InvalidInput("body", "is nested too deep") from None
    except ValueError as fault:
        raise InvalidInput("body", f"is no JSON: {fault}") from None


def parse_object(body: bytes) -> dict[str, object]:
    """Return a JSON object.

    Raises:
        InvalidInput: it is no JSON, or no object.
    """
    value = parse_json(body)
    if not isinstance(value, dict):
        raise InvalidInput("body", "must be a JSON object")
    return value


def parse_batch(body: bytes) -> list[object]:
    """Return the items of `{"items": [...]}`.

    Raises:
        InvalidInput: it is no JSON, lacks items, or holds more than 1,000.
    """
    value = parse_object(body)
    items = value.get("items")
    if not isinstance(items, list):
        raise InvalidInput("items", 'the body must be {"items": [...]}')
    if len(items) > MAX_ITEMS:
        raise InvalidInput("items", f"has {len(items)} items, at most {MAX_ITEMS} go in a batch")
    return items


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", JSON_TYPES[0]).partition(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise InvalidInput("Content-Type", "must be application/json")


def _refuse_size() -> NoReturn:
    why = f"the body is larger than {MAX_BYTES} bytes: send smaller batches"
    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")

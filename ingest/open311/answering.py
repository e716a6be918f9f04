"""Failures as the standard tells them: 400, 403, 404 in the format asked for, never a 422."""

from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from ingest.open311.documents import errors
from ingest.open311.rendering import format_of, rendered
from ingest.reasons import Reasons
from ioc.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    IocError,
    NotFound,
    TooMany,
    Unauthorised,
    Unavailable,
)
from ioc.labels import CONFIG_DIR

# GeoReport v2: 403 missing or invalid API key, 404 was not found, 400 anything that fails.
STATUS: Mapping[type[IocError], HTTPStatus] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    Unauthorised: HTTPStatus.FORBIDDEN,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.BAD_REQUEST,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
Answer = Callable[[Request], Coroutine[Any, Any, Response]]


class Open311Route(APIRoute):
    """A route whose failures are documents of the standard."""

    def get_route_handler(self) -> Answer:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except IocError as fault:
                return _explained(request, STATUS.get(type(fault), HTTPStatus.BAD_REQUEST), fault)
            except RequestValidationError as fault:
                return _told(request, HTTPStatus.BAD_REQUEST, _first(fault))
            except HTTPException as fault:
                return _told(request, HTTPStatus(fault.status_code), str(fault.detail))

        return guarded


def _explained(request: Request, status: HTTPStatus, fault: IocError) -> Response:
    if isinstance(fault, Unavailable):
        words = "a store cannot be reached; nothing was lost"
        return _told(request, status, words, {"Retry-After": "2"})
    if isinstance(fault, TooMany):
        return _told(request, status, str(fault), {"Retry-After": str(fault.retry_after_s)})
    return _told(request, status, str(fault))


def _told(
    request: Request, status: HTTPStatus, words: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the failure in Vietnamese and English: a citizen may read it."""
    both = f"{reasons().in_vietnamese(words)} | {words}"
    document = errors([(int(status), both)])
    return rendered("errors", document, format_of(request.url.path), status, headers=headers)


def _first(fault: RequestValidationError) -> str:
    first = fault.errors()[0]
    return f"{first['loc'][-1]}: {first['msg']}"


@cache
def reasons(folder: Path = CONFIG_DIR) -> Reasons:
    """Return the words of refusals, read once a process."""
    return Reasons(folder)

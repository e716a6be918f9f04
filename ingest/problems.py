"""Every failure as a problem document (RFC 9457), `application/problem+json`."""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

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

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
STATUS: Mapping[type[IocError], HTTPStatus] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthorised: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem document; `field` names what was wrong in the request."""
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    if field is not None:
        body["field"] = field
    return JSONResponse(body, status, dict(headers or {}), MEDIA_TYPE)


def explain(fault: IocError) -> JSONResponse:
    """Return the problem document of a failure the centre names."""
    status = STATUS.get(type(fault), HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {}
    if isinstance(fault, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(fault, TooMany):
        headers["Retry-After"] = str(fault.retry_after_s)
    if isinstance(fault, Unavailable):
        headers["Retry-After"] = str(RETRY_AFTER_S)
        logger.warning("unavailable: %s", fault)
        # What a store says of itself (addresses, roles) is not the caller's business.
        return problem(status, "a store cannot be reached; nothing was lost", headers=headers)
    field = fault.field if isinstance(fault, InvalidInput) else None
    return problem(status, str(fault), field=field, headers=headers)


def explain_failures(app: FastAPI) -> None:
    """Answer every failure of `app` with a problem document."""

    @app.exception_handler(IocError)
    async def named(_request: Request, fault: IocError) -> Response:
        return explain(fault)

    @app.exception_handler(RequestValidationError)
    async def wrong_parameter(_request: Request, fault: RequestValidationError) -> Response:
        first = fault.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(status, f"{field}: {first['msg']}", field=field)

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, fault: HTTPException) -> Response:
        status = HTTPStatus(fault.status_code)
        headers = dict(fault.headers or {})
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_allowed(app, request))
        return problem(status, fault.detail, headers=headers)

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _fault: ClientDisconnect) -> Response:
        return problem(HTTPStatus.BAD_REQUEST, "the body ended before it was whole")

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, fault: Exception) -> Response:
        # The route, not the address: in that stands a camera's key, or a vehicle.
        route = getattr(request.scope.get("route"), "path", "an unknown route")
        logger.error("%s %s failed", request.method, route, exc_info=fault)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return problem(status, "the centre failed; the fault is in its log")


def _allowed(app: FastAPI, request: Request) -> list[str]:
    """Return every method of a path: its routes are many, and each knows its own alone."""
    methods: set[str] = set()
    for route in app.routes:
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= set(route.methods or ())
    return sorted(methods)

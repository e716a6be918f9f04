"""What the doors share: the cookie of a session, and where a form may come from."""

from urllib.parse import urlparse

from fastapi import Request
from starlette.responses import Response

from dashboards.cookies import SCREEN, SESSION
from ioc.errors import Forbidden


def keep(answer: Response, request: Request, token: str) -> None:
    """Let the browser keep the token of a session, away from scripts and foreign pages."""
    is_secure = request.url.scheme == "https"
    answer.set_cookie(SESSION, token, httponly=True, samesite="strict", secure=is_secure)
    answer.delete_cookie(SCREEN)


def require_same_origin(request: Request) -> None:
    """Refuse a form that was sent from a foreign page.

    Raises:
        Forbidden: it was.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlparse(origin).netloc != request.headers.get("host"):
        raise Forbidden("the form was sent from a foreign page")

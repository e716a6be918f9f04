"""What the doors share: the cookie of a session, and where a form may come from."""

from urllib.parse import urlparse

from fastapi import Request
from starlette.responses import Response

from dashboards.cookies import SCREEN, SESSION, forget
from dashboards.cookies import keep as keep_token
from ioc.errors import Forbidden


def keep(answer: Response, request: Request, token: str) -> None:
    """Let the browser keep the token of a session, away from scripts and foreign pages."""
    keep_token(answer, request.scope, SESSION, token)
    forget(answer, request.scope, SCREEN)


def require_same_origin(request: Request) -> None:
    """Refuse a form that was sent from a foreign page.

    Raises:
        Forbidden: it was.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlparse(origin).netloc != request.headers.get("host"):
        raise Forbidden("the form was sent from a foreign page")

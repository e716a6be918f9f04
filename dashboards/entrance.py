"""What the doors share: the cookie of a session, and where a form may come from."""

from urllib.parse import urlparse, urlsplit

from fastapi import Request
from starlette.responses import Response
from starlette.types import Scope

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


def is_foreign(scope: Scope) -> bool:
    """Tell whether a foreign page asks in the name of whoever sits there.

    The cookie is strict and does not come along from one; a browser that sends it all the same is
    refused by what it says of the page. Programs say nothing of a page.
    """
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
        return False
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    return origin is not None and urlsplit(origin).netloc != headers.get(b"host")

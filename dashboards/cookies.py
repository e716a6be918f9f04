"""The cookies by which a browser is known: of a person's session, of a display on a wall.

Over TLS their names begin with `__Host-`: a browser then takes them from this very host alone, for
the whole of it and over TLS only, so that no neighbour and nobody on the line can slip one in. Over
plain HTTP, where browsers refuse such names, they go without; a name of the one kind is nothing to
the other.
"""

from http.cookies import CookieError, SimpleCookie

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

SESSION = "ioc_session"
SCREEN = "ioc_screen"
YEAR_S = 365 * 24 * 3600
BOUND = "__Host-"


def name_in(scope: Scope, name: str) -> str:
    """Return what a cookie is called on the connection of a request."""
    return f"{BOUND}{name}" if is_secure(scope) else name


def is_secure(scope: Scope) -> bool:
    """Tell whether a request came over TLS, to us or to the proxy before us."""
    return scope.get("scheme") in ("https", "wss")


def tokens(scope: Scope) -> tuple[str, str]:
    """Return the session's and the display's token of a request; empty where there is none."""
    headers = dict(scope["headers"])
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        cookies = SimpleCookie()
    session, screen = (cookies.get(name_in(scope, name)) for name in (SESSION, SCREEN))
    return session.value if session else "", screen.value if screen else ""


def session_token(request: HTTPConnection) -> str:
    """Return the token of the session that a request brings, empty where it brings none."""
    return tokens(request.scope)[0]


def keep(answer: Response, scope: Scope, name: str, token: str, age_s: int | None = None) -> None:
    """Let a browser keep a token, out of reach of scripts and of foreign pages."""
    answer.set_cookie(
        name_in(scope, name),
        token,
        max_age=age_s,
        httponly=True,
        samesite="strict",
        secure=is_secure(scope),
    )


def forget(answer: Response, scope: Scope, name: str) -> None:
    """Let a browser drop a token."""
    answer.delete_cookie(
        name_in(scope, name), httponly=True, samesite="strict", secure=is_secure(scope)
    )

"""The cookies by which a browser is known: of a person's session, of a display on a wall."""

from http.cookies import CookieError, SimpleCookie

from starlette.responses import Response
from starlette.types import Scope

SESSION = "ioc_session"
SCREEN = "ioc_screen"
YEAR_S = 365 * 24 * 3600


def tokens(scope: Scope) -> tuple[str, str]:
    """Return the session's and the display's token of a request; empty where there is none."""
    headers = dict(scope["headers"])
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        cookies = SimpleCookie()
    session, screen = cookies.get(SESSION), cookies.get(SCREEN)
    return session.value if session else "", screen.value if screen else ""


def keep_display(answer: Response, token: str, *, is_secure: bool) -> None:
    """Let the browser of a display keep its token, out of reach of scripts and foreign pages."""
    answer.set_cookie(
        SCREEN, token, max_age=YEAR_S, httponly=True, samesite="strict", secure=is_secure
    )

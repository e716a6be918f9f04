"""How a display on a wall gets in: its token is exchanged for a cookie, and is in no address.

`ioc admin screens add` prints `/screen#TOKEN`. What stands behind the # is never sent, so neither a
log between nor a Referer holds it; the script of this page posts it once and moves on to the wall.
"""

import asyncio

from fastapi import FastAPI, Form, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from dashboards.cookies import SCREEN, SESSION, YEAR_S, forget, keep, session_token
from dashboards.entrance import require_same_origin
from dashboards.headers import policy_of
from dashboards.markup import Html, el
from dashboards.notices import language_of, page
from dashboards.paths import path_of
from ioc.access.service import sign_out
from ioc.centre import Centre
from ioc.displays.service import display_of
from ioc.errors import Unavailable
from ioc.labels import label

DOOR = "/screen"
AGAIN_S = 30
# Nothing of the address but the token is used; an address without one says what is missing.
SCRIPT = """
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname + location.search);
const enter = async () => {
  const body = new URLSearchParams({token});
  try {
    const answer = await fetch("/screen", {method: "POST", body});
    if (answer.ok) return location.replace((await answer.json()).wall + location.search);
    if (answer.status === 401) return;
  } catch { /* the server is away: the next try follows */ }
  setTimeout(enter, 3000);
};
if (token) enter(); else setTimeout(() => location.replace("/wall"), AGAIN_MS);
""".replace("AGAIN_MS", str(AGAIN_S * 1000))


def add_door(server: FastAPI, centre: Centre) -> None:
    """Add the page that lets a display in to `server`, before Dash adds the route for all."""

    @server.get(DOOR, include_in_schema=False)
    async def door(request: Request) -> Response:
        language = language_of(request.scope)
        return HTMLResponse(
            page(
                language,
                label("display.title", language),
                el("h1", label("display.title", language)),
                el("p", label("display.needed", language)),
                el("script", Html(SCRIPT)),
            ),
            headers={
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "Content-Security-Policy": policy_of([SCRIPT]),
            },
        )

    @server.post(DOOR, include_in_schema=False)
    async def enter(request: Request, token: str = Form("", max_length=200)) -> Response:
        require_same_origin(request)
        try:
            found = await asyncio.to_thread(display_of, centre, token)
        except Unavailable:
            return JSONResponse({"title": "the store does not answer"}, 503)
        if found is None:
            return JSONResponse({"title": "the token is unknown or was revoked"}, 401)
        answer = JSONResponse({"wall": path_of(found.wall)})
        await _end_session(centre, request, answer)
        keep(answer, request.scope, SCREEN, token, YEAR_S)
        return answer


async def _end_session(centre: Centre, request: Request, answer: Response) -> None:
    """A display is nobody: whoever had signed in at this browser leaves it."""
    session = session_token(request)
    if session:
        await asyncio.to_thread(sign_out, centre, session)
        forget(answer, request.scope, SESSION)

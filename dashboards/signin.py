"""The routes outside the app: sign in and out, health, and pictures of evidence."""

import asyncio
import logging

from fastapi import FastAPI, Form, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dashboards.auth import Doors, Viewer, current
from dashboards.build import BOOT
from dashboards.cookies import SCREEN, SESSION, forget, session_token
from dashboards.entrance import keep, require_same_origin
from dashboards.markup import Html, el
from dashboards.notices import language_of, page
from dashboards.paths import AWAY, page_at
from dashboards.provider import add_provider
from dashboards.second_factor import add_second_factor, second_path
from ioc import audit, evidence
from ioc.access.model import Action, Proof
from ioc.access.service import sign_in, sign_out
from ioc.centre import Centre, reachable
from ioc.errors import Forbidden, InvalidInput, NotFound, TooMany, Unauthorised, Unavailable
from ioc.labels import Language, label

logger = logging.getLogger(__name__)

LOOKED_AT = "picture_seen"
HANDLING = "handling"


def add_routes(server: FastAPI, centre: Centre, doors: Doors) -> None:
    """Add the routes to `server`, before Dash adds the one that catches all."""
    _add_sign_in(server, centre, doors)
    add_second_factor(server, centre, doors)
    add_provider(server, centre)
    _add_health(server, centre)

    @server.get("/", include_in_schema=False)
    async def first_page() -> Response:
        found = current.get()
        return RedirectResponse(f"/{found.links[0].value}" if found else "/login", 303)

    @server.get("/evidence/{name}", include_in_schema=False)
    async def picture(name: str) -> Response:
        found = current.get()
        if found is None or not found.may(Action.SEE_EVIDENCE):
            return JSONResponse({"title": "this role may not see evidence"}, 403)
        try:
            content = await asyncio.to_thread(_picture, centre, name, found)
        except (InvalidInput, NotFound) as fault:
            return JSONResponse({"title": str(fault)}, 404)
        except Unavailable as fault:
            return JSONResponse({"title": str(fault)}, 503)
        return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


def _picture(centre: Centre, name: str, who: Viewer) -> bytes:
    content, reach = evidence.load(centre, name), centre.reach(who.scope)
    if not reach.is_whole and not reach.covers(evidence.picture_of(centre, name).camera):
        raise NotFound("picture", name)
    audit.record(centre, who.name, LOOKED_AT, f"evidence:{name}", HANDLING, {})
    return content


def _add_sign_in(server: FastAPI, centre: Centre, doors: Doors) -> None:
    @server.get("/login", include_in_schema=False)
    async def form(request: Request, next_: str = Query("", alias="next")) -> Response:
        return HTMLResponse(_form(centre, request, next_))

    @server.post("/login", include_in_schema=False)
    async def enter(
        request: Request,
        name: str = Form(""),
        password: str = Form(""),
        next_: str = Form("", alias="next"),
    ) -> Response:
        require_same_origin(request)
        answer = await asyncio.to_thread(_entered, centre, request, (name, password), next_)
        if answer.status_code == 303:
            await _leave(centre, doors, request)
        return answer

    @server.post("/logout", include_in_schema=False)
    async def leave(request: Request) -> Response:
        require_same_origin(request)
        await _leave(centre, doors, request)
        answer = RedirectResponse("/login", 303)
        forget(answer, request.scope, SESSION)
        forget(answer, request.scope, SCREEN)
        return answer

    @server.exception_handler(Forbidden)
    async def forbidden(_request: Request, fault: Exception) -> Response:
        return JSONResponse({"title": str(fault)}, 403)


def _entered(centre: Centre, request: Request, typed: tuple[str, str], onward: str) -> Response:
    origin = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    try:
        session = sign_in(centre, *typed, origin, agent)
    except Unauthorised:
        return HTMLResponse(_form(centre, request, onward, "sign_in.refused"), 401)
    except TooMany:
        return HTMLResponse(_form(centre, request, onward, "sign_in.locked"), 429)
    except Unavailable:
        return HTMLResponse(_form(centre, request, onward, "state.no_store"), 503)
    target = onward if page_at(onward) else "/"
    answer = RedirectResponse(target if session.proof is Proof.DONE else second_path(onward), 303)
    keep(answer, request, session.token)
    return answer


async def _leave(centre: Centre, doors: Doors, request: Request) -> None:
    """End the session this browser had: its sockets still carry the old person."""
    token = session_token(request)
    if token:
        await asyncio.to_thread(sign_out, centre, token)
        doors.shut(token)


def _form(centre: Centre, request: Request, onward: str, fault: str | None = None) -> str:
    language = language_of(request.scope)

    def field(name: str, kind: str, complete: str) -> Html:
        words = el("span", label(f"sign_in.{name}", language))
        box = el("input", name=name, type=kind, autocomplete=complete, required=True)
        return el("label", words, box)

    return page(
        language,
        label("sign_in.title", language),
        el("p", label("shell.name", language), cls="quiet"),
        el("h1", label("sign_in.title", language)),
        el(
            "form",
            el("p", label(fault, language), cls="fault", role="alert") if fault else None,
            field("name", "text", "username"),
            field("password", "password", "current-password"),
            el("input", type="hidden", name="next", value=onward),
            el("button", label("sign_in.submit", language)),
            method="post",
            action="/login",
        ),
        _by_provider(centre, onward, language),
    )


def _by_provider(centre: Centre, onward: str, language: Language) -> Html | None:
    if centre.settings.provider is None:
        return None
    href = f"{AWAY}?next={onward}" if page_at(onward) else AWAY
    return el("p", el("a", label("sign_in.by_provider", language), href=href), cls="ways")


def _add_health(server: FastAPI, centre: Centre) -> None:
    @server.get("/healthz", include_in_schema=False)
    async def alive() -> Response:
        told = {"status": "alive", "boot": BOOT}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @server.get("/readyz", include_in_schema=False)
    async def ready() -> Response:
        # Live memory may be lost and nothing is: screens then see changes every two seconds.
        stores = await asyncio.to_thread(reachable, centre)
        return JSONResponse(stores, 200 if stores["database"] else 503)

"""The routes of the identity provider: away to it, and back from it."""

import asyncio
from typing import TYPE_CHECKING

from fastapi import FastAPI, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.cookies import is_secure
from dashboards.entrance import keep
from dashboards.markup import el
from dashboards.notices import language_of, page
from dashboards.paths import AWAY, BACK, page_at
from dashboards.second_factor import second_path
from ioc.access.model import Proof
from ioc.access.service import sign_in_as
from ioc.centre import Centre
from ioc.errors import TooMany, Unauthorised, Unavailable
from ioc.labels import label

if TYPE_CHECKING:
    from dashboards.oidc import Identity, ProviderDoor

FLIGHT = "ioc_flight"


def add_provider(server: FastAPI, centre: Centre) -> None:
    """Add the two routes; where the installation trusts no provider they are not found."""
    provider = centre.settings.provider
    if provider is None:
        # Dash would answer with the shell of the app.
        for path in (AWAY, BACK):
            server.add_api_route(path, _no_way, include_in_schema=False)
        return
    # Here: few installations have a provider, and its library would take a tenth of every start.
    from dashboards.oidc import IN_FLIGHT_S, ProviderDoor  # noqa: PLC0415

    door = ProviderDoor(provider, centre.settings.secret)

    @server.get(AWAY, include_in_schema=False)
    async def away(request: Request, next_: str = Query("", alias="next")) -> Response:
        onward = next_ if page_at(next_) else ""
        try:
            departure = await asyncio.to_thread(door.depart, onward)
        except (Unavailable, Unauthorised):
            return _told(request, "sign_in.no_provider", 503)
        answer = RedirectResponse(departure.url, 303)
        # Lax: the browser comes back from a foreign page, and must bring it.
        answer.set_cookie(
            _flight(request),
            departure.cookie,
            max_age=IN_FLIGHT_S,
            path=BACK,
            httponly=True,
            samesite="lax",
            secure=is_secure(request.scope),
        )
        return answer

    @server.get(BACK, include_in_schema=False)
    async def back(
        request: Request,
        state: str = Query("", max_length=200),
        code: str = Query("", max_length=4096),
    ) -> Response:
        answer = await asyncio.to_thread(_back, centre, door, request, state, code)
        answer.delete_cookie(_flight(request), path=BACK)
        return answer


def _flight(request: Request) -> str:
    """Return what the cookie is called: over TLS a browser takes such a name over TLS alone."""
    return f"__Secure-{FLIGHT}" if is_secure(request.scope) else FLIGHT


async def _no_way(request: Request) -> Response:
    return _told(request, "shell.no_page", 404)


def _back(
    centre: Centre, door: "ProviderDoor", request: Request, state: str, code: str
) -> Response:
    origin = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    try:
        who = door.arrive(request.cookies.get(_flight(request), ""), state, code)
    except Unauthorised:
        return _told(request, "sign_in.provider_refused", 401)
    except Unavailable:
        return _told(request, "sign_in.no_provider", 503)
    try:
        session = sign_in_as(centre, who.subject, origin, agent, is_proven=who.is_proven)
    except Unauthorised:
        return _unbound(request, who)
    except TooMany:
        return _told(request, "sign_in.locked", 429)
    except Unavailable:
        return _told(request, "state.no_store", 503)
    target = who.onward or "/"
    if session.proof is not Proof.DONE:
        target = second_path(who.onward)
    # A redirect would still count as coming from the provider, and leave the strict cookie behind.
    language = language_of(request.scope)
    onward = el("p", el("a", label("second.onward", language), href=target), cls="ways")
    answer = HTMLResponse(
        page(language, label("sign_in.title", language), onward), headers={"Refresh": f"0;{target}"}
    )
    keep(answer, request, session.token)
    return answer


def _unbound(request: Request, who: "Identity") -> Response:
    """Tell who came what his administrator must bind: the provider's name for him."""
    language = language_of(request.scope)
    content = page(
        language,
        label("sign_in.title", language),
        el("h1", label("sign_in.unbound", language)),
        el("p", el("code", who.subject)),
        el("p", el("a", label("sign_in.title", language), href="/login"), cls="ways"),
    )
    return HTMLResponse(content, 403, {"Cache-Control": "no-store"})


def _told(request: Request, key: str, status: int) -> Response:
    language = language_of(request.scope)
    onward = el("p", el("a", label("sign_in.title", language), href="/login"), cls="ways")
    title = label(key, language)
    return HTMLResponse(page(language, title, el("h1", title), onward), status)

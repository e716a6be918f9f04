"""The page of the second factor: a code of those who have one, a secret for those who need one."""

import asyncio
from urllib.parse import quote

import segno
from fastapi import FastAPI, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.auth import Doors
from dashboards.cookies import session_token
from dashboards.entrance import keep, require_same_origin
from dashboards.markup import Html, el
from dashboards.notices import language_of, page
from dashboards.paths import SECOND, page_at
from ioc.access import factor
from ioc.access.model import Proof
from ioc.centre import Centre
from ioc.errors import Conflict, TooMany, Unauthorised, Unavailable
from ioc.labels import Language, label

NO_STORE = {"Cache-Control": "no-store"}


def add_second_factor(server: FastAPI, centre: Centre, doors: Doors) -> None:
    """Add the page to `server`."""

    @server.get(SECOND, include_in_schema=False)
    async def form(request: Request, next_: str = Query("", alias="next")) -> Response:
        return await asyncio.to_thread(_shown, centre, request, next_, None, 200)

    @server.post(SECOND, include_in_schema=False)
    async def enter(
        request: Request, code: str = Form(""), next_: str = Form("", alias="next")
    ) -> Response:
        require_same_origin(request)
        answer = await asyncio.to_thread(_entered, centre, request, code[:64], next_)
        doors.shut(session_token(request)) if answer.status_code == 429 else None
        return answer


def _shown(
    centre: Centre, request: Request, onward: str, fault: str | None, status: int
) -> Response:
    language, token = language_of(request.scope), session_token(request)
    try:
        who = factor.standing_of(centre, token) if token else None
        if who is None:
            return RedirectResponse("/login", 303)
        if who.has_factor and who.proof is Proof.DONE:
            return HTMLResponse(_notice("second.is_on", language))
        enrolment = None if who.has_factor else factor.begin(centre, token)
    except Conflict:
        return HTMLResponse(_notice("second.unreadable", language), 409)
    except Unavailable:
        return HTMLResponse(_notice("state.no_store", language), 503)
    content = _form(language, onward, fault, enrolment)
    return HTMLResponse(content, status, NO_STORE)


def _entered(centre: Centre, request: Request, code: str, onward: str) -> Response:
    language = language_of(request.scope)
    try:
        return _taken(centre, request, code, onward if page_at(onward) else "/")
    except Unauthorised:
        return _shown(centre, request, onward, "second.wrong", 401)
    except Conflict:
        return RedirectResponse(SECOND, 303)
    except TooMany:
        return HTMLResponse(_notice("sign_in.locked", language), 429)
    except Unavailable:
        return HTMLResponse(_notice("state.no_store", language), 503)


def _taken(centre: Centre, request: Request, code: str, target: str) -> Response:
    token, language = session_token(request), language_of(request.scope)
    who = factor.standing_of(centre, token)
    if who is not None and who.proof is Proof.CODE:
        answer: Response = RedirectResponse(target, 303)
        keep(answer, request, factor.prove(centre, token, code).token)
        return answer
    opened, codes = factor.confirm(centre, token, code)
    answer = HTMLResponse(_recovery(language, codes, target), 200, NO_STORE)
    if opened is not None:
        keep(answer, request, opened.token)
    return answer


def second_path(onward: str) -> str:
    """Return the address of the page, with where to go after it."""
    return f"{SECOND}?next={quote(onward)}" if page_at(onward) else SECOND


def _form(
    language: Language, onward: str, fault: str | None, enrolment: factor.Enrolment | None
) -> str:
    title = label("second.enrol" if enrolment else "second.title", language)
    box = el(
        "input",
        name="code",
        type="text",
        inputmode="numeric",
        autocomplete="one-time-code",
        required=True,
        autofocus=True,
        maxlength=11,
    )
    return page(
        language,
        title,
        el("h1", title),
        _secret(language, enrolment) if enrolment else None,
        el(
            "form",
            el("p", label(fault, language), cls="fault", role="alert") if fault else None,
            el("label", el("span", label("second.code", language)), box),
            None if enrolment else el("p", label("second.or_recovery", language), cls="hint"),
            el("input", type="hidden", name="next", value=onward),
            el("button", label("second.submit", language)),
            method="post",
            action=SECOND,
        ),
        el(
            "form",
            el("button", label("second.leave", language), cls="quiet-button"),
            method="post",
            action="/logout",
        ),
    )


def _secret(language: Language, enrolment: factor.Enrolment) -> Html:
    drawn = segno.make(enrolment.uri, error="m")
    square = drawn.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=False)
    letters = enrolment.secret
    typed = " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))
    return el(
        "div",
        el("p", label("second.how", language)),
        el("div", Html(square), cls="qr", role="img", aria_label=label("second.qr", language)),
        el("p", label("second.by_hand", language), " ", el("code", typed)),
        cls="enrol",
    )


def _recovery(language: Language, codes: tuple[str, ...], target: str) -> str:
    title = label("second.recovery", language)
    return page(
        language,
        title,
        el("h1", title),
        el("p", label("second.keep_them", language)),
        el("ul", [el("li", el("code", code)) for code in codes], cls="codes"),
        el("p", el("a", label("second.onward", language), href=target), cls="ways"),
    )


def _notice(key: str, language: Language) -> str:
    onward = el("p", el("a", label("shell.home", language), href="/"), cls="ways")
    return page(language, label(key, language), el("h1", label(key, language)), onward)

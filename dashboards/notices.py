"""The pages outside the app: sign-in, a refusal, a store that is away. Plain HTML, own assets."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, unquote

from dashboards.markup import Html, el, join
from ioc.labels import Language, label

STYLES = ("1-fonts.css", "2-tokens.css", "3-base.css", "7-notice.css")
ARCHES = "M2 22" + "".join(f"C{x + 3} 6 {x + 11} 6 {x + 14} 22" for x in range(2, 86, 14))


def brand(width: int = 88) -> Html:
    """Return the mark: six arches of a bridge."""
    path = el("path", d=ARCHES)
    return el("svg", path, cls="brand", viewBox="0 0 88 26", width=width, aria_hidden="true")


def language_of(scope: Mapping[str, object]) -> Language:
    """Return the language a request asks for: `?lang=`, the cookie, else Vietnamese."""
    return Language.EN if choice(scope, "lang", {"vi", "en"}) == "en" else Language.VI


def choice(scope: Mapping[str, object], name: str, allowed: set[str]) -> str | None:
    """Return what a request's query or cookie says about `name`, if it is one of `allowed`."""
    return next((told for told in said(scope, name) if told in allowed), None)


def said(scope: Mapping[str, object], name: str) -> list[str]:
    """Return what a request says about `name`: by its query first, then by its cookie."""
    query = parse_qs(_bytes(scope.get("query_string")).decode("latin-1"))
    told = query.get(name, [])[:1]
    headers = scope.get("headers")
    pairs = headers if isinstance(headers, (list, tuple)) else ()
    raw = next((value for key, value in pairs if key == b"cookie"), b"")
    try:
        kept = SimpleCookie(raw.decode("latin-1")).get(name)
    except CookieError:
        return told
    return told if kept is None else [*told, unquote(kept.value)]


def notice(key: str, scope: Mapping[str, object]) -> str:
    """Return a page that says one thing, with a way on."""
    language = language_of(scope)
    onward = el(
        "p",
        el("a", label("shell.home", language), href="/"),
        el(
            "form",
            el("button", label("sign_in.sign_out", language)),
            method="post",
            action="/logout",
        ),
        cls="ways",
    )
    return page(language, label(key, language), el("h1", label(key, language)), onward)


def page(language: Language, title: str, *content: Html | None) -> str:
    """Return one page of plain HTML."""
    links = [el("link", rel="stylesheet", href=f"/assets/{name}") for name in STYLES]
    head = el("head", el("meta", charset="utf-8"), el("title", title), links)
    body = el("body", el("main", brand(), *content, cls="notice"))
    return "<!DOCTYPE html>" + el(
        "html", join([head, body]), lang=language.value, data_theme="night"
    )


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""

"""The administrator's desk: accounts, sessions, keys, the audit, what came in, what goes when.

An auditor opens it too: he reads, and changes nothing.
"""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.administration import (
    accounts,
    audits,
    breached,
    displays,
    imports,
    incoming,
    keys,
    letters,
    retention,
    sampled,
    sessions,
    versions,
)
from dashboards.administration.figures import figures
from dashboards.administration.parts import NEW
from dashboards.auth import Viewer
from dashboards.components import key_bar
from dashboards.panels.totals import totals
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.tables.page import side
from dashboards.tables.place import place
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.live import Topic

KEYS = (
    (("↑", "↓"), "list_key.row"),
    (("Enter",), "list_key.open"),
    (("[", "]"), "list_key.list"),
    (("1", "2", "3", "4", "5"), "list_key.act"),
    (("N", "K", "M", "B"), "admin_key.new"),
    (("R",), "list_key.again"),
    (("Esc",), "keys.back"),
)
# What is made anew, by the key that begins it.
MADE = (
    ("N", "accounts", "accounts.new"),
    ("K", "keys", "keys.new"),
    ("M", "displays", "displays.new"),
    ("B", "breaches", "breaches.new"),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, figures, what can be made, the lists, the opened row, keys."""
    may_act = viewer.may(Action.MANAGE_ACCESS)
    made = MADE if viewer.scope is None else MADE[:1]
    begin = [_begin(*one, words) for one in made] if may_act else []
    return html.Div(
        [
            desk_bar(Page.ADMIN, viewer, words),
            html.Div([region("admin-totals"), *begin], className="admin-top"),
            html.Div(
                [
                    html.Main([place(words)], className="table-main"),
                    html.Aside(side(words), className="table-side"),
                ],
                className="table-columns",
            ),
            region("keys", "key-bar"),
        ],
        className="desk table-desk admin-desk",
    )


def _begin(key: str, name: str, text: str, words: Words) -> Component:
    hotkey: dict[str, Any] = {"data-hotkey": f"Key{key}"}
    href = f"/admin?list={name}&row={NEW}"
    return html.A([html.Kbd(key), words.say(text)], href=href, className="begin", **hotkey)


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note who opened the desk from which accounts are made."""
    audit.record(centre, viewer.name, "desk_seen", "desk:admin", "administration", {})


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the figures as they are now."""
    words, now = seat.words(centre.city), centre.now()
    parts = {
        "brand": brand_part(),
        "keys": key_bar(KEYS, words),
        "admin-totals": totals(figures(centre, seat, words), now, words),
    }
    return Picture(now, parts)


SCREEN = Screen(
    Page.ADMIN,
    layout,
    draw,
    frozenset({Topic.ACCESS}),
    opened=opened,
    every_s=5.0,
    tables=(
        accounts.TABLE,
        sessions.TABLE,
        keys.TABLE,
        displays.TABLE,
        audits.TABLE,
        sampled.TABLE,
        breached.TABLE,
        imports.TABLE,
        incoming.REFUSED,
        incoming.FEEDS,
        letters.TABLE,
        versions.TABLE,
        retention.TABLE,
    ),
)

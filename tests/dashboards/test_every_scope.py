"""Nobody sees or does what lies outside his scope: every way in, tried from the far side directly.

The role is the one that may do everything, so that nothing but the scope stands in the way.
"""

import json
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from dashboards.app import SCREENS
from ioc.access import managing
from ioc.access.model import Page, Role, User
from ioc.centre import Centre
from tests.accounts import an_account
from tests.ioc.test_reports import received

from . import test_every_role as every
from .conftest import PASSWORD
from .makers import GATE, MAIN, a_tab, page_of

world = every.world
World = every.World
# Registrations, sums and accounts lie nowhere: their pages are the whole province's, by role.
WHOLE = {Page.TRANSPORT, Page.BRIEFING, Page.ADMIN}
# Where what every other callback asks for lies.
DECLARED, REPORTED = "declared", "reported"
LIES = {
    "case.data": MAIN,
    "answer.data": MAIN,
    "found.data": MAIN,
    "looked.data": GATE,
    "ruled.data": GATE,
    "shift-shown.data": MAIN,
    "shift-told.data": GATE,
    "row-shown.data": DECLARED,
    "row-told.data": DECLARED,
    "camera-shown.data": GATE,
    "report-shown.data": REPORTED,
    "report-told.data": REPORTED,
}
UNSEEN = [*every.PLATES, every.HOLDER, every.COMER]
FAR = "483"


@pytest.fixture
def scoped(pages: str, centre: Centre):
    """A function that returns a browser in which one who may do everything has a scope."""
    opened: list[httpx.Client] = []

    def enter(scope: str) -> httpx.Client:
        an_account(centre, f"of-{scope}", PASSWORD, Role.ADMIN)
        user = User(f"of-{scope}", Role.ADMIN, "Scoped", scope)
        managing.change_user(centre, user, actor="test")
        client = httpx.Client(base_url=pages, timeout=20)
        opened.append(client)
        assert client.post("/login", data={"name": user.name, "password": PASSWORD}).is_redirect
        return client

    yield enter
    for client in opened:
        client.close()


def unit_of(centre: Centre, world: World, where: str) -> str:
    if where == DECLARED:
        return next(iter(centre.city.units_on(centre.now().date()))).id
    return "19789-2021" if where == REPORTED else centre.city.camera(where).unit


def test_every_callback_has_its_place() -> None:
    assert set(LIES) == {name for name, way in every.WAYS.items() if way.page not in WHOLE}


def test_from_afar_no_callback_shows_or_does_anything(
    centre: Centre, scoped: Callable[[str], httpx.Client], world: World
) -> None:
    client, reach = scoped(FAR), centre.reach(FAR)
    before = every.everything(centre)
    for output, where in LIES.items():
        assert not reach.covers_unit(unit_of(centre, world, where)), where
        way = every.WAYS[output]
        data, said = every.told(client, output, way.asked(world))
        assert not [word for word in UNSEEN if word in said], (output, said[:400])
        assert not data.get("done"), (output, said[:400])
        assert not data.get("is_done"), (output, said[:400])
    assert every.everything(centre) == before


def test_from_nearby_each_callback_answers(
    centre: Centre, scoped: Callable[[str], httpx.Client], world: World
) -> None:
    # Street lights are a department's, wherever they are; noise is dealt with on the spot.
    world = replace(world, report=received(centre, 2, service="noise").ref)
    clients: dict[str, httpx.Client] = {}
    for output, where in LIES.items():
        code = centre.city.units[unit_of(centre, world, where)].district_code
        client = clients.get(code) or clients.setdefault(code, scoped(code))
        way = every.WAYS[output]
        data, said = every.told(client, output, way.asked(world))
        assert way.ends(data), (output, said[:400])


def test_from_afar_no_page_no_list_and_no_file_holds_anything(
    centre: Centre, scoped: Callable[[str], httpx.Client], world: World
) -> None:
    client = scoped(FAR)
    for page in SCREENS:
        if page in (Page.TRANSPORT, Page.COMPONENTS):  # made-up plates, or by role
            continue
        path = f"/{page.value}"
        with a_tab(client, path) as tab:
            tab.hear()
            shown = json.dumps(tab.parts, ensure_ascii=False) + page_of(client, path).text
        assert not [word for word in UNSEEN if word in shown], page
    origin = {"origin": str(client.base_url).rstrip("/")}
    form = {"purpose": "court", "case": "A-1"}
    assert client.get(f"/evidence/{world.picture}").status_code == 404
    assert client.post(f"/pack/{world.alert}", data=form, headers=origin).status_code == 404
    assert client.get(f"/report/{world.report}-asked.jpg").status_code in (403, 404)
    for page, screen in SCREENS.items():
        if page in WHOLE:
            continue
        for table in screen.tables:
            rows = client.post(f"/rows/{table.name}", json={}, headers=origin)
            sheet = client.post(f"/sheet/{table.name}", data=form, headers=origin)
            for answer in (rows, sheet):
                assert not [word for word in UNSEEN if word in answer.text], (page, table.name)


def test_a_scope_that_changes_ends_what_is_open(centre: Centre, scoped) -> None:
    client = scoped(FAR)
    assert client.get("/police").status_code == 200
    wider = User(f"of-{FAR}", Role.ADMIN, "Scoped", None)
    managing.change_user(centre, wider, actor="test")
    assert client.get("/police").status_code == 303
    assert client.post("/_dash-update-component", json={}).status_code == 401

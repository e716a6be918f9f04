"""Nobody sees or does what his role does not grant: every way in, tried by every role directly."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from dashboards.app import SCREENS, create_app
from ioc.access.model import Action, Page, Role
from ioc.access.rules import may, may_open
from ioc.alerts.service import find_alert
from ioc.briefings.service import freeze
from ioc.centre import Centre
from ioc.db import transact
from ioc.lookups.service import gather_plates
from ioc.people.model import Declaration
from ioc.people.service import record_declarations
from ioc.permits.service import permits_of
from ioc.persons.model import Identity, NumberKind
from ioc.registrations.model import Registration
from ioc.registrations.service import record_registrations
from ioc.vehicles.recording import record_read
from tests.conftest import NOW
from tests.ioc.test_reports import received

from .makers import GATE, YELLOW, a_picture, a_read, a_stop, a_tab, call, page_of

DOUBTFUL, FILED = "43C16639", "43C99887"
# How the three vehicles of this city would show: as they are kept, and as they are displayed.
PLATES = (YELLOW, "75C-203.02", DOUBTFUL, "43C-166.39", FILED, "43C-998.87")
HOLDER, COMER = "Nam Son Ltd", "Trần Thị Hoa"


@dataclass(frozen=True)
class World:
    """What there is to be seen and done."""

    alert: str
    question: str
    filing: str
    permit: str
    picture: str
    declared: str
    report: str
    issue: str


@dataclass(frozen=True)
class Way:
    """One callback: what to send, and who may.

    `needs` is the page and the action; `ends` tells from an answer that it did what was asked.
    """

    asked: Callable[[World], Mapping[str, object]]
    page: Page
    action: Action | None
    ends: Callable[[dict], bool]


def has_parts(data: dict) -> bool:
    return any(data.get("parts", {}).values())


WAYS = {
    "case.data": Way(lambda w: {"alert": w.alert}, Page.POLICE, None, has_parts),
    "answer.data": Way(
        lambda w: {"alert": w.alert, "step": "acknowledge"},
        Page.POLICE,
        Action.TAKE_STEP,
        lambda data: bool(data.get("text")),
    ),
    "found.data": Way(
        lambda w: {"quest": "search", "pattern": "75C2030*", "days": "7", "purpose": "theft",
                   "case": "A-1"},
        Page.POLICE,
        Action.LOOK_UP_PLATE,
        lambda data: YELLOW in json.dumps(data) or "75C-203.02" in json.dumps(data),
    ),
    "looked.data": Way(
        lambda w: {"alert": w.question}, Page.REVIEW, Action.ANSWER_QUESTION, bool
    ),
    "ruled.data": Way(
        lambda w: {"alert": w.question, "answer": "none"},
        Page.REVIEW,
        Action.ANSWER_QUESTION,
        lambda data: data.get("is_done") is True,
    ),
    "filing-shown.data": Way(lambda w: {"ref": w.filing}, Page.TRANSPORT, None, has_parts),
    "filing-told.data": Way(
        lambda w: {"refs": [w.filing], "step": "approve", "class": "green"},
        Page.TRANSPORT,
        Action.DECIDE_REGISTRATION,
        lambda data: bool(data.get("done")),
    ),
    "shift-shown.data": Way(
        lambda w: {"item": f"alert:{w.alert}"}, Page.SHIFT, None, has_parts
    ),
    "shift-told.data": Way(
        lambda w: {"do": "mute", "camera": GATE, "rule": "R-S1", "minutes": "10", "note": "dirt"},
        Page.SHIFT,
        Action.LEAD_SHIFT,
        lambda data: data.get("done") is True,
    ),
    "row-shown.data": Way(
        lambda w: {"table": "declarations", "id": w.declared}, Page.ENTRIES, None, has_parts
    ),
    "row-told.data": Way(
        lambda w: {"table": "declarations", "ids": [w.declared], "step": "approve"},
        Page.ENTRIES,
        Action.DECIDE_DECLARATION,
        lambda data: bool(data.get("done")),
    ),
    "camera-shown.data": Way(lambda w: {"camera": GATE}, Page.CAMERAS, None, has_parts),
    "report-shown.data": Way(lambda w: {"ref": w.report}, Page.REPORTS, None, has_parts),
    "report-told.data": Way(
        lambda w: {"ref": w.report, "deed": "note", "note": "x"},
        Page.REPORTS,
        Action.HANDLE_REPORT,
        lambda data: data.get("done") is True,
    ),
    "briefing-shown.data": Way(lambda w: {"issue": ""}, Page.BRIEFING, None, has_parts),
    "briefing-told.data": Way(
        lambda w: {"do": "sign", "issue": w.issue},
        Page.BRIEFING,
        Action.SIGN_BRIEFING,
        lambda data: bool(data.get("text")),
    ),
}  # fmt: skip
# Every other address of the pages, and what it needs: a page, an action.
OPEN = {
    "/",
    "/login",
    "/second-factor",
    "/login/provider",
    "/login/provider/back",
    "/screen",
    "/logout",
    "/healthz",
    "/readyz",
    "/metrics",
}
DOORS = {
    "/evidence/{name}": (None, Action.SEE_EVIDENCE),
    "/paper/{ref}": (None, Action.DECIDE_REGISTRATION),
    "/pack/{alert}": (None, Action.TAKE_EVIDENCE),
    "/rows/{name}": (Page.ENTRIES, None),
    "/sheet/{name}": (Page.ENTRIES, Action.EXPORT_LIST),
    "/report/{name}": (Page.REPORTS, Action.HANDLE_REPORT),
    "/issue/{name}": (Page.BRIEFING, None),
}


@pytest.fixture
def world(centre: Centre) -> World:
    now = centre.now()
    alert = str(a_stop(centre).alert)
    picture = a_picture(centre, "plate", 200)
    read = a_read("q", DOUBTFUL, now, GATE, confidence=0.6, plate_picture=picture)
    question = str(record_read(centre, "box", read).alert)
    [receipt] = record_registrations(centre, "portal", [Registration("r-1", FILED, until_at=now + (
        centre.city.limits.incident * 100))])  # fmt: skip
    [permit] = permits_of(centre, YELLOW)
    gather_plates(centre)
    seen = str(find_alert(centre, alert).plate_picture)
    comer = Identity("046185000123", NumberKind.CCCD, COMER, birth_year=1985)
    unit = next(iter(centre.city.units_on(NOW.date()))).id
    [declared] = record_declarations(centre, "portal", [Declaration("d-1", comer, unit)])
    report = received(centre, picture=seen).ref
    issue = freeze(centre, now.date() - timedelta(days=1), "timekeeper").name
    ref, coming = str(receipt.ref), str(declared.ref)
    return World(alert, question, ref, permit.ref, seen, coming, report, issue)


def told(client: httpx.Client, output: str, asked: Mapping[str, object]) -> tuple[dict, str]:
    """Call a callback directly; return the data of its answer, and all of its text."""
    specs = client.get("/_dash-dependencies").json()
    [spec] = [spec for spec in specs if spec["output"] == output]
    [source] = spec["inputs"]
    name = f"{source['id']}.{source['property']}"
    answer = call(client, output, {name: {"at": 1, **asked}, "spoken.data": "vi"})
    if answer.status_code != 200 or not answer.content:
        return {}, answer.text
    store = output.split(".", maxsplit=1)[0]
    return answer.json()["response"].get(store, {}).get("data") or {}, answer.text


def test_every_callback_and_every_address_stands_in_the_tables(centre: Centre, sign_in) -> None:
    specs = sign_in(Role.ADMIN).get("/_dash-dependencies").json()
    served = {
        spec["output"]
        for spec in specs
        if not spec.get("clientside_function") and not spec.get("persistent")
    }
    assert served == {*WAYS, "place.children", "lists.data"}
    addresses = {getattr(route, "path", "") for route in create_app(centre).routes}
    ours = {path for path in addresses if path and not path.startswith(("/_", "/assets"))}
    assert ours - {"/{path:path}"} == OPEN | set(DOORS)


@pytest.mark.parametrize("role", Role)
def test_each_callback_answers_whom_it_may(
    centre: Centre, sign_in, world: World, role: Role
) -> None:
    client = sign_in(role)
    before = everything(centre)
    for output, way in WAYS.items():
        data, text_of_answer = told(client, output, way.asked(world))
        granted = may_open(role, way.page) and (way.action is None or may(role, way.action))
        assert may(role, Action.SEE_PERSON) or COMER not in text_of_answer, output
        if granted:
            assert way.ends(data), (output, text_of_answer[:300])
            continue
        assert not has_parts(data) or output == "found.data", output
        assert not data.get("done"), output
        assert not data.get("is_done"), output
        assert HOLDER not in text_of_answer, output
        assert not [plate for plate in PLATES if plate in text_of_answer], output
    does = (Action.TAKE_STEP, Action.ANSWER_QUESTION, Action.DECIDE_REGISTRATION, Action.LEAD_SHIFT,
            Action.DECIDE_DECLARATION, Action.HANDLE_REPORT)  # fmt: skip
    if not any(may(role, action) for action in does):
        assert everything(centre) == before


def test_no_page_shows_a_plate_to_whom_it_may_not(
    centre: Centre, sign_in, world: World, subtests
) -> None:
    for role in Role:
        with subtests.test(role=role):
            client = sign_in(role)
            for page in SCREENS:
                path = f"/{page.value}"
                if not may_open(role, page):
                    assert client.get(path).status_code == 403, path
                    assert "notice" in page_of(client, path).text, path
                    continue
                with a_tab(client, path) as tab:
                    tab.hear()
                    shown = json.dumps(tab.parts, ensure_ascii=False) + page_of(client, path).text
                if page is Page.WALL or not may(role, Action.SEE_PLATE):
                    assert not [plate for plate in PLATES if plate in shown], (role, page)
                    assert HOLDER not in shown, (role, page)


def test_each_address_opens_to_whom_it_may(centre: Centre, sign_in, world: World, subtests) -> None:
    for role in Role:
        with subtests.test(role=role):
            client = sign_in(role)
            origin = {"origin": str(client.base_url).rstrip("/")}
            form = {"purpose": "court", "case": "A-1"}
            answers = {
                "/evidence/{name}": client.get(f"/evidence/{world.picture}"),
                "/paper/{ref}": client.get(f"/paper/{world.permit}"),
                "/issue/{name}": client.get(f"/issue/{world.issue}.csv"),
                "/pack/{alert}": client.post(f"/pack/{world.alert}", data=form, headers=origin),
                "/rows/{name}": client.post("/rows/declarations", json={}, headers=origin),
                "/sheet/{name}": client.post("/sheet/declarations", data=form, headers=origin),
                "/report/{name}": client.get(f"/report/{world.report}-asked.jpg"),
            }
            assert set(answers) == set(DOORS)
            for path, answer in answers.items():
                page, action = DOORS[path]
                granted = (page is None or may_open(role, page)) and (
                    action is None or may(role, action)
                )
                assert (answer.status_code == 200) is granted, (path, answer.status_code)
                assert COMER not in answer.text, path


def test_each_page_names_the_lists_of_whom_it_opens_to(sign_in, subtests) -> None:
    for role in Role:
        with subtests.test(role=role):
            client = sign_in(role)
            for page, screen in SCREENS.items():
                inputs = {"where.pathname": f"/{page.value}", "spoken.data": "vi"}
                told_lists = call(client, "lists.data", inputs).json()["response"]["lists"]["data"]
                wanted = [
                    table.name
                    for table in screen.tables
                    if may_open(role, page) and (table.action is None or may(role, table.action))
                ]
                assert [one["name"] for one in told_lists] == wanted


def everything(centre: Centre) -> dict[str, object]:
    """Return what a person could have changed."""
    queries = {
        "alerts": "SELECT id, state, owner, outcome FROM alerts ORDER BY id",
        "steps": "SELECT count(*) FROM alert_steps",
        "mutes": "SELECT count(*) FROM mutes",
        "permits": "SELECT count(*) FROM permits",
        "reports": "SELECT count(*) FROM report_steps",
    }
    return transact(
        centre.engine,
        lambda conn: {
            name: [tuple(row) for row in conn.execute(text(query))]
            for name, query in queries.items()
        },
    )

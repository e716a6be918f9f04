"""The desks of people, scans and Health: lists, figures that lead there, rows decided by right."""

import json
import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import text

from dashboards.app import SCREENS, TABLES
from dashboards.auth import Viewer
from dashboards.screen import seat_of
from dashboards.tables.model import Opening
from dashboards.words import Words
from ioc.access.model import Action, Page, Role
from ioc.access.rules import may
from ioc.centre import Centre
from ioc.db import transact
from ioc.doses.model import Dose
from ioc.doses.recording import record_doses
from ioc.duplicates.service import find_duplicates
from ioc.errors import NotFound
from ioc.labels import CONFIG_DIR, Language, load_labels
from ioc.listing import Ask
from ioc.paper.model import PaperKind, PaperTotal
from ioc.paper.service import record_totals
from ioc.people.arrivals import note_passages
from ioc.people.lodgings import record_lodgings, record_waves
from ioc.people.model import Declaration, Lodging, Means, Passage, Wave
from ioc.people.service import find_declaration, record_declarations
from ioc.persons.model import Identity, NumberKind
from ioc.persons.service import meet
from ioc.samples.model import Finding, Outcome, Sample
from ioc.samples.recording import record_samples
from ioc.venues.model import PointChange, Scan, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.service import change_points

from .makers import call

DESKS = (Page.ENTRIES, Page.SCANS, Page.HEALTH)
OURS = {name: table for name, table in TABLES.items() if table.page in DESKS}
HERE, THERE = "19768-2021", "19849-2021"
GATE, SHUT, POST = "dong-ba-01", "dong-ba-02", "my-chanh"
LAB, CLINIC, OTHER = "xn-bvtw", "tc-bvtw", "tc-bv-268"
NAME = "Nguyễn Văn Bình"
CITIZEN = "046085000777||Trần Thị Bé|07031985|Nam|Huế|14092021"


def a_person(n: int, name: str = NAME) -> Identity:
    return Identity(f"0460850001{n:02}", NumberKind.CCCD, name, birth_year=1985, unit=HERE)


@pytest.fixture
def city(centre: Centre, clock) -> Centre:
    """A city in which every list of the desks has a row."""
    now = centre.now()
    declared = [
        Declaration("d0", a_person(1), HERE, origin="Đà Nẵng", phone="0905123456"),
        Declaration("d1", a_person(2), THERE, means=Means.TRAIN),
        Declaration("d2", a_person(3, "Lê Thị Hoa"), HERE, plate="75C20302"),
    ]
    refs = [str(one.ref) for one in record_declarations(centre, "portal", declared)]
    [person] = find_declaration(centre, refs[2]).people
    came = [Passage(person, now, POST)]
    transact(centre.engine, lambda conn: note_passages(conn, centre, came))
    record_waves(centre, "portal", [Wave("w", Means.TRAIN, "SE4", 300, now, point=POST)])
    end = now + timedelta(days=2)
    record_lodgings(centre, "portal", [Lodging("l", a_person(4), "Hương Giang", now, end, HERE)])
    find_duplicates(centre)
    change_points(centre, "portal", [PointChange("p", SHUT, is_active=False)])
    scans = [Scan(point, point, CITIZEN, Way.IN, now) for point in (GATE, SHUT)]
    ScanDesk(centre).record("gate", scans)
    people = [a_person(n) for n in range(10, 13)]
    ill, well, _ = transact(centre.engine, lambda conn: meet(conn, centre, people, now))
    taken = now - timedelta(days=2)
    record_samples(
        centre,
        "lab",
        [
            Sample("t0", ill, "pcr", "TUBE0001", LAB, taken, Outcome(Finding.POSITIVE), HERE),
            Sample("t1", well, "pcr", "TUBE0002", LAB, taken, unit=THERE),
        ],
    )
    given = now - timedelta(days=3)
    record_doses(
        centre,
        "emr",
        [
            Dose("v0", well, "pfizer", "FF8871", 1, CLINIC, given, birth_year=1985, unit=HERE),
            Dose("v1", well, "pfizer", "FF8871", 1, OTHER, given, birth_year=1985, unit=HERE),
        ],
    )
    record_totals(centre, "paper", [PaperTotal("q", CLINIC, given.date(), PaperKind.DOSE, 5)])
    # Past the time in which a station calls on who has come.
    clock.advance(minutes=30)
    return centre


def viewer(role: Role, scope: str | None = None) -> Viewer:
    return Viewer(role.value, role, "token", scope)


def rows(client, name: str, **asked):
    return client.post(f"/rows/{name}?lang=vi", json=asked)


def test_every_list_has_its_rows_sorts_by_each_column_and_takes_each_filter(city, sign_in) -> None:
    client, words = sign_in(Role.ADMIN), Words(Language.VI, city.city.zone)
    tables = {key.split(".")[0] for key in load_labels(CONFIG_DIR / "labels")}
    empty = []
    for name, table in OURS.items():
        answer = rows(client, name)
        assert answer.status_code == 200, (name, answer.text)
        found = answer.json()["rows"]
        if not found:
            empty.append(name)
        shown = " ".join(cell for row in found for cell in row["cells"].values())
        assert not [key for key in re.findall(r"\b([a-z_]+)\.[a-z_]+\b", shown) if key in tables], (
            name
        )
        for column in table.columns:
            if column.is_sorted:
                for descends in (True, False):
                    order = [[column.name, descends]]
                    assert rows(client, name, order=order).status_code == 200, (name, order)
        for one in table.filters:
            choices = [value for value, _ in one.choices(city, viewer(Role.ADMIN), words)]
            assert one.default in ("", *choices), (name, one.name)
            for value in choices[:12]:
                answer = rows(client, name, where={one.name: value})
                assert answer.status_code == 200, (name, one.name, value)
    assert not empty


# By what each list is kept within a scope: the value of a row that names a unit, or a place.
UNIT_OF = {
    **dict.fromkeys(("declarations", "tasks", "lodgings", "cases"), ("unit",)),
    "coverage": ("ref",),
    "pairs": ("one_unit", "other_unit"),
}
PLACE_OF = {
    **dict.fromkeys(("pending", "returned", "repeats"), "facility"),
    **dict.fromkeys(("refusals", "changes"), "point"),
    **dict.fromkeys(("points", "doses", "tests"), "ref"),
    **{"passages": "place", "waves": "met_at", "sites": "site"},
}


def test_a_scope_sees_its_own_rows_alone_and_opens_no_others(city) -> None:
    code, words = city.city.units[HERE].code, Words(Language.VI, city.city.zone)
    reach, inside, outside = city.reach(code), 0, 0
    for name, table in OURS.items():
        own = {row[table.key] for row in table.rows(city, viewer(Role.ADMIN, code), Ask()).rows}
        for row in table.rows(city, viewer(Role.ADMIN), Ask(most=5000)).rows:
            if name in UNIT_OF:
                is_inside = any(reach.covers_unit(row[key]) for key in UNIT_OF[name])
            else:
                is_inside = reach.covers(row[PLACE_OF[name]])
            is_shown = row[table.key] in own
            assert is_shown is is_inside or len(own) == Ask().most, (name, row)
            inside, outside = inside + is_inside, outside + (not is_inside)
            if not is_inside and table.opened is not None and outside % 40 < 8:
                who = viewer(Role.ADMIN, code)
                with pytest.raises(NotFound):
                    table.opened(Opening(city, who, str(row[table.key]), words, "tracing"))
    assert inside > len(OURS) - 6
    assert outside > len(OURS)


OF_ROWS = {
    *("/entries?list=declarations", "/entries?list=tasks&late=yes", "/entries?list=pairs"),
    *(f"/scans?list=points&state={state}" for state in ("scanning", "silent", "shut")),
    *("/health?list=doses&rhythm=silent", "/health?list=tests&rhythm=silent"),
    *("/health?list=pending", "/health?list=cases", "/health?list=repeats"),
}


@pytest.mark.parametrize("page", DESKS)
def test_every_figure_leads_to_the_rows_it_counts(city, sign_in, page) -> None:
    client = sign_in(Role.ADMIN)
    picture = SCREENS[page].draw(city, seat_of(viewer(Role.ADMIN), Language.EN))
    shown = re.findall(
        r'<a href="([^"]+)"><b[^>]*>([^<]+)</b>', picture.parts[f"{page.value}-totals"]
    )
    assert len(shown) >= 5
    for href, value in shown:
        parts = urlsplit(href.replace("&amp;", "&"))
        told = dict(parse_qsl(parts.query, keep_blank_values=True))
        name = told.pop("list")
        table = TABLES[name]
        where = {one.name: told.pop(one.name, one.default) for one in table.filters}
        assert (parts.path, told) == (f"/{page.value}", {})
        answer = rows(client, name, where=where).json()
        # What counts rows is told by the rows; other figures are sums over them.
        if href.replace("&amp;", "&") in OF_ROWS:
            assert value == str(answer["total"]), href


def test_a_row_opens_with_a_name_only_for_whom_may_see_persons(city, sign_in) -> None:
    for role in (Role.HEALTH, Role.LEADER, Role.POLICE):
        client = sign_in(role)
        for name, table in OURS.items():
            may_see = table.may_see(viewer(role))
            listed = table.rows(city, viewer(Role.ADMIN), Ask()).rows
            asked = {"table": name, "id": str(listed[0][table.key]), "at": 1}
            answer = call(client, "row-shown.data", {"row-look.data": asked, "spoken.data": "vi"})
            parts = json.dumps(answer.json() if answer.content else {}, ensure_ascii=False)
            if not may_see or table.opened is None:
                assert '"row-case"' not in parts, (role, name)
                continue
            assert '"row-case"' in parts, (role, name)
            if table.purposes:
                assert "data-purpose" in parts
                assert NAME not in parts
            if not may(role, Action.SEE_PERSON):
                assert NAME not in parts
                assert "0905123456" not in parts


DEEDS = [
    ("tasks", "reached", {}, Role.HEALTH, "SELECT count(*) FROM tasks WHERE state = 'done'"),
    ("pairs", "merge", {"note": "cùng người"}, Role.HEALTH,
     "SELECT count(*) FROM person_pairs WHERE state = 'merged'"),
    ("cases", "treat", {}, Role.HEALTH, "SELECT count(*) FROM cases WHERE state = 'treated'"),
    ("repeats", "void", {"note": "nhập nhầm"}, Role.HEALTH,
     "SELECT count(*) FROM doses WHERE mark = 'void'"),
    ("points", "shut", {"note": "cháy"}, Role.SHIFT_LEAD,
     "SELECT count(*) FROM point_states WHERE NOT is_active AND source = 'desk:shift_lead'"),
]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed[0])
def test_a_step_is_taken_by_whom_may_and_noted(city, sign_in, deed) -> None:
    name, step, said, role, query = deed
    listed = TABLES[name].rows(city, viewer(Role.ADMIN), Ask(order=TABLES[name].order)).rows
    asked = {"table": name, "ids": [str(listed[0][TABLES[name].key])], "step": step, "at": 1}

    def do(by: Role, **changes) -> dict:
        data = {**asked, "said": said, **changes}
        answer = call(sign_in(by), "row-told.data", {"row-deed.data": data, "spoken.data": "vi"})
        return answer.json()["response"]["row-told"]["data"]

    def count() -> int:
        return transact(city.engine, lambda conn: conn.execute(text(query)).scalar_one())

    for other in (Role.LEADER, Role.POLICE, Role.AGENCY):
        assert do(other)["done"] == []
    assert do(role, step="burn")["done"] == []
    if said:
        assert do(role, said={})["done"] == []
    assert count() == 0
    assert do(role)["done"] == asked["ids"]
    assert count() == 1
    noted = "SELECT count(*) FROM audit WHERE actor = :actor AND detail::text LIKE :step"
    values = {"actor": role.value, "step": f"%{step}%"}
    assert transact(city.engine, lambda conn: conn.execute(text(noted), values).scalar_one())

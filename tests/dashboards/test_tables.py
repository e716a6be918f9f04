"""Lists over the wire: rows and files of a viewer's scope and masks, or a refusal with its name."""

import csv
import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from ioc.access.model import Role
from ioc.clock import local_day
from ioc.db import transact
from ioc.people.model import Declaration, DeclarationStep, Means
from ioc.people.service import Order, decide_many, record_declarations
from ioc.persons.model import Identity, NumberKind

PLATE, MASKED = "75C20302", "75C-•••.02"
NAME, NUMBER = "Nguyễn Văn Bình", "046085000123"


@pytest.fixture
def units(centre) -> list[str]:
    return [unit.id for unit in centre.city.units_on(local_day(centre.now(), centre.city.zone))]


@pytest.fixture
def refs(centre, units) -> list[str]:
    """Five declarations, one in each of five units; the first has a plate, the last is approved."""
    declarations = [
        Declaration(
            f"d{n}",
            Identity(f"04608500012{n}", NumberKind.CCCD, NAME, birth_year=1985),
            units[n],
            origin="=1+1" if n == 1 else "Đà Nẵng",
            plate=PLATE if n == 0 else None,
            means=list(Means)[n % 4],
            phone="0905123456",
            expected_at=centre.now() + timedelta(hours=n),
        )
        for n in range(5)
    ]
    refs = [str(receipt.ref) for receipt in record_declarations(centre, "portal", declarations)]
    decide_many(centre, refs[4:], Order(DeclarationStep.APPROVE, "health"))
    return refs


def rows(client, name="declarations", lang="vi", **asked):
    return client.post(f"/rows/{name}?lang={lang}", json=asked)


def sheet(client, kind, **form):
    return client.post("/sheet/declarations?lang=vi", data={"kind": kind, **form})


def test_a_page_of_a_list_is_told_in_the_words_of_the_asker(centre, sign_in, refs) -> None:
    client = sign_in(Role.HEALTH)
    found = rows(client, order=[["expected_at", True]], most=2).json()
    assert [row["id"] for row in found["rows"]] == [refs[4], refs[3]]
    assert (found["total"], found["as_of"]) == (5, centre.now().isoformat())
    assert found["rows"][0]["cells"]["state"] == "Đã duyệt"
    assert found["rows"][0]["cells"]["expected_at"] == "04/10/2021 18:32"
    second = rows(client, order=[["expected_at", True]], first=2, most=2).json()
    assert ([row["id"] for row in second["rows"]], second["total"]) == ([refs[2], refs[1]], None)
    waiting = rows(client, lang="en", where={"state": "received,came", "means": "road"}).json()
    assert [row["id"] for row in waiting["rows"]] == [refs[0]]
    assert waiting["rows"][0]["cells"]["means"] == "By road"


def test_no_list_names_a_person_and_a_plate_only_to_whom_may_see_it(sign_in, refs) -> None:
    seen = {role: rows(sign_in(role)).text for role in (Role.HEALTH, Role.POLICE, Role.LEADER)}
    for text_of_answer in seen.values():
        assert NAME not in text_of_answer
        assert "0905123456" not in text_of_answer
    assert "75C-203.02" in seen[Role.POLICE]
    for role in (Role.HEALTH, Role.LEADER):
        assert MASKED in seen[role]
        assert "203" not in seen[role].replace(refs[0], "")


NO_QUESTIONS = [
    ({"where": {"state": "gone"}}, 422, "state"),
    ({"where": {"name": "Nguyễn"}}, 422, "where"),
    ({"where": {"state": 3}}, 422, "state"),
    ({"order": [["ref", False]]}, 422, "order"),
    ({"order": "received_at"}, 422, "order"),
    ({"first": "1"}, 422, "first"),
    ({"most": 5001}, 422, "most"),
    ({"name": "secrets"}, 404, None),
]


def test_what_is_no_list_and_no_filter_is_refused(sign_in, subtests) -> None:
    admin = sign_in(Role.ADMIN)
    for asked, status, field in NO_QUESTIONS:
        with subtests.test(asked=asked, status=status, field=field):
            answer = rows(admin, **asked)
            assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_who_may_not_open_the_page_gets_no_row_and_no_file(stranger, sign_in, refs) -> None:
    assert rows(stranger).status_code == 401
    assert sheet(stranger, "csv", purpose="audit").status_code == 401
    reviewer = sign_in(Role.REVIEWER)
    assert rows(reviewer).status_code == 403
    assert sheet(reviewer, "csv", purpose="audit").status_code == 403
    # May look, may not take away.
    assert rows(sign_in(Role.POLICE)).status_code == 200
    assert sheet(sign_in(Role.POLICE), "csv", purpose="audit").status_code == 403
    foreign = {"origin": "https://elsewhere.example"}
    health = sign_in(Role.HEALTH)
    assert health.post("/rows/declarations", json={}, headers=foreign).status_code == 403


def test_a_file_holds_what_the_list_shows_and_says_who_took_it(centre, sign_in, refs) -> None:
    client = sign_in(Role.HEALTH)
    asked = '{"where": {"state": "received"}, "order": [["expected_at", false]]}'
    assert sheet(client, "csv", asked=asked).json()["field"] == "purpose"
    assert sheet(client, "pdf", asked=asked, purpose="x").json()["field"] == "kind"

    answer = sheet(client, "csv", asked=asked, purpose="họp giao ban")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    shown = rows(client, order=[["expected_at", False]], where={"state": "received"}).json()
    cells = [list(row["cells"].values()) for row in shown["rows"]]
    # A table program runs what begins with an equals sign: in a file it is text.
    assert lines[1:5] == [["'=1+1" if cell == "=1+1" else cell for cell in row] for row in cells]
    assert ["# Mục đích", "họp giao ban"] in lines
    assert ["# Người tải", "health"] in lines

    answer = sheet(client, "xlsx", asked=asked, purpose="họp giao ban")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    held = book.get_sheet_by_index(0).to_python()
    assert [[str(cell) for cell in row] for row in held[1:]] == cells
    assert ["Mục đích", "họp giao ban"] in book.get_sheet_by_name("IOC").to_python()

    query = "SELECT actor, purpose, detail FROM audit WHERE action = 'list_taken' ORDER BY no"
    noted = transact(centre.engine, lambda conn: conn.execute(text(query)).all())
    assert [(row.actor, row.purpose, row.detail["format"]) for row in noted] == [
        ("health", "họp giao ban", "csv"),
        ("health", "họp giao ban", "xlsx"),
    ]
    assert noted[0].detail["rows"] == 4
    assert noted[0].detail["where"] == {"state": ["received"]}

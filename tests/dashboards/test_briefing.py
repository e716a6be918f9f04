"""The page of the digital report: looked at, behind each figure, compared, signed, taken away."""

import csv
import json
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from dashboards.app import SCREENS
from dashboards.figures.paper import svg_of
from dashboards.panels.briefing_source import figure_list
from dashboards.words import Words
from ioc.access.model import Page, Role
from ioc.briefings.edition import Edition
from ioc.briefings.page import sheet_of
from ioc.briefings.rules import contents_of
from ioc.briefings.service import book, draft, find_issue, freeze, names
from ioc.briefings.sheet import Clipped, Group, Item, Text
from ioc.briefings.upkeep import watch_issues
from ioc.centre import Centre
from ioc.db import transact
from ioc.labels import Language
from ioc.wording import Wording
from tests.ioc.briefing_days import DAY, count_days, days_before
from tests.ioc.test_briefings import late_tests

from .makers import call

REPORTED = date(2021, 10, 3)


@pytest.fixture
def reported(centre: Centre) -> Centre:
    """A city with two frozen issues, of which one figure has changed since."""
    days = days_before(centre, 9)
    count_days(centre, days)
    freeze(centre, REPORTED - DAY, "timekeeper")
    freeze(centre, REPORTED, "timekeeper")
    late_tests(centre, 38)
    watch_issues(centre)
    return centre


def look(client, **asked: object) -> dict:
    answer = call(client, "briefing-shown.data", {"briefing-look.data": asked, "spoken.data": "vi"})
    return answer.json()["response"]["briefing-shown"]["data"]


def do(client, **asked: object) -> dict:
    answer = call(client, "briefing-told.data", {"briefing-deed.data": asked, "spoken.data": "vi"})
    return answer.json()["response"]["briefing-told"]["data"]


def texts_of(items: tuple[Item, ...]) -> list[Text]:
    found = []
    for item in items:
        if isinstance(item, Text):
            found.append(item)
        elif isinstance(item, Group | Clipped):
            found += texts_of(item.items)
    return found


def test_the_page_shows_an_issue_and_what_stands_behind_its_figures(reported, sign_in) -> None:
    client = sign_in(Role.LEADER)
    shown = look(client)
    assert shown["issue"] == "2-1"
    parts = shown["parts"]
    assert "+38" in parts["briefing-later"]
    assert "chưa ký" in parts["briefing-signs"]
    assert 'data-figure="doses"' in parts["briefing-sheet"]
    assert parts["briefing-source"] == parts["briefing-list"] == parts["briefing-compare"] == ""
    # Every text of the sheet that is printed stands on the screen.
    issue = find_issue(reported, "2-1")
    contents = draft(reported, REPORTED - DAY)
    words = Wording(Language.VI, reported.city.zone)
    edition = Edition(contents, book(reported), reported.city, words, issue, names(reported))
    drawn = svg_of(sheet_of(edition))
    for one in texts_of(sheet_of(edition).items):
        assert one.text.replace("&", "&amp;") in drawn


def test_behind_a_figure_stands_its_source_its_list_and_other_issues(reported, sign_in) -> None:
    client = sign_in(Role.LEADER)
    # A figure: where it comes from, how whole, since when, and the desk with its list.
    source = look(client, figure="doses")["parts"]["briefing-source"]
    for expected in ("Nền tảng tiêm chủng", "03/10 24:00", "Còn lệch", "Đến muộn"):
        assert expected in source
    # A desk that is not built, or not the viewer's, is not offered.
    assert ('href="/health?list=doses"' in source) is (Page.HEALTH in SCREENS)
    link = 'href="/reports?state=open"'
    assert link in look(client, figure="reports")["parts"]["briefing-source"]
    other = look(sign_in(Role.TRANSPORT), figure="reports")["parts"]["briefing-source"]
    assert "href" not in other
    # One that no desk lists has a list of its own.
    calls = look(client, figure="calls", list=True)
    assert calls["list"] is True
    assert "href" not in calls["parts"]["briefing-source"]
    assert "03/10/2021" in calls["parts"]["briefing-list"]
    # Few people are not told by commune.
    cards = look(client, figure="cards", list=True)["parts"]["briefing-list"]
    assert "dưới 5" in cards
    assert not {'<td class="num">3</td>', '<td class="num">4</td>'} & set(cards.split("\n"))
    compared = look(client, compare=True, **{"with": "1-1"})["parts"]["briefing-compare"]
    assert '<th scope="col">1-1</th>' in compared
    assert look(client, issue="1-1")["issue"] == "1-1"
    assert look(client, issue="draft")["issue"] == "draft"
    gone = look(client, issue="7-7")
    assert gone["issue"] == ""
    assert "Không có bản này" in gone["parts"]["briefing-sheet"]
    # What a browser makes up changes nothing.
    for made_up in ({"figure": 5, "issue": None}, {"figure": "x", "list": True}, {"with": ["1-1"]}):
        assert look(client, **made_up)["issue"] == "2-1"


def test_who_may_signs_and_who_prepares_freezes_anew(reported, sign_in, clock) -> None:
    roles = (Role.SHIFT_LEAD, Role.HEALTH, Role.TRANSPORT, Role.LEADER)
    clients = {role: sign_in(role) for role in (*roles, Role.ADMIN)}
    assert do(clients[Role.LEADER], do="sign", issue="2-1")["done"] is False
    assert do(clients[Role.ADMIN], do="sign", issue="2-1")["done"] is False
    assert "data-deed" not in look(clients[Role.ADMIN])["parts"]["briefing-signs"]
    assert 'data-deed="freeze"' not in look(clients[Role.LEADER])["parts"]["briefing-signs"]
    assert do(clients[Role.LEADER], do="freeze", issue="2-1")["done"] is False
    # Since 38 results came later, freezing anew gives another version.
    frozen = do(clients[Role.SHIFT_LEAD], do="freeze", issue="2-1")
    assert (frozen["done"], frozen["issue"]) == (True, "2-2")
    assert "Không có gì thay đổi" in do(clients[Role.SHIFT_LEAD], do="freeze", issue="2-2")["text"]
    for role in roles:
        assert do(clients[role], do="sign", issue="2-2")["done"] is True, role
    shown = look(clients[Role.LEADER])["parts"]
    assert "chưa ký" not in shown["briefing-signs"]
    # By the names that people know.
    assert "Shift_Lead, Trưởng ca, IOC" in shown["briefing-signs"]
    assert do(clients[Role.LEADER], do="burn", issue="2-2")["done"] is False
    assert do(clients[Role.LEADER], do="sign", issue="9-9")["done"] is False


def test_files_are_handed_out_and_noted(reported, sign_in) -> None:
    client = sign_in(Role.LEADER)
    issue = find_issue(reported, "2-1")
    values = {one["id"]: one["value"] for one in json.loads(issue.text)["figures"]}
    pdf = client.get("/issue/2-1.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["cache-control"] == "no-store"
    [page] = PdfReader(BytesIO(pdf.content)).pages
    assert "Bản do leader lấy" in " ".join(page.extract_text().split())
    workbook = CalamineWorkbook.from_filelike(
        BytesIO(client.get("/issue/2-1.xlsx?lang=en").content)
    )
    rows = workbook.get_sheet_by_name("Figures").to_python()
    assert {row[0]: row[4] for row in rows[1:]} == values
    parsed = csv.reader(StringIO(client.get("/issue/2-1.csv").content.decode("utf-8-sig")))
    assert {row[0]: int(row[4]) for row in list(parsed)[1:]} == values
    for name in ("2-1", "2-1.exe", "9-9.pdf", "draft.pdf", "..pdf", "2-1.pdf.pdf"):
        assert client.get(f"/issue/{name}").status_code == 404, name
    taken = transact(reported.engine, lambda conn: conn.execute(text(
        "SELECT actor, subject, detail FROM audit WHERE action = 'briefing_taken' ORDER BY no"
    )).all())  # fmt: skip
    assert [row.detail["kind"] for row in taken] == ["pdf", "xlsx", "csv"]
    assert {(row.actor, row.subject) for row in taken} == {("leader", "briefing:2-1")}


def test_before_anything_is_frozen_a_preview_is_shown(centre: Centre, sign_in, clock) -> None:
    clock.at = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
    shown = look(sign_in(Role.LEADER))
    assert shown["issue"] == "draft"
    assert "chưa chốt" in shown["parts"]["briefing-sheet"]
    assert shown["parts"]["briefing-signs"] == ""


def test_the_list_behind_a_figure_ends_with_the_scope_of_who_looks(reported: Centre) -> None:
    issue = find_issue(reported, "2-1")
    words = Words(Language.VI, reported.city.zone)
    edition = Edition(contents_of(issue), book(reported), reported.city, words, issue)
    whole, district, nowhere = (
        figure_list(edition, "scans", reported.reach(scope)) for scope in (None, "479", "no-such")
    )
    assert "Thành phố Huế" in whole
    assert "Thị xã Hương Thủy" in district
    assert "Thành phố Huế" not in district
    assert "Thị xã" not in nowhere

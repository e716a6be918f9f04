"""The desk of reports by direct call: who sees which, who acts, who is told who sent one."""

import json
from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from PIL import Image

from ioc import evidence
from ioc.access.model import Role, User
from ioc.access.service import create_user
from ioc.centre import Centre
from ioc.reports.model import Case, Reporter, ReportState, Spot
from ioc.reports.service import find_case, log_of
from tests.dashboards.conftest import PASSWORD
from tests.dashboards.makers import call
from tests.dashboards.test_access import audited
from tests.ioc.test_reports import received

SENDER = Reporter("Nguyễn Thị A", "0905123456")
SAID = "Đèn tắt, gọi chị Ba 0905 777 888"
OTHERS = [Role.POLICE, Role.TRANSPORT, Role.REVIEWER, Role.HEALTH, Role.AUDITOR]
LOOKERS = [Role.OPERATOR, Role.LEADER]


def a_jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), (90, 90, 90)).save(out, "JPEG", comment=b"taken at home")
    return out.getvalue()


def with_picture(centre: Centre, number: int = 1, **more: object) -> Case:
    name = evidence.keep(centre, a_jpeg(), "report", "report:app", centre.now())
    said = {"picture": name, "description": SAID, "reporter": SENDER, **more}
    return received(centre, number, **said)


def look(client: httpx.Client, **asked: object) -> dict[str, str]:
    given = {"report-look.data": {"at": 1, **asked}, "spoken.data": "vi"}
    answer = call(client, "report-shown.data", given)
    if answer.status_code != 200 or not answer.content:
        return {}
    data = answer.json()["response"].get("report-shown", {}).get("data") or {}
    return dict(data.get("parts", {}))


def do(client: httpx.Client, **asked: object) -> dict:
    given = {"report-deed.data": {"at": 1, **asked}, "spoken.data": "vi"}
    answer = call(client, "report-told.data", given)
    return dict(answer.json()["response"]["report-told"]["data"])


@pytest.fixture
def of_agency(centre: Centre, pages: str):
    """A function that returns a browser of somebody who works for an agency."""
    clients = []

    def enter(agency: str) -> httpx.Client:
        user: User = create_user(
            centre, f"of-{agency}", PASSWORD, Role.AGENCY, "An officer", agency=agency
        )
        client = httpx.Client(base_url=pages, timeout=20)
        clients.append(client)
        form = {"name": user.name, "password": PASSWORD}
        assert client.post("/login", data=form).status_code == 303
        return client

    yield enter
    for client in clients:
        client.close()


def test_who_may_look_and_what_of_it(centre: Centre, sign_in) -> None:
    case = with_picture(centre)
    for role in OTHERS:
        assert look(sign_in(role), ref=case.ref) == {}, role
    for role in LOOKERS:
        client = sign_in(role)
        shown = json.dumps(look(client, ref=case.ref, state="open"), ensure_ascii=False)
        assert "Đèn tắt" not in shown, role
        assert "data-deed" not in shown, role
        assert client.get(f"/report/{case.ref}-asked.jpg").status_code == 403, role
        assert do(client, ref=case.ref, deed="urge")["done"] is False, role
    lead = sign_in(Role.SHIFT_LEAD)
    parts = look(lead, ref=case.ref, state="open")
    assert f'data-report="{case.ref}"' in parts["reports-rows"]
    assert "Đèn tắt" in parts["report-facts"]
    assert "0905 777 888" not in "".join(parts.values())
    assert SENDER.name not in "".join(parts.values())
    picture = lead.get(f"/report/{case.ref}-asked.jpg")
    assert (picture.status_code, picture.headers["cache-control"]) == (200, "no-store")
    assert lead.get(f"/report/{case.ref}-answer.jpg").status_code == 404
    assert lead.get("/report/..-asked.jpg").status_code == 404
    assert audited(centre, "report_opened") == [f"shift_lead report:{case.ref}"]
    assert len(log_of(centre, case.ref)) == 1


def test_an_agency_sees_and_touches_its_own_alone(centre: Centre, of_agency) -> None:
    mine, other = with_picture(centre, 1), with_picture(centre, 2, service="power-cut")
    client = of_agency(mine.agency)
    parts = look(client, ref=other.ref, state="open")
    assert mine.ref in parts["reports-rows"]
    assert other.ref not in "".join(parts.values())
    assert "report-head" not in parts
    assert client.get(f"/report/{mine.ref}-asked.jpg").status_code == 200
    assert client.get(f"/report/{other.ref}-asked.jpg").status_code == 404
    assert do(client, ref=other.ref, deed="start")["done"] is False
    # Filtering by another's name shows nothing of the other.
    assert other.ref not in "".join(look(client, agency=other.agency, state="open").values())
    assert do(client, ref=mine.ref, deed="start")["done"] is True
    assert do(client, ref=mine.ref, deed="extend", days="3", note="x")["done"] is False
    assert do(client, ref=mine.ref, deed="urge")["done"] is False
    assert do(client, ref=other.ref, deed="reveal", purpose="gọi lại")["done"] is False
    moved = {"deed": "reroute", "agency": other.agency, "note": "không phải của tôi"}
    assert do(client, ref=mine.ref, **moved)["done"] is True
    assert mine.ref not in "".join(look(client, state="open").values())


def test_who_sent_it_is_told_for_a_purpose_and_noted(centre: Centre, sign_in) -> None:
    case = with_picture(centre)
    lead = sign_in(Role.SHIFT_LEAD)
    assert do(lead, ref=case.ref, deed="reveal", purpose=" ")["done"] is False
    assert audited(centre, "reporter_seen") == []
    told = do(lead, ref=case.ref, deed="reveal", purpose="hỏi lại chỗ")
    assert SENDER.name in told["sender"]
    assert audited(centre, "reporter_seen") == [f"shift_lead report:{case.ref}"]
    for _ in range(25):
        last = do(lead, ref=case.ref, deed="reveal", purpose="hỏi lại chỗ")
    assert "sender" not in last


def test_each_step_of_the_desk(centre: Centre, sign_in, clock) -> None:
    case = with_picture(centre)
    twin = with_picture(centre, 2)
    lead = sign_in(Role.SHIFT_LEAD)
    assert do(lead, ref=case.ref, deed="urge")["done"] is True
    assert do(lead, ref=case.ref, deed="secure", note="tổ trực đô thị")["done"] is True
    assert do(lead, ref=case.ref, deed="extend", note="mưa lớn", days="3")["done"] is True
    assert find_case(centre, case.ref).due_at == case.due_at + timedelta(days=3)
    assert twin.ref in look(lead, ref=case.ref)["report-actions"]
    assert do(lead, ref=case.ref, deed="join", other=twin.ref)["done"] is True
    assert find_case(centre, twin.ref).duplicate_of == case.ref
    sent = b64encode(a_jpeg()).decode()
    closed = do(lead, ref=case.ref, deed="fix", note="đã thay bóng", picture=sent)
    assert (closed["done"], closed["next"]) == (True, True)
    now = find_case(centre, case.ref)
    assert now.state is ReportState.FIXED
    assert b"taken at home" not in evidence.load(centre, str(now.answer_picture))
    assert case.ref in look(lead, state="done")["reports-rows"]
    assert do(lead, ref=case.ref, deed="publish")["done"] is True
    assert do(lead, ref=case.ref, deed="reopen", note="vẫn tối")["done"] is True
    assert f'data-report="{case.ref}"' in look(lead, state="open")["reports-rows"]


IMPOSSIBLE_DEEDS = [
    {},
    {"deed": "dance"},
    {"deed": "escalate"},
    {"deed": "rate"},
    {"deed": "fix"},
    {"deed": "fix", "note": "a\x00b"},
    {"deed": "fix", "note": "x" * 1_001},
    {"deed": "fix", "note": "x", "picture": "no base64!"},
    {"deed": "fix", "note": "x", "picture": b64encode(b"GIF89a").decode()},
    {"deed": "reroute", "note": "x", "agency": "nobody"},
    {"deed": "reroute", "note": "x"},
    {"deed": "extend", "note": "x", "days": "400"},
    {"deed": "extend", "note": "x", "days": [1]},
    {"deed": "join", "other": "f" * 32},
    {"deed": "join"},
    {"deed": "publish"},
    {"ref": "'; DROP TABLE reports; --", "deed": "urge"},
]


def test_a_deed_that_cannot_be_is_told_and_changes_nothing(
    centre: Centre, sign_in, subtests
) -> None:
    case, lead = received(centre), sign_in(Role.SHIFT_LEAD)
    for asked in IMPOSSIBLE_DEEDS:
        with subtests.test(asked=asked):
            told = do(lead, **({"ref": case.ref} | asked))
            assert told["done"] is False
            assert told["text"].strip()
            assert find_case(centre, case.ref) == case


IMPOSSIBLE_VIEWS = [
    {"agency": "nobody"},
    {"group": "<script>"},
    {"unit": "x"},
    {"unit": ",".join(["19750-2021"] * 300)},
    {"state": "dancing"},
    {"state": ["open"]},
    {"ref": "\x00"},
]


def test_a_view_that_cannot_be_breaks_nothing(centre: Centre, sign_in, subtests) -> None:
    received(centre, description="<script>alert(1)</script>", spot=Spot(address="<b>x</b>"))
    lead = sign_in(Role.SHIFT_LEAD)
    for asked in IMPOSSIBLE_VIEWS:
        with subtests.test(asked=asked):
            parts = look(lead, **asked)
            assert "<script" not in "".join(parts.values())


def test_the_whole_list_is_of_what_one_sees(centre: Centre, sign_in, of_agency) -> None:
    mine, other = with_picture(centre, 1), with_picture(centre, 2, service="power-cut")
    said = {"first": 0, "most": 50, "where": {"standing": "open"}, "lang": "vi"}

    def listed(client: httpx.Client, **where: str) -> set[str]:
        origin = {"origin": str(client.base_url).rstrip("/")}
        asked = {**said, "where": {"standing": "open", **where}}
        answer = client.post("/rows/reports", json=asked, headers=origin)
        assert answer.status_code == 200, answer.text
        assert SENDER.name not in answer.text
        assert "Đèn tắt" not in answer.text
        return {row["id"] for row in answer.json()["rows"]}

    lead = sign_in(Role.SHIFT_LEAD)
    totals = look(lead)["reports-totals"]
    assert totals.count("#list") == 7
    assert "standing=open&amp;state=received&amp;agency=ioc#list" in totals
    assert listed(lead) == {mine.ref, other.ref}
    assert listed(lead, agency=other.agency) == {other.ref}
    assert listed(lead, standing="closed") == set()
    client = of_agency(mine.agency)
    assert listed(client) == {mine.ref}
    assert listed(client, agency=other.agency) == set()
    assert sign_in(Role.POLICE).post("/rows/reports", json=said).status_code == 403

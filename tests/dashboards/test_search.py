"""The search of every desk: by right, within what one sees, masked by role, with a purpose."""

import httpx
import pytest

from ioc.access.model import Role
from ioc.access.service import create_user
from ioc.cards.model import CardMedium, CardOrder
from ioc.cards.service import issue_cards
from ioc.centre import Centre
from ioc.persons.rules import identify
from tests.dashboards.conftest import PASSWORD
from tests.dashboards.makers import call
from tests.dashboards.test_access import audited
from tests.ioc.test_reports import received

NUMBER, NAME = "046185000123", "Nguyễn Thị Ánh Tuyết"
WHY = {"purpose": "tìm người nhà", "case": "A-7"}


def seek(client: httpx.Client, kind: str, text: str, **more: object) -> dict[str, str]:
    asked = {"at": 1, "quest": "search", "kind": kind, "pattern": text, **WHY, **more}
    answer = call(client, "found.data", {"quest.data": asked, "spoken.data": "vi"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["response"]["found"]["data"]["parts"])


def is_found(parts: dict[str, str]) -> bool:
    return bool(parts.get("search-answer"))


@pytest.fixture
def bearer(centre: Centre) -> str:
    who = identify(NUMBER, NAME, "1985-03-02")
    [(_, issued)] = issue_cards(centre, "portal", [CardOrder("c-1", who, CardMedium.PAPER)])
    assert issued is not None
    return issued.qid


def test_who_may_look_up_what(centre: Centre, sign_in, bearer) -> None:
    case = received(centre)
    people = {Role.POLICE, Role.SHIFT_LEAD, Role.HEALTH, Role.ADMIN}
    desks = {Role.OPERATOR, Role.LEADER, Role.SHIFT_LEAD, Role.ADMIN}
    for role in Role:
        client = sign_in(role)
        assert is_found(seek(client, "person", NUMBER)) is (role in people), role
        assert is_found(seek(client, "card", bearer)) is (role in people), role
        report = seek(client, "report", f"PA-{case.no}")
        assert is_found(report) is (role in desks | {Role.AGENCY}), role
        assert is_found(seek(client, "camera", "cam-001")) is (role in desks), role
    assert len(audited(centre, "card_looked_up")) == len(people)
    assert len(audited(centre, "report_looked_up")) == len(desks) + 1
    assert not [line for line in audited(centre, "person_looked_up") if NUMBER in line]


def test_a_person_is_masked_by_role(centre: Centre, sign_in, bearer) -> None:
    shown = seek(sign_in(Role.POLICE), "person", "046 185 000 123")["search-answer"]
    assert NAME not in shown
    assert "N. T. Á. T." in shown
    assert NUMBER not in shown
    assert "******000123" in shown
    assert bearer not in shown
    assert NAME in seek(sign_in(Role.HEALTH), "card", bearer)["search-answer"]


NOT_TO_BE_FOUND = [
    ("person", NUMBER, {"purpose": " "}),
    ("person", NUMBER, {"case": ""}),
    ("person", "046185", {}),
    ("person", "079185000999", {}),
    ("card", "nobody's", {}),
    ("card", "x" * 100, {}),
    ("report", "PA-", {}),
    ("report", "99999999999999999999999", {}),
    ("report", "'; --", {}),
    ("camera", "x", {}),
    ("dance", NUMBER, {}),
]


def test_what_cannot_be_found_is_told(centre: Centre, sign_in, bearer, subtests) -> None:
    lead = sign_in(Role.SHIFT_LEAD)
    for kind, text, more in NOT_TO_BE_FOUND:
        with subtests.test(kind=kind, text=text, more=more):
            parts = seek(lead, kind, text, **more)
            assert not is_found(parts)
            assert 'role="alert"' in parts["search-trail"]


def test_who_looks_up_too_often_waits(centre: Centre, sign_in, bearer) -> None:
    for _ in range(centre.city.limits.lookups.per_hour):
        centre.live.allow("lookup:shift_lead", 10_000, 3600)
    assert not is_found(seek(sign_in(Role.SHIFT_LEAD), "person", NUMBER))
    assert audited(centre, "person_looked_up") == []


def test_a_scope_bounds_what_is_found_and_scored(centre: Centre, pages, bearer) -> None:
    create_user(centre, "of-474", PASSWORD, Role.SHIFT_LEAD, "A lead of the city", scope="474")
    reach = centre.reach("474")
    inside = next(one for one in centre.city.cameras if reach.covers(one))
    outside = next(one for one in centre.city.cameras if not reach.covers(one))
    case = received(centre, service="power-cut")
    with httpx.Client(base_url=pages, timeout=20) as client:
        client.post("/login", data={"name": "of-474", "password": PASSWORD})
        assert is_found(seek(client, "camera", inside))
        assert outside not in seek(client, "camera", outside)["search-answer"]
        # Whoever lives nowhere known is seen by the whole province alone.
        assert not is_found(seek(client, "person", NUMBER))
        assert not is_found(seek(client, "report", f"PA-{case.no}"))
        asked = {"camera-look.data": {"at": 1, "camera": outside}, "spoken.data": "vi"}
        data = call(client, "camera-shown.data", asked).json()["response"]["camera-shown"]["data"]
        assert inside in data["parts"]["cameras-table"]
        assert outside not in data["parts"]["cameras-table"]
        assert data["camera"] is None
    assert len(audited(centre, "person_looked_up")) == 1

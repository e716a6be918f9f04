"""Transport's desk by direct call: who may look and decide, and what a hostile browser gets."""

from datetime import timedelta

import httpx

from dashboards.auth import Viewer
from dashboards.opened_case import open_case
from dashboards.screen import Seat
from ioc.access.model import Role
from ioc.centre import Centre
from ioc.labels import Language
from ioc.permits.model import Change, Order, PermitClass, PermitState
from ioc.permits.service import (
    change_permit,
    find_permit,
    grant_permits,
    permits_of,
    versions_of,
)
from ioc.registrations.model import Registration, RegistrationState
from ioc.registrations.service import find_filing, record_registrations
from tests.dashboards.makers import YELLOW, a_permit, a_stop, call
from tests.dashboards.test_access import audited

LOOK, DO = "filing-shown.data", "filing-told.data"
SITE = "kcl-truong-bia"
OTHERS = [role for role in Role if role not in (Role.TRANSPORT, Role.ADMIN)]


def filed(centre: Centre, number: int = 1, **changes: object) -> str:
    until = centre.now() + timedelta(days=1)
    one = Registration(f"r-{number}", f"43C{number:05}", until_at=until, **changes)
    [receipt] = record_registrations(centre, "portal", [one])
    return str(receipt.ref)


def look(client: httpx.Client, **asked: object) -> httpx.Response:
    return call(client, LOOK, {"filing-look.data": {"at": 1, **asked}, "spoken.data": "vi"})


def shown(answer: httpx.Response) -> dict[str, str]:
    """The regions that an answer draws; none where it draws nothing."""
    if answer.status_code != 200:
        return {}
    data = answer.json()["response"].get("filing-shown", {}).get("data") or {}
    return data.get("parts", {})


def do(client: httpx.Client, **asked: object) -> dict:
    answer = call(client, DO, {"filing-deed.data": {"at": 1, **asked}, "spoken.data": "vi"})
    return answer.json()["response"]["filing-told"]["data"]


def test_nobody_else_sees_or_decides_a_registration(centre: Centre, sign_in) -> None:
    ref = filed(centre)
    for role in OTHERS:
        client = sign_in(role)
        answer = look(client, ref=ref)
        assert "43C" not in answer.text, role
        assert answer.status_code != 200 or "parts" not in answer.text, role
        told = do(client, refs=[ref], step="approve", **{"class": "green"})
        assert told["done"] == [], role
    assert find_filing(centre, ref).state is RegistrationState.RECEIVED
    assert audited(centre, "registration_opened") == []


def test_looking_and_opening_is_audited(centre: Centre, sign_in) -> None:
    ref = filed(centre)
    client = sign_in(Role.TRANSPORT)
    parts = shown(look(client, ref=ref))
    assert {"transport-queue", "filing-head", "filing-actions"} <= set(parts)
    look(client, ref=ref, again=True)
    look(client, ref="nothing")
    assert audited(centre, "registration_opened") == [f"transport registration:{ref}"]


VIEWS = (
    {"state": "dancing"},
    {"kind": "spaceship"},
    {"wait": "for ever"},
    {"state": ["waiting"]},
    {"ref": "'; DROP TABLE registrations; --"},
    {"ref": "\x00"},
    {"origin": "x" * 5_000},
    {"origin": "<script>alert(1)</script>"},
)


def test_a_view_that_cannot_be_breaks_nothing(centre: Centre, sign_in, subtests) -> None:
    filed(centre, origin="<b>Đà Nẵng</b>")
    client = sign_in(Role.TRANSPORT)
    for asked in VIEWS:
        with subtests.test(asked=asked):
            answer = look(client, **asked)
            assert answer.status_code in (200, 204)
            parts = "".join(shown(answer).values())
            assert "<script" not in parts
            assert "<b>Đà" not in parts


DEEDS = (
    {},
    {"refs": []},
    {"refs": "x"},
    {"refs": [1]},
    {"refs": ["a'; --"]},
    {"step": "receive"},
    {"step": "answer", "note": "x"},
    {"step": "dance"},
    {"class": "blue"},
    {"class": None},
    {"class": "red"},
    {"class": "red", "site": "nowhere"},
    {"class": "red", "site": "ql1a-north"},
    {"step": "refuse", "class": None},
    {"step": "refuse", "class": None, "reason": "ask_dates"},
    {"step": "refuse", "class": None, "note": "a\x00b"},
    {"step": "refuse", "class": None, "note": "x" * 301},
    {"step": "reopen", "class": None, "reason": "mistake"},
    {"refs": ["0" * 32]},
)


def test_a_deed_that_cannot_be_is_told_and_changes_nothing(centre, sign_in, subtests) -> None:
    ref = filed(centre)
    client = sign_in(Role.TRANSPORT)
    good = {"refs": [ref], "step": "approve", "class": "green"}
    for asked in DEEDS:
        with subtests.test(asked=asked):
            told = do(client, **({} if not asked else good | asked))
            assert told["done"] == []
            assert told["text"].strip()
            assert find_filing(centre, ref).state is RegistrationState.RECEIVED


def test_a_red_permit_takes_the_way_of_the_last_one_to_its_site(centre: Centre, sign_in) -> None:
    way = ("ql1a-north", "ql1a-north-gate")
    red = a_permit("51B98271", PermitClass.RED, centre.now(), destination=SITE, roads=way)
    grant_permits(centre, "other", [red])
    ref = filed(centre)
    client = sign_in(Role.TRANSPORT)
    told = do(client, refs=[ref], step="approve", site=SITE, **{"class": "red"})
    assert told["done"] == [ref]
    permit = find_permit(centre, str(find_filing(centre, ref).permit))
    assert (permit.destination, permit.roads) == (SITE, way)
    assert permit.deadline == centre.now() + timedelta(hours=4)


def test_a_batch_says_what_was_left(centre: Centre, sign_in) -> None:
    refs = [filed(centre, n) for n in range(3)]
    client = sign_in(Role.TRANSPORT)
    do(client, refs=refs[:1], step="refuse", reason="full")
    told = do(client, refs=refs, step="approve", **{"class": "green"})
    assert told["done"] == refs[1:]
    assert "Thẻ xanh, 2 hồ sơ" in told["text"]
    assert "1 hồ sơ giữ nguyên" in told["text"]


def test_a_permit_is_printed_for_transport_alone_and_audited(centre: Centre, sign_in) -> None:
    ref = filed(centre)
    client = sign_in(Role.TRANSPORT)
    do(client, refs=[ref], step="approve", **{"class": "yellow"})
    permit = find_filing(centre, ref).permit
    for role in OTHERS:
        assert sign_in(role).get(f"/paper/{permit}").status_code == 403, role
    assert audited(centre, "permit_printed") == []
    answer = client.get(f"/paper/{permit}")
    assert (answer.status_code, answer.content[:4]) == (200, b"%PDF")
    assert answer.headers["cache-control"] == "no-store"
    assert audited(centre, "permit_printed") == [f"transport permit:{permit}"]
    assert f'href="/paper/{permit}"' in shown(look(client, ref=ref))["filing-actions"]
    for name, status in (("0" * 32, 404), ("x'--", 404), ("%00", 404), ("a/b", 404)):
        assert client.get(f"/paper/{name}").status_code == status
    do(client, refs=[ref], step="reopen", reason="mistake")
    assert client.get(f"/paper/{permit}").status_code == 409
    with httpx.Client(base_url=client.base_url) as stranger:
        assert stranger.get(f"/paper/{permit}").status_code == 401


def test_a_permit_is_extended_and_revoked_at_the_desk(centre: Centre, sign_in) -> None:
    ref = filed(centre)
    client = sign_in(Role.TRANSPORT)
    assert do(client, refs=[ref], step="change", change="revoke", reason="misused")["done"] == []
    do(client, refs=[ref], step="approve", **{"class": "green"})
    permit = find_permit(centre, str(find_filing(centre, ref).permit))
    for asked in (
        {"change": "extend"},
        {"change": "extend", "hours": "1000"},
        {"change": "extend", "hours": ["12"]},
        {"change": "amend"},
        {"change": "uphold"},
        {"change": "revoke", "refs": []},
    ):
        assert do(client, **{"refs": [ref], "step": "change", **asked})["done"] == []
    assert find_permit(centre, permit.ref) == permit
    for role in OTHERS:
        told = do(sign_in(role), refs=[ref], step="change", change="revoke", reason="misused")
        assert told["done"] == [], role
    assert do(client, refs=[ref], step="change", change="extend", hours="24")["done"] == [ref]
    extended = find_permit(centre, permit.ref)
    assert extended.valid_until == permit.valid_until + timedelta(days=1)
    assert do(client, refs=[ref], step="change", change="revoke", reason="misused")["done"] == [ref]
    [*_, last] = versions_of(centre, permit.ref)
    assert (last.permit.state, last.actor) == (PermitState.REVOKED, "transport")
    assert last.why == "Giấy bị sử dụng sai mục đích."


def test_a_case_shows_the_version_it_was_judged_by_and_what_came_since(centre, sign_in) -> None:
    alert = a_stop(centre).alert
    [permit] = permits_of(centre, YELLOW)
    change_permit(
        centre, permit.ref, Order(Change.AMEND, "an officer", "x", permit_class=PermitClass.GREEN)
    )
    seat = Seat(Language.EN, sees_plates=True)
    viewer = Viewer("police", Role.POLICE, "token")
    facts = open_case(centre, seat, alert, viewer)[1]["case-facts"]
    assert "Yellow pass" in facts
    assert f"{permit.ref[:8]}, v1" in facts
    assert "version 2: Green pass, Granted" in facts

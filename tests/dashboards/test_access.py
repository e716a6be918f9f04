"""Who gets in, who sees what, and how a session ends."""

import json

import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboards.app import SCREENS
from dashboards.cookies import SESSION
from ioc.access.model import Page, Role
from ioc.access.rules import may_open
from ioc.alerts.service import find_alert
from ioc.db import transact

from .conftest import PASSWORD
from .makers import YELLOW, a_socket, a_stop, a_tab, call, page_of

PATHS = tuple(f"/{page.value}" for page in SCREENS)


def audited(centre, action: str) -> list[str]:
    query = text("SELECT actor || ' ' || subject FROM audit WHERE action = :action ORDER BY 1")
    return transact(centre.engine, lambda c: list(c.execute(query, {"action": action}).scalars()))


def test_a_page_sends_a_stranger_to_the_sign_in_page(stranger) -> None:
    for path in (*PATHS, "/", "/nowhere"):
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login"), path


def test_data_is_refused_to_a_stranger(stranger) -> None:
    for path in ("/_dash-layout", "/_dash-dependencies", "/_dash-x", f"/evidence/{'0' * 64}"):
        assert stranger.get(path).status_code == 401, path
    assert stranger.post("/_dash-update-component", json={}).status_code == 401


def test_a_socket_is_refused_to_a_stranger(stranger) -> None:
    with pytest.raises(InvalidStatus) as refused:
        a_socket(stranger)
    assert refused.value.response.status_code == 403


def test_a_socket_of_a_foreign_page_is_refused(sign_in) -> None:
    with pytest.raises(InvalidStatus) as refused:
        a_socket(sign_in(Role.POLICE), origin="http://elsewhere.example")
    assert refused.value.response.status_code == 403


def test_each_role_opens_its_pages(sign_in, subtests) -> None:
    """The grants are said once more, by hand, beside those who grant them."""
    for role in Role:
        with subtests.test(role=role):
            client = sign_in(role)
            for page in Page:
                path, may = f"/{page.value}", may_open(role, page)
                status = (200 if page in SCREENS else 404) if may else 403
                assert client.get(path).status_code == status, path
                # Navigation inside the app is a callback, which no path rule covers.
                assert ("notice" in page_of(client, path).text) is (status != 200), path
            home = client.get("/").headers["location"]
            assert home in {f"/{page.value}" for page in SCREENS if may_open(role, page)}


def test_the_wrong_password_says_so_and_lets_nobody_in(stranger, sign_in) -> None:
    sign_in(Role.POLICE)
    answer = stranger.post("/login", data={"name": "police", "password": "wrong wrong wrong"})
    assert answer.status_code == 401
    assert SESSION not in answer.cookies
    for _ in range(5):
        answer = stranger.post("/login", data={"name": "police", "password": "wrong wrong wrong"})
    assert answer.status_code == 429


def test_signing_in_leads_to_a_page_of_ours_alone(sign_in) -> None:
    client = sign_in(Role.POLICE)
    form = {"name": "police", "password": PASSWORD}
    led = {
        "//evil.example": "/",
        "https://evil.example": "/",
        "/unknown": "/",
        "/police": "/police",
    }
    for onward, to in led.items():
        answer = client.post("/login", data=form | {"next": onward})
        assert answer.headers["location"] == to


def test_the_cookie_is_kept_from_scripts_and_foreign_pages(sign_in) -> None:
    client = sign_in(Role.POLICE)
    form = {"name": "police", "password": PASSWORD}
    cookie = client.post("/login", data=form).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    foreign = client.post("/login", data=form, headers={"origin": "http://elsewhere.example"})
    assert foreign.status_code == 403


def test_nothing_is_fetched_from_elsewhere(stranger) -> None:
    headers = stranger.get("/login").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_picture_is_shown_to_the_police_alone_and_audited(centre, sign_in, stranger) -> None:
    alert = find_alert(centre, a_stop(centre).alert)
    path = f"/evidence/{alert.plate_picture}"
    answer = sign_in(Role.POLICE).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert sign_in(Role.OPERATOR).get(path).status_code == 403
    assert sign_in(Role.LEADER).get(path).status_code == 403
    assert stranger.get(path).status_code == 401
    assert audited(centre, "picture_seen") == [f"police evidence:{alert.plate_picture}"]


def test_a_picture_that_is_none_is_not_found(sign_in) -> None:
    client = sign_in(Role.POLICE)
    for name in ("0" * 64, "x", "..%2F..%2Fetc%2Fpasswd"):
        assert client.get(f"/evidence/{name}").status_code == 404, name


def test_an_unknown_page_is_not_found(sign_in) -> None:
    assert sign_in(Role.ADMIN).get("/nowhere").status_code == 404


def test_each_look_at_plates_is_audited(centre, sign_in) -> None:
    alert = str(a_stop(centre).alert)
    police, operator = sign_in(Role.POLICE), sign_in(Role.OPERATOR)
    for client in (police, operator):
        page_of(client, "/police")
        call(client, "case.data", {"choice.data": {"alert": alert}, "spoken.data": "vi"})
    again = {"alert": alert, "again": True}
    call(police, "case.data", {"choice.data": again, "spoken.data": "vi"})
    assert audited(centre, "desk_seen") == ["police desk:police"]
    assert audited(centre, "case_opened") == [f"police alert:{alert}"]


def test_a_role_without_the_right_sees_a_masked_desk(centre, sign_in) -> None:
    alert = str(a_stop(centre).alert)
    client = sign_in(Role.OPERATOR)
    with a_tab(client, "/police") as tab:
        tab.hear()
        shown = json.dumps(tab.parts)
    asked = {"choice.data": {"alert": alert}, "spoken.data": "vi"}
    case = call(client, "case.data", asked).text
    for seen in (shown, case):
        assert "75C-203.02" not in seen
        assert YELLOW not in seen
        assert "/evidence/" not in seen
    assert "75C-•••.02" in tab.parts["police-queue"]


def test_a_role_without_the_right_takes_no_step(centre, sign_in) -> None:
    alert = str(a_stop(centre).alert)
    for role in (Role.OPERATOR, Role.LEADER):
        deed = {"alert": alert, "step": "acknowledge"}
        call(sign_in(role), "answer.data", {"deed.data": deed, "spoken.data": "vi"})
    assert find_alert(centre, alert).state == "new"


def test_signing_out_ends_the_pushes_and_the_socket(sign_in) -> None:
    client = sign_in(Role.POLICE)
    with a_tab(client, "/police") as tab:
        tab.hear()
        assert client.post("/logout").status_code == 303
        assert tab.hear_until(lambda live: live.get("gone"))
        with pytest.raises(ConnectionClosed):
            tab.hear_until(lambda live: False)
    assert client.get("/police").status_code == 303


def test_a_page_that_a_role_may_not_open_is_not_pushed_to_it(sign_in) -> None:
    with a_tab(sign_in(Role.LEADER), "/police") as tab, pytest.raises(TimeoutError):
        tab.hear(3)

"""The page of the second factor, as a browser walks through it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pyotp
import pytest

from dashboards.app import create_app
from dashboards.cookies import SESSION
from ioc.access.model import Role
from ioc.centre import Centre
from tests.accounts import an_account
from tests.serving import served

from .conftest import PASSWORD


@pytest.fixture
def client(centre: Centre) -> Iterator[httpx.Client]:
    an_account(centre, "an", PASSWORD, Role.POLICE)
    an_account(centre, "lan", PASSWORD, Role.LEADER)
    strict = replace(centre, settings=replace(centre.settings, needs_second_factor=True))
    with (
        served(create_app(strict), graceful_s=1) as address,
        httpx.Client(base_url=address, timeout=20) as opened,
    ):
        yield opened


def sign_in(client: httpx.Client, name: str, onward: str = "") -> httpx.Response:
    return client.post("/login", data={"name": name, "password": PASSWORD, "next": onward})


def secret_of(text: str) -> pyotp.TOTP:
    return pyotp.TOTP(re.findall(r"<code>([A-Z2-7 ]+)</code>", text)[0].replace(" ", ""))


def test_who_sees_persons_enrols_then_comes_by_code_or_recovery(client, clock) -> None:
    answer = sign_in(client, "an", "/police")
    assert answer.headers["location"] == "/second-factor?next=/police"
    waiting = client.cookies[SESSION]
    # Half signed in is not signed in: no page, no callback, no file.
    assert client.get("/police").status_code == 303
    assert client.post("/_dash-update-component", json={}).status_code == 401
    assert client.get(f"/evidence/{'0' * 64}").status_code == 401
    form = client.get("/second-factor?next=/police")
    assert form.headers["cache-control"] == "no-store"
    made = secret_of(form.text)
    assert "<svg" in form.text
    assert secret_of(client.get("/second-factor").text).secret == made.secret
    assert client.post("/second-factor", data={"code": "x"}).status_code == 401
    done = client.post("/second-factor", data={"code": made.at(clock.at), "next": "/police"})
    assert done.status_code == 200
    codes = re.findall(r"[A-Z2-7]{5}-[A-Z2-7]{5}", done.text)
    assert len(codes) == 10
    assert client.cookies[SESSION] != waiting
    assert client.get("/police").status_code == 200
    assert made.secret not in client.get("/second-factor").text, "shown once"
    client.post("/logout")
    clock.advance(minutes=1)
    for code in (made.at(clock.at), codes[0].lower()):
        sign_in(client, "an", "/police")
        page = client.get("/second-factor").text
        assert made.secret not in page.replace(" ", "")
        entered = client.post("/second-factor", data={"code": code, "next": "//evil.example"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert client.get("/police").status_code == 200


def test_who_sees_nobody_needs_none(client) -> None:
    assert sign_in(client, "lan").headers["location"] == "/"
    assert client.get("/wall").status_code == 200


def test_too_many_codes_lead_back_to_the_start(client) -> None:
    sign_in(client, "an")
    answers = [client.post("/second-factor", data={"code": "000000"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429, 303]
    assert sign_in(client, "an").status_code == 429


def test_a_stranger_and_a_foreign_page_get_no_form(client) -> None:
    assert client.get("/second-factor").headers["location"] == "/login"
    sign_in(client, "an")
    foreign = {"origin": "https://elsewhere.example"}
    assert client.post("/second-factor", data={"code": "1"}, headers=foreign).status_code == 403

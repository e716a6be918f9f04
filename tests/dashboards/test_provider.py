"""Signing in by an identity provider: a real one, and what nobody must be taken in by."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from dashboards.app import create_app
from dashboards.cookies import SESSION
from dashboards.provider import FLIGHT
from ioc import settings as told
from ioc.access import managing
from ioc.access.model import Role, Way
from ioc.centre import Centre
from ioc.errors import InvalidInput
from tests.accounts import an_account
from tests.serving import served

from .conftest import PASSWORD
from .provider import CLIENT, SECRET, Provider


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@pytest.fixture
def provider(key: RSAKey) -> Iterator[Provider]:
    made = Provider(key=key)
    with served(made.app()) as made.issuer:
        yield made


@pytest.fixture
def address(centre: Centre, provider: Provider) -> Iterator[str]:
    """The pages of an installation that trusts the provider and asks for a second factor."""
    an_account(centre, "an", PASSWORD, Role.HEALTH)
    managing.bind_subject(centre, "an", "sub-1", actor="quan-tri")
    trusted = told.Provider(provider.issuer, CLIENT, SECRET, "http://127.0.0.1:1")
    changed = replace(centre.settings, provider=trusted, needs_second_factor=True)
    with served(create_app(replace(centre, settings=changed)), graceful_s=1) as at:
        yield at


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=20) as opened:
        yield opened


def back(client: httpx.Client, onward: str = "", **changes: str) -> httpx.Response:
    """Go to the provider and come back; return our answer."""
    away = client.get("/login/provider", params={"next": onward})
    assert away.status_code == 303
    returned = httpx.get(away.headers["location"])
    query = {k: v[0] for k, v in parse_qs(urlsplit(returned.headers["location"]).query).items()}
    return client.get("/login/provider/back", params={**query, **changes})


def test_whoever_the_provider_vouches_for_is_in(client, centre: Centre, provider) -> None:
    provider.claims = {"amr": ["pwd", "mfa"]}
    assert "/login/provider" in client.get("/login").text
    answer = back(client, "/health")
    assert answer.status_code == 200
    assert answer.headers["refresh"] == "0;/health"
    assert client.get("/health").status_code != 303
    [session] = managing.open_sessions(centre)
    assert (session.user.name, session.came.way) == ("an", Way.PROVIDER)
    kept = answer.headers.get_list("set-cookie")
    assert any(SESSION in one and "samesite=strict" in one.lower() for one in kept)


def test_one_factor_at_the_provider_asks_for_ours(client, centre: Centre, provider) -> None:
    provider.claims = {"amr": ["pwd"]}
    answer = back(client, "/health")
    assert answer.headers["refresh"].startswith("0;/second-factor?next=")
    assert client.get("/health").status_code == 303
    assert managing.open_sessions(centre) == []


def test_nobody_gets_an_account_by_coming(client, centre: Centre, provider) -> None:
    provider.subject = "sub-of-nobody <b>"
    answer = back(client)
    assert answer.status_code == 403
    assert "sub-of-nobody &lt;b&gt;" in answer.text
    assert SESSION not in client.cookies


NOW = int(time.time())
FORGED = {
    "another issuer": {"iss": "https://elsewhere.example"},
    "another audience": {"aud": "another"},
    "two audiences, no azp": {"aud": [CLIENT, "another"]},
    "made for another": {"azp": "another"},
    "too old": {"exp": NOW - 600},
    "never ends": {"exp": None},
    "from the future": {"iat": NOW + 6000},
    "another sign-in": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("claims", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    client, centre: Centre, provider, claims, caplog
) -> None:
    caplog.set_level(logging.DEBUG, "dashboards")
    provider.claims = {"amr": ["mfa"], **claims}
    answer = back(client)
    assert answer.status_code == 401
    assert SESSION not in client.cookies
    assert managing.open_sessions(centre) == []
    assert "sub-1" not in caplog.text


def test_a_foreign_key_and_a_shared_secret_sign_for_nobody(client, provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048)
    assert back(client).status_code == 401
    provider.signs_with = OctKey.import_key("a secret that both could share, of 32 bytes")
    provider.header = {"alg": "HS256"}
    assert back(client).status_code == 401


def test_what_did_not_begin_here_ends_here(client, centre: Centre, provider) -> None:
    provider.claims = {"amr": ["mfa"]}
    assert back(client, state="another").status_code == 401
    assert back(client, code="another").status_code == 401
    client.get("/login/provider")
    client.cookies.delete(FLIGHT)
    assert client.get("/login/provider/back", params={"state": "", "code": "x"}).status_code == 401
    assert managing.open_sessions(centre) == []


def test_one_return_counts_once(client, centre: Centre, provider) -> None:
    provider.claims = {"amr": ["mfa"]}
    away = client.get("/login/provider")
    returned = httpx.get(away.headers["location"]).headers["location"]
    path = f"/login/provider/back?{urlsplit(returned).query}"
    kept = client.cookies.get(FLIGHT)
    assert client.get(path).status_code == 200
    again = client.get(path, headers={"cookie": f"{FLIGHT}={kept}"})
    assert again.status_code == 401
    assert len(managing.open_sessions(centre)) == 1


def test_a_provider_that_is_away_leaves_the_password(client, provider) -> None:
    provider.issuer = "http://127.0.0.1:9"
    assert client.get("/login/provider").status_code == 503
    assert client.get("/login").status_code == 200


def test_without_a_provider_there_is_no_such_way(stranger) -> None:
    assert "/login/provider" not in stranger.get("/login").text
    assert stranger.get("/login/provider").status_code == 404
    assert stranger.get("/login/provider/back").status_code == 404


ENV = {
    "IOC_DATABASE_URL": "postgresql+psycopg2://u@h/n",
    "IOC_REDIS_URL": "redis://h:1/0",
    "IOC_SECRET": "x" * 40,
}
OIDC = {
    "IOC_OIDC_ISSUER": "https://id.example",
    "IOC_OIDC_CLIENT_ID": "ioc",
    "IOC_OIDC_CLIENT_SECRET": "s" * 12,
    "IOC_PUBLIC_URL": "https://ioc.example/",
}


@pytest.mark.parametrize(
    ("env", "needs"),
    [
        ({}, True),
        ({"IOC_DEMO": "1"}, False),
        ({"IOC_SECOND_FACTOR": "offered"}, False),
        ({"IOC_DEMO": "1", "IOC_SECOND_FACTOR": "required"}, True),
    ],
)
def test_a_second_factor_is_asked_for_but_in_a_demo(env, needs) -> None:
    assert told.load_settings({**ENV, **env}).needs_second_factor is needs


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"IOC_SECOND_FACTOR": "never"}, "IOC_SECOND_FACTOR"),
        ({"IOC_OIDC_ISSUER": "http://id.example"}, "IOC_OIDC_ISSUER"),
        ({"IOC_PUBLIC_URL": "http://ioc.example"}, "IOC_PUBLIC_URL"),
        ({"IOC_PUBLIC_URL": ""}, "IOC_PUBLIC_URL"),
        ({"IOC_OIDC_CLIENT_ID": ""}, "IOC_OIDC_CLIENT_ID"),
        ({"IOC_OIDC_CLIENT_SECRET": ""}, "IOC_OIDC_CLIENT_SECRET"),
    ],
)
def test_a_setting_that_cannot_be_is_named(change, field) -> None:
    with pytest.raises(InvalidInput) as fault:
        told.load_settings({**ENV, **OIDC, **change})
    assert fault.value.field == field
    made = told.load_settings({**ENV, **OIDC}).provider
    assert made is not None
    assert made.public_url == "https://ioc.example"
    assert "s" * 12 not in repr(made)

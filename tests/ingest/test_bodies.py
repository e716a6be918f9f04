"""Bodies nobody wants, keys nobody has: each a problem document that says what is wrong."""

import gzip
import json
import time

import httpx

from ioc.access.model import Right
from ioc.access.service import create_key, list_keys, revoke_key
from ioc.centre import Centre
from tests.ingest.makers import a_permit, a_read, post

GOOD = json.dumps({"items": [a_read()]}).encode()
LARGE = json.dumps({"items": [a_read(note="x" * 9_000_000)]}).encode()
DEEP = b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
MANY = json.dumps({"items": [a_read(n) for n in range(1001)]}).encode()

BODIES = {
    "empty": (b"", {}, 422),
    "broken": (b'{"items": [', {}, 422),
    "no-object": (b"[]", {}, 422),
    "no-items": (b'{"item": []}', {}, 422),
    "items-no-list": (b'{"items": {"0": 1}}', {}, 422),
    "nan": (b'{"items": [{"id": "a", "confidence": NaN}]}', {}, 422),
    "infinity": (b'{"items": [{"id": "a", "confidence": -Infinity}]}', {}, 422),
    "endless-number": (b'{"items": [' + b"9" * 10_000 + b"]}", {}, 422),
    "too-deep": (DEEP, {}, 422),
    "too-many": (MANY, {}, 422),
    "too-large": (LARGE, {}, 413),
    "not-utf8": (b'{"items": ["\xff\xfe"]}', {}, 422),
    "utf16": (GOOD.decode().encode("utf-16"), {}, 422),
    "control-character": (b'{"items": ["\x01"]}', {}, 422),
    "form": (GOOD, {"Content-Type": "application/x-www-form-urlencoded"}, 422),
    "text": (GOOD, {"Content-Type": "text/plain"}, 422),
    "packed": (gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}, 415),
}


def is_problem(answer, status: int) -> bool:
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return True


def test_a_body_that_is_no_batch_is_a_problem(api: httpx.Client) -> None:
    for name, (body, headers, status) in BODIES.items():
        given = {"Content-Type": "application/json"} | headers
        for path in ("/v1/reads", "/v1/permits"):
            assert is_problem(api.post(path, content=body, headers=given), status), name


def test_a_stream_that_says_no_length_is_cut_at_eight_megabytes(api: httpx.Client) -> None:
    chunks = (b" " * 1_000_000 for _ in range(9))
    assert is_problem(api.post("/v1/reads", content=chunks), 413)


def test_a_body_without_a_type_is_taken_for_json(api: httpx.Client) -> None:
    assert api.post("/v1/reads", content=GOOD).status_code == 200


HEADERS = ("Bearer", "Bearer wrong", "Bearer ioc_wrong", "Basic dXNlcjpwYXNz", "ioc_x", "Bearer é")


def test_no_key_and_a_wrong_key_are_401(stranger: httpx.Client) -> None:
    for headers in ({}, *({"Authorization": header.encode()} for header in HEADERS)):
        answer = stranger.post("/v1/reads", content=GOOD, headers=headers)
        assert is_problem(answer, 401), headers
        assert answer.headers["www-authenticate"] == "Bearer"


ROUTES = {
    Right.READS: ("POST", "/v1/reads"),
    Right.PERMITS: ("GET", "/v1/permits/43C16839"),
    Right.PLACES: ("GET", "/v1/places?kind=camera"),
    Right.ALERTS: ("GET", "/v1/alerts"),
    Right.FIGURES: ("GET", "/v1/figures"),
    Right.PATROLS: ("GET", "/v1/patrols"),
}


def test_a_key_does_what_it_has_the_right_to_and_nothing_else(stranger, centre: Centre) -> None:
    for right in Right:
        key = create_key(centre, "somebody", [right])
        for needed, (method, path) in ROUTES.items():
            answer = stranger.request(
                method, path, headers={"Authorization": f"Bearer {key}"}, content=GOOD
            )
            if needed is right:
                assert answer.status_code == 200
            else:
                assert is_problem(answer, 403)


def test_a_revoked_key_is_forgotten(stranger, centre: Centre, monkeypatch) -> None:
    key = create_key(centre, "somebody", [Right.PLACES])
    headers = {"Authorization": f"Bearer {key}"}
    assert stranger.get("/v1/places?kind=site", headers=headers).status_code == 200
    [known] = list_keys(centre)
    revoke_key(centre, known.id)
    later = time.monotonic() + 5
    monkeypatch.setattr("ingest.auth.time.monotonic", lambda: later)
    assert is_problem(stranger.get("/v1/places?kind=site", headers=headers), 401)


def test_a_sender_gone_mad_is_told_to_wait(stranger, monkeypatch) -> None:
    monkeypatch.setattr("ingest.auth.STRANGERS", 3)
    kinds = [stranger.get("/v1/figures", headers={"Authorization": "Bearer x"}) for _ in range(4)]
    assert [answer.status_code for answer in kinds] == [401, 401, 401, 429]
    assert kinds[-1].headers["retry-after"] == "60"


OTHERS = (
    ("GET", "/v1/nothing", 404),
    ("DELETE", "/v1/reads", 405),
    ("GET", "/v1/places?kind=moon", 422),
    ("GET", "/v1/alerts?desk=kitchen", 422),
    ("GET", "/v1/alerts?state=asleep", 422),
    ("GET", "/v1/alerts?since=2021-10-04T00:00:00", 422),
    ("GET", "/v1/permits/" + "4" * 200, 422),
    ("GET", "/v1/permits/%00", 422),
    ("GET", "/v1/permits/%ff", 422),
    ("POST", "/v1/alerts/7/steps", 422),
)


def test_every_other_failure_is_a_problem_too(api: httpx.Client) -> None:
    for method, path, status in OTHERS:
        assert is_problem(api.request(method, path), status), path


def test_a_store_that_is_away_is_503_and_the_same_batch_goes_in_later(api, centre, stores) -> None:
    from ioc.vehicles.service import latest_sightings

    post(api, "/v1/permits", a_permit())
    # A database nobody may connect to is like one that is down: sessions ended, none begun.
    name = centre.engine.url.database
    admin(stores, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    admin(
        stores, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    answer = api.post("/v1/reads", content=GOOD)
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]
    assert api.get("/healthz").status_code == 200
    assert api.get("/readyz").status_code == 503
    admin(stores, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert api.get("/readyz").json() == {"status": "ready", "database": True, "live": True}
    assert api.post("/v1/reads", content=GOOD).json()["results"][0]["status"] == "recorded"
    assert len(latest_sightings(centre)) == 1


def admin(stores, statement: str) -> None:
    import psycopg2

    conn = psycopg2.connect(stores.database_url(database="postgres").replace("+psycopg2", ""))
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute(statement)
    conn.close()

"""Cards, points and scans over the API: each item answered, each fault named, no code kept."""

import json
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from ingest.auth import REQUESTS, TELL_EVERY
from ioc.access.model import Right
from ioc.access.service import create_key, list_keys
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput
from tests.conftest import Clock
from tests.ingest.makers import MARKET, a_scan, post

PERSON = {"number": "046085000123", "name": "Nguyễn Đình Chiểu", "born_on": "1985-03-07"}


def a_card(number: int = 1, **changes: object) -> dict[str, object]:
    return {"id": f"card-{number}", "person": PERSON, "kind": "paper", **changes}


def kept_of(centre: Centre, kind: str) -> list[str]:
    statement = text("SELECT field || ': ' || content FROM refused WHERE kind = :kind ORDER BY no")
    return transact(
        centre.engine, lambda conn: list(conn.execute(statement, {"kind": kind}).scalars())
    )


def test_a_card_is_issued_scanned_revoked_and_turned_away(
    api: httpx.Client, clock: Clock, centre: Centre
) -> None:
    [issued] = post(api, "/v1/cards", a_card())
    assert (issued["status"], issued["code"].split("|")[4]) == ("recorded", issued["ref"])
    assert post(api, "/v1/cards", a_card())[0] == {**issued, "status": "repeated"}
    [first] = post(api, "/v1/scans", a_scan(code=issued["code"]))
    assert first == {
        "id": "scan-1",
        "status": "recorded",
        "admission": {"admit": True, "reason": "admitted"},
    }
    path = f"/v1/cards/{issued['ref']}"
    assert api.get(path).json()["state"] == "issued"
    step = {"step": "revoke", "why": "lost at the market"}
    assert api.post(f"{path}/steps", json=step).json()["state"] == "revoked"
    assert api.post(f"{path}/steps", json=step).status_code == 409
    clock.advance(seconds=3)
    at = clock.at.isoformat()
    [second] = post(api, "/v1/scans", a_scan(2, code=issued["code"], scanned_at=at))
    assert (second["admission"]["admit"], second["admission"]["reason"]) == (False, "card_revoked")
    assert second["admission"]["vi"] != second["admission"]["en"]
    stranger = create_key(centre, "another", [Right.CARDS])
    headers = {"Authorization": f"Bearer {stranger}"}
    assert api.get(path, headers=headers).status_code == 404
    shown = api.get("/v1/figures").json()["figures"]
    assert [shown[name] for name in ("cards_total", "scans_today", "points_active")] == [1, 2, 1]


BAD_CARDS: dict[str, tuple[dict[str, object], str]] = {
    "no person": ({"person": {}}, "person.number"),
    "code": ({"person": {"code": "HUE"}}, "person.code"),
    "kind": ({"kind": "stone"}, "kind"),
    "unit": ({"unit": "nowhere"}, "unit"),
    "replaces": ({"replaces": "46NOBODY"}, "replaces"),
    "time": ({"issued_at": "2021-10-04"}, "issued_at"),
    "more": ({"colour": "red"}, "colour"),
}


@pytest.mark.parametrize(("change", "field"), BAD_CARDS.values(), ids=BAD_CARDS)
def test_a_bad_card_is_refused_by_its_field(
    api: httpx.Client, change: dict[str, object], field: str
) -> None:
    results = post(api, "/v1/cards", a_card(1, **change), a_card(2))
    assert [one["status"] for one in results] == ["refused", "recorded"]
    assert results[0]["why"].startswith(f"{field}: ")


BAD_SCANS: dict[str, tuple[object, str]] = {
    "no object": ("scan", "item"),
    "point": (a_scan(point="nowhere"), "point"),
    "code": (a_scan(code="0460850001234567"), "code"),
    "empty code": (a_scan(code=""), "code"),
    "direction": (a_scan(direction="up"), "direction"),
    "no time": (a_scan(scanned_at="now"), "scanned_at"),
    "naive time": (a_scan(scanned_at="2021-10-04T14:32:00"), "scanned_at"),
    "ahead": (a_scan(scanned_at="2021-10-04T15:32:00+07:00"), "scanned_at"),
    "old": (a_scan(scanned_at="2021-08-01T15:32:00+07:00"), "scanned_at"),
    "id": (a_scan(id="a\u0007"), "id"),
    "number": (a_scan(id=7), "id"),
    "half a character": (a_scan(id="\ud800"), "id"),
    "lacks": ({"id": "scan-1"}, "point"),
    "more": (a_scan(person="me"), "person"),
}


def test_each_bad_scan_is_refused_by_its_field_and_kept_without_its_code(
    api: httpx.Client, centre: Centre
) -> None:
    results = post(api, "/v1/scans", *(item for item, _ in BAD_SCANS.values()), a_scan(99))
    assert [one["status"] for one in results] == ["refused"] * len(BAD_SCANS) + ["recorded"]
    fields = [one["why"].partition(": ")[0] for one in results[:-1]]
    assert fields == [field for _, field in BAD_SCANS.values()]
    assert results[2]["admission"]["reason"] == "unknown_code"
    assert [one["id"] for one in results][1:6] == ["scan-1"] * 5
    kept = kept_of(centre, "scan")
    assert len(kept) == len(BAD_SCANS)
    assert not [row for row in kept if "0460850" in row or "Chi" in row]


def test_a_whole_batch_and_one_gone_through_one_by_one_answer_alike(
    api: httpx.Client, stranger: httpx.Client
) -> None:
    batch = [a_scan(n, direction=("in", "out")[n % 2]) for n in range(5)]
    whole = post(api, "/v1/scans", *batch)
    assert post(api, "/v1/scans", *batch, {"id": "bad"})[:-1] == [
        {**one, "status": "repeated"} for one in whole
    ]
    for body in (b"[]", b'{"items": 1}', b"{", b'{"items": [' + b"{}," * 1_000 + b"{}]}"):
        answer = api.post("/v1/scans", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
    assert post(api, "/v1/scans") == []


def test_a_device_scans_at_its_points_only(api: httpx.Client, centre: Centre) -> None:
    key = create_key(centre, "phone-7", [Right.SCANS], [MARKET])
    headers = {"Authorization": f"Bearer {key}"}
    items = {"items": [a_scan(1), a_scan(2, point="dong-ba-02")]}
    results = api.post("/v1/scans", json=items, headers=headers).json()["results"]
    assert [one["status"] for one in results] == ["recorded", "refused"]
    assert "not bound" in results[1]["why"]
    with pytest.raises(InvalidInput, match="nowhere"):
        create_key(centre, "phone-8", [Right.SCANS], ["nowhere"])


def test_points_are_shut_and_opened(api: httpx.Client, clock: Clock) -> None:
    changes: Callable[..., dict[str, object]] = lambda number, active: {  # noqa: E731
        "id": f"change-{number}", "point": MARKET, "active": active,
    }  # fmt: skip
    results = post(api, "/v1/points", changes(1, False), changes(1, False), changes(1, True))
    assert [one["status"] for one in results] == ["recorded", "repeated", "refused"]
    clock.advance(seconds=3)
    late = a_scan(1, scanned_at=clock.at.isoformat())
    assert post(api, "/v1/scans", late)[0]["admission"]["reason"] == "point_inactive"
    assert post(api, "/v1/points", changes(2, True))[0]["status"] == "recorded"
    clock.advance(seconds=3)
    late = a_scan(2, scanned_at=clock.at.isoformat())
    assert post(api, "/v1/scans", late)[0]["admission"]["admit"]


def test_the_answer_is_json_whatever_the_id(api: httpx.Client) -> None:
    name = 'a"b\\c Đ</script>'
    assert post(api, "/v1/scans", a_scan(id=name))[0]["id"] == name
    raw = api.post("/v1/scans", json={"items": [a_scan(id=name)]}).content
    assert json.loads(raw)["results"][0]["status"] == "repeated"


def test_a_batch_of_a_thousand_comes_in_pieces_and_is_answered_whole(api: httpx.Client) -> None:
    results = post(api, "/v1/scans", *(a_scan(n) for n in range(1_000)))
    assert [one["id"] for one in results] == [f"scan-{n}" for n in range(1_000)]
    assert {one["status"] for one in results} == {"recorded"}
    assert post(api, "/v1/scans", *(a_scan(n) for n in range(500)))[0]["status"] == "repeated"


def test_who_sends_beyond_the_limit_is_told_in_the_lane_too(
    api: httpx.Client, centre: Centre
) -> None:
    post(api, "/v1/scans", a_scan())  # from here on the key is remembered
    [key] = [one for one in list_keys(centre) if one.source == "camera-box"]
    centre.live.allow(f"api:{key.id}", 1, 60, uses=REQUESTS)
    body = {"items": [a_scan(2)]}
    answers = {api.post("/v1/scans", json=body).status_code for _ in range(TELL_EVERY + 1)}
    assert answers <= {200, 429}
    assert 429 in answers

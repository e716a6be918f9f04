"""Permits, places, alerts, figures and what the API says of itself."""

import httpx
from sqlalchemy import text

from ioc.centre import Centre
from ioc.places import PlaceKind
from tests.ingest.makers import a_permit, a_read, post


def test_permits_go_in_once_and_are_looked_up_in_the_audit(api, centre: Centre) -> None:
    red = a_permit(
        2,
        **{"class": "red"},
        destination="kcl-truong-bia",
        roads=["ql1a-north"],
        holder="Công ty A",
        deadline="2021-10-05T12:00:00Z",
    )
    first = post(api, "/v1/permits", a_permit(), red)
    assert [answer["status"] for answer in first] == ["recorded", "recorded"]
    again = post(api, "/v1/permits", a_permit(), red, a_permit(plate="75A00001"))
    assert [answer["status"] for answer in again] == ["repeated", "repeated", "refused"]
    assert [answer.get("ref") for answer in again[:2]] == [answer["ref"] for answer in first]
    found = api.get("/v1/permits/43c-168.39", params={"purpose": "case 12"}).json()["items"]
    assert sorted(item["class"] for item in found) == ["green", "red"]
    [shown] = [item for item in found if item["class"] == "red"]
    assert (shown["destination"], shown["roads"]) == ("kcl-truong-bia", ["ql1a-north"])
    assert shown["deadline"] == "2021-10-05T12:00:00+00:00"
    assert shown["arrival_watched"] is True
    assert not any("arrival_watched" in answer for answer in first)
    api.get("/v1/permits/75A00001", headers={"X-Purpose": "case 13"})
    assert api.get("/v1/permits/75A00001").json() == {"items": []}
    query = text(
        "SELECT actor, subject, purpose FROM audit WHERE action = 'permits_looked_up' ORDER BY no"
    )
    with centre.engine.connect() as conn:
        assert [tuple(row) for row in conn.execute(query)] == [
            ("api:camera-box", "plate:43C16839", "case 12"),
            ("api:camera-box", "plate:75A00001", "case 13"),
            ("api:camera-box", "plate:75A00001", "standing:permits"),
        ]


def test_a_bad_permit_is_refused_by_its_field(api: httpx.Client) -> None:
    wrong = [
        ("class", {"class": "blue"}),
        ("valid_until", {"valid_until": "2021-09-01T00:00:00Z"}),
        ("valid_from", {"valid_from": "2021-10-01"}),
        ("valid_from", {"valid_from": None}),
        ("roads.1", {"roads": ["ql1a-north", "no-such-road"]}),
        ("destination", {"destination": "cam-001"}),
        ("holder", {"holder": "a\x00b"}),
        ("holder", {"holder": "\ud83d"}),
        ("deadline", {"deadline": "soon"}),
        ("plate", {"plate": "?"}),
    ]
    answers = post(api, "/v1/permits", *(a_permit(n, **c) for n, (_, c) in enumerate(wrong)))
    for (field, change), answer in zip(wrong, answers, strict=True):
        assert answer["status"] == "refused", change
        assert answer["why"].startswith(f"{field}: "), answer


def test_places_of_every_kind_have_what_is_promised(api: httpx.Client) -> None:
    for kind in PlaceKind:
        items = api.get("/v1/places", params={"kind": kind.value}).json()["items"]
        assert items, kind
        for item in items:
            assert item["kind"] == kind.value
            assert {"id", "name", "unit", "lat", "lon"} <= set(item)
        if kind is PlaceKind.CAMERA:
            classes = {item["road_class"] for item in items}
            assert classes == {"gate", "main", "local", "quarantine", "venue"}
            assert {item["direction"] for item in items} <= {"in", "out", "both"}
            assert any("site" in item for item in items)
    everything = api.get("/v1/places").json()["items"]
    assert {item["kind"] for item in everything} == {kind.value for kind in PlaceKind}


def test_an_alert_is_listed_and_followed_to_its_end(api: httpx.Client) -> None:
    [read] = post(api, "/v1/reads", a_read())
    [alert] = api.get("/v1/alerts", params={"desk": "police", "state": "new"}).json()["items"]
    assert (alert["id"], alert["plate"], alert["reason"]) == (
        read["alert"],
        "43C16839",
        "no_permit",
    )
    path = f"/v1/alerts/{alert['id']}/steps"
    for body, status, state in (
        ({"step": "assign"}, 422, None),
        ({"step": "assign", "unit": "Tổ 1"}, 409, None),
        ({"step": "acknowledge"}, 200, "acknowledged"),
        ({"step": "acknowledge"}, 409, None),
        ({"step": "assign", "unit": "Tổ 1"}, 200, "assigned"),
        ({"step": "en_route"}, 200, "en_route"),
        ({"step": "stop", "note": "km 12"}, 200, "stopped"),
        ({"step": "close"}, 422, None),
        ({"step": "close", "outcome": "fined"}, 200, "closed"),
        ({"step": "close", "outcome": "fined"}, 409, None),
    ):
        answer = api.post(path, json=body)
        assert answer.status_code == status, answer.text
        if state is not None:
            assert answer.json()["state"] == state
            assert answer.json()["owner"] == "api:camera-box"
    assert api.get("/v1/alerts", params={"state": ["new", "assigned"]}).json() == {"items": []}
    assert api.get("/v1/alerts", params={"since": "2021-10-04T07:32:00Z"}).json()["items"]
    assert not api.get("/v1/alerts", params={"since": "2021-10-04T15:00:00+07:00"}).json()["items"]


def test_an_alert_is_read_whole_with_every_sighting_and_step(api: httpx.Client, centre) -> None:
    [first, second] = post(api, "/v1/reads", a_read(), a_read(2, camera="cam-002"))
    assert first["alert"] == second["alert"]
    api.post(f"/v1/alerts/{first['alert']}/steps", json={"step": "acknowledge", "note": "mine"})
    whole = api.get(f"/v1/alerts/{first['alert']}").json()
    assert (whole["id"], whole["sightings"], whole["state"]) == (first["alert"], 2, "acknowledged")
    assert {seen["camera"] for seen in whole["seen"]} == {"cam-001", "cam-002"}
    assert {seen["ref"] for seen in whole["seen"]} == {first["ref"], second["ref"]}
    assert [(step["step"], step["note"]) for step in whole["steps"]] == [
        ("raise", None),
        ("acknowledge", "mine"),
    ]
    looked = text("SELECT subject FROM audit WHERE action = 'alert_read'")
    with centre.engine.begin() as conn:
        assert list(conn.execute(looked).scalars()) == [f"alert:{first['alert']}"]


NO_ALERTS = ["1", "0", "-1", "x", "9" * 30]


def test_an_alert_that_is_not_there_cannot_be_read(api: httpx.Client, subtests) -> None:
    for name in NO_ALERTS:
        with subtests.test(name=name):
            assert api.get(f"/v1/alerts/{name}").status_code == 404


def test_shelving_needs_a_reason(api: httpx.Client) -> None:
    [read] = post(api, "/v1/reads", a_read())
    path = f"/v1/alerts/{read['alert']}/steps"
    refused = api.post(path, json={"step": "shelve"})
    assert (refused.status_code, refused.json()["field"]) == (422, "note")
    taken = api.post(path, json={"step": "shelve", "note": "dirt on the lens"}).json()
    assert (taken["state"], taken["shelved_until"]) == ("shelved", "2021-10-04T08:02:08+00:00")


def test_a_wrong_step_says_why(api: httpx.Client) -> None:
    for body in (
        {"step": "dance"},
        {"step": "assign", "unit": "a\x00"},
        {"step": "clear", "note": "\x00"},
        {"step": "clear", "note": "x" * 2001},
        {"step": "shelve"},
        {"step": "shelve", "until": "2021-10-04T07:00:00Z"},
        {"step": "shelve", "until": "2021-10-04T08:00:00"},
        {"step": ["clear"]},
        [],
    ):
        answer = api.post("/v1/alerts/1/steps", json=body)
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_alert_that_is_not_there_is_404(api: httpx.Client) -> None:
    for name in ("1", "0", "-1", "x", "9" * 30, "1%00", "%E2%91%A0"):
        answer = api.post(f"/v1/alerts/{name}/steps", json={"step": "acknowledge"})
        assert answer.status_code == 404, name


def test_figures_count_what_came_in(api: httpx.Client) -> None:
    post(api, "/v1/permits", a_permit())
    post(api, "/v1/reads", a_read(), a_read(2, plate="51A00001"))
    answer = api.get("/v1/figures").json()
    assert answer["as_of"].startswith("2021-10-04T07:32:08")
    figures = answer["figures"]
    assert figures["reads_today"] == 2
    assert figures["verdicts_today.pass"] == 1
    assert figures["verdicts_today.stop"] == 1
    assert figures["alerts_open"] == 1
    assert figures["vehicles_approved_total"] == 1
    assert figures["cameras_live"] == 0
    assert figures["cameras_total"] >= 200


def test_metrics_count_what_was_answered(api: httpx.Client, centre: Centre) -> None:
    centre.live.beat("camera:cam-001", {"state": "live"})
    post(api, "/v1/reads", a_read(), a_read(), {"id": "x"})
    api.get("/v1/nowhere/at/all")
    page = api.get("/metrics").text
    for line in (
        'ioc_items_total{kind="read",status="recorded"} 1.0',
        'ioc_items_total{kind="read",status="repeated"} 1.0',
        'ioc_items_total{kind="read",status="refused"} 1.0',
        'ioc_reads_total{outcome="stop"} 1.0',
        'ioc_requests_total{method="POST",route="/v1/reads",status="200"} 1.0',
        'ioc_requests_total{method="GET",route="other",status="404"} 1.0',
        'ioc_cameras{state="live"} 1.0',
        "ioc_live_failures_total 0.0",
    ):
        assert line in page, line


def test_an_answer_of_the_api_is_no_page(api: httpx.Client) -> None:
    for path in ("/v1/figures", "/healthz", "/v1/nowhere"):
        headers = api.get(path).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    for path in ("/docs", "/scan"):
        (policy,) = api.get(path).headers.get_list("content-security-policy")
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


def test_the_docs_need_nothing_from_elsewhere(stranger: httpx.Client) -> None:
    page = stranger.get("/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http" not in page.text.replace("http-equiv", "")
    for path in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        assert f"/assets/{path}" in page.text
        assert stranger.get(f"/assets/{path}").status_code == 200


def test_the_description_holds_every_name_it_uses(stranger: httpx.Client) -> None:
    import json
    import re

    description = stranger.get("/openapi.json").json()
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(description)))
    assert used <= set(description["components"]["schemas"])


def test_a_refusal_says_why_in_both_languages(api: httpx.Client) -> None:
    [answer] = post(api, "/v1/permits", a_permit(**{"class": "blue"}))
    assert answer["why"].startswith("class: ")
    assert answer["why_vi"].startswith("Loại thẻ (class): không phải là một trong")
    gate = {"point": "no-gate", "direction": "in", "scanned_at": "2021-10-04T14:32:00+07:00"}
    [answer] = post(api, "/v1/scans", {"id": "s-1", "code": "x", **gate})
    assert answer["why_vi"].split(" (")[0] in ("Điểm kiểm soát", "Nội dung mã QR")

"""Registrations, decisions, changes of permits over the API, as portals and Transport send."""

import httpx
from sqlalchemy import text

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.db import transact
from tests.ingest.makers import a_permit, a_read, post

SITE = "kcl-truong-bia"
APPROVE = {"decision": "approve", "class": "green"}


def a_registration(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"reg-{number}",
        "plate": "43C-168.39",
        "kind": "lorry",
        "seats": 3,
        "driver": "Nguyễn Văn A",
        "origin": "Đà Nẵng",
        "destination": "12 Lê Lợi",
        "from": "2021-10-04T06:00:00+07:00",
        "until": "2021-10-06T06:00:00+07:00",
        "goods": "gạo",
        "companions": 1,
        "mail": "a@vantai.example",
        "people": ["d-1"],
        **changes,
    }


def filed(api: httpx.Client, number: int = 1, **changes: object) -> str:
    [result] = post(api, "/v1/registrations", a_registration(number, **changes))
    assert result["status"] == "recorded", result
    return result["ref"]


def decide(api: httpx.Client, ref: str, body: object) -> httpx.Response:
    return api.post(f"/v1/registrations/{ref}/decision", json=body)


def test_from_registration_to_permit_to_a_read_that_passes(api: httpx.Client) -> None:
    ref = filed(api)
    answer = decide(api, ref, APPROVE)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["ref"], told["state"], told["permit"]["class"]) == (ref, "approved", "green")
    assert told["permit"]["valid_until"] == "2021-10-05T23:00:00+00:00"
    [permit] = api.get("/v1/permits/43C16839", params={"purpose": "a test"}).json()["items"]
    assert permit == told["permit"]
    [read] = post(api, "/v1/reads", a_read())
    assert read["verdict"] == {
        "outcome": "pass",
        "reason": "permitted",
        "permit": permit["ref"],
    }
    assert read["permit_version"] == 1
    assert api.get("/v1/figures").json()["figures"]["vehicles_approved_total"] == 1
    assert decide(api, ref, APPROVE).status_code == 409
    assert api.get(f"/v1/registrations/{ref}").json() == told


def test_sent_twice_it_is_known_and_with_other_content_refused(api: httpx.Client) -> None:
    ref = filed(api)
    again, other = post(
        api, "/v1/registrations", a_registration(), a_registration(plate="43C-999.99")
    )
    assert (again["status"], again["ref"]) == ("repeated", ref)
    assert (other["status"], "id_reused" in other["why"]) == ("refused", True)


def test_a_vehicle_may_stand_in_an_object_of_its_own(api: httpx.Client) -> None:
    item = {"id": "v", "vehicle": {"plate": "43C-168.39", "kind": "bus", "seats": 45}}
    [result] = post(api, "/v1/registrations", item)
    assert result["status"] == "recorded", result
    shown = api.get(f"/v1/registrations/{result['ref']}").json()
    assert (shown["plate"], shown["state"], shown["permit"]) == ("43C16839", "received", None)


WRONG = {
    "plate": ({"plate": "!!"}, {"plate": ""}, {"plate": None}),
    "kind": ({"kind": "spaceship"},),
    "seats": ({"seats": 0}, {"seats": 201}, {"seats": "many"}),
    "mail": (
        {"mail": "nobody"},
        {"mail": "a@b"},
        {"mail": "a@b.example\nBcc: c@d.example"},
        {"mail": f"{'a' * 250}@b.example"},
    ),
    "phone": ({"phone": "call me"}, {"phone": "1" * 40}),
    "from": ({"from": "2021-10-04T06:00:00"}, {"from": "yesterday"}),
    "until": ({"until": "2021-10-04T05:00:00+07:00"},),
    "roads.1": ({"roads": ["ql1a-north", "nowhere"]},),
    "driver": ({"driver": "A\x00B"}, {"driver": "x" * 201}, {"driver": ""}),
    "people": ({"people": ["p"] * 201},),
    "colour": ({"colour": "pink"},),
    "companions": ({"companions": -1},),
    "id": ({"id": ""}, {"id": "x" * 129}),
    "password": ({"password": "x"},),
    "vehicle": ({"vehicle": "a lorry"}, {"vehicle": {"plate": "43C16839"}}),
}


def test_a_wrong_field_is_named_and_the_item_kept(api, centre: Centre, subtests) -> None:
    query = text("SELECT count(*) FROM refused WHERE kind = 'registration'")
    kept = 0
    for number, field in enumerate(WRONG):
        with subtests.test(field=field):
            first = 100 * number
            items = [a_registration(first + n, **bad) for n, bad in enumerate(WRONG[field])]
            results = post(api, "/v1/registrations", *items, a_registration(first + 99))
            assert [result["status"] for result in results[:-1]] == ["refused"] * len(items)
            for result in results[:-1]:
                assert field.split(".", maxsplit=1)[0] in result["why"], result
            assert results[-1]["status"] == "recorded"
            kept += len(items)
            assert transact(centre.engine, lambda c: c.execute(query).scalar_one()) == kept


DECISIONS = (
    ({}, 422),
    ({"decision": "dance"}, 422),
    ({"decision": "approve"}, 422),
    ({"decision": "approve", "class": "blue"}, 422),
    ({"decision": "approve", "class": "red"}, 422),
    ({"decision": "approve", "class": "red", "destination": "nowhere"}, 422),
    ({"decision": "approve", "class": "green", "roads": ["nowhere"]}, 422),
    ({"decision": "approve", "class": "green", "valid_until": "2021-10-01T00:00:00Z"}, 422),
    ({"decision": "approve", "class": "green", "valid_until": "2021-10-09T00:00:00"}, 422),
    ({"decision": "refuse"}, 422),
    ({"decision": "refuse", "note": "\x00"}, 422),
    ({"decision": "reopen", "note": "back"}, 409),
    ({"decision": "approve", "class": "green", "purse": 1}, 422),
    ([], 422),
)


def test_a_decision_that_cannot_be_says_why_and_changes_nothing(api: httpx.Client) -> None:
    ref = filed(api)
    for body, status in DECISIONS:
        answer = decide(api, ref, body)
        assert answer.status_code == status, (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert api.get(f"/v1/registrations/{ref}").json()["state"] == "received"
    assert decide(api, "0" * 32, APPROVE).status_code == 404
    for name in ("x'; --", "%00", "A" * 70):
        assert decide(api, name, APPROVE).status_code in (404, 422), name
    red = {"decision": "approve", "class": "red", "destination": SITE, "note": "from a zone"}
    permit = decide(api, ref, red | {"deadline": "2021-10-04T12:00:00Z"}).json()["permit"]
    assert (permit["destination"], permit["deadline"]) == (SITE, "2021-10-04T12:00:00+00:00")


def test_a_registrant_answers_appeals_and_withdraws(api: httpx.Client) -> None:
    ref = filed(api)
    path = f"/v1/registrations/{ref}/replies"
    steps = (
        ("d", {"decision": "ask", "note": "who drives?"}, "asked"),
        ("r", {"reply": "answer", "note": "two drivers"}, "received"),
        ("d", {"decision": "refuse", "note": "no reason to come"}, "refused"),
        ("r", {"reply": "appeal", "note": "oxygen"}, "appealed"),
        ("d", {"decision": "refuse", "note": "still none"}, "rejected"),
    )
    for who, body, state in steps:
        answer = decide(api, ref, body) if who == "d" else api.post(path, json=body)
        assert answer.json().get("state") == state, answer.text
    assert api.post(path, json={"reply": "withdraw"}).status_code == 409
    assert api.post(path, json={"reply": "approve"}).status_code == 422
    other = filed(api, 2)
    answer = api.post(f"/v1/registrations/{other}/replies", json={"reply": "withdraw"})
    assert answer.json()["state"] == "withdrawn"


def test_a_permit_is_changed_and_tells_its_versions(api: httpx.Client) -> None:
    [granted] = post(api, "/v1/permits", a_permit())
    path = f"/v1/permits/{granted['ref']}/changes"
    changes = (
        ({"change": "amend", "class": "yellow", "why": "a new plan"}, 200, "granted"),
        ({"change": "amend", "class": "yellow", "why": "again"}, 422, None),
        ({"change": "extend", "valid_until": "2021-12-01T00:00:00Z", "why": "x"}, 200, "granted"),
        ({"change": "uphold", "why": "x"}, 409, None),
        ({"change": "revoke", "why": " "}, 422, None),
        ({"change": "revoke"}, 422, None),
        ({"change": "revoke", "why": "left its way"}, 200, "revoked"),
        ({"change": "revoke", "why": "twice"}, 409, None),
        ({"change": "appeal", "why": "a detour"}, 200, "appealed"),
        ({"change": "uphold", "why": "true"}, 200, "granted"),
        ({"change": "grant", "why": "x"}, 409, None),
    )
    for body, status, state in changes:
        answer = api.post(path, json=body)
        assert answer.status_code == status, (body, answer.text)
        assert state is None or answer.json()["state"] == state
    versions = api.get(f"/v1/permits/{granted['ref']}/versions").json()["items"]
    made = [(one["change"], one["actor"], one["why"]) for one in versions]
    assert made[:2] == [("grant", None, None), ("amend", "api:camera-box", "a new plan")]
    assert [one["permit"]["version"] for one in versions] == [1, 2, 3, 4, 5, 6]
    [read] = post(api, "/v1/reads", a_read(camera="cam-117"))
    assert read["permit_version"] == 1, "seen before it was changed"


def test_a_key_does_and_sees_what_it_may(stranger: httpx.Client, centre: Centre) -> None:
    def under(source: str, *rights: Right) -> dict[str, str]:
        return {"Authorization": f"Bearer {create_key(centre, source, list(rights))}"}

    portal, other = under("portal", Right.REGISTRATIONS), under("other", Right.REGISTRATIONS)
    transport, box = under("transport", Right.DECISIONS), under("box", Right.READS, Right.PERMITS)
    batch = {"items": [a_registration()]}
    assert stranger.post("/v1/registrations", json=batch).status_code == 401
    for headers in (transport, box):
        answer = stranger.post("/v1/registrations", json=batch, headers=headers)
        assert answer.status_code == 403
    answer = stranger.post("/v1/registrations", json=batch, headers=portal)
    path = f"/v1/registrations/{answer.json()['results'][0]['ref']}"
    assert stranger.get(path, headers=portal).status_code == 200
    assert stranger.get(path, headers=other).status_code == 404
    withdrawal = {"reply": "withdraw"}
    assert stranger.post(f"{path}/replies", json=withdrawal, headers=other).status_code == 404
    for headers, status in ((portal, 403), (box, 403), (transport, 200)):
        answer = stranger.post(f"{path}/decision", json=APPROVE, headers=headers)
        assert answer.status_code == status
    change = f"/v1/permits/{answer.json()['permit']['ref']}/changes"
    body = {"change": "revoke", "why": "x"}
    for headers, status in ((portal, 403), (box, 403), (transport, 200)):
        assert stranger.post(change, json=body, headers=headers).status_code == status


def test_a_permit_is_printed_over_the_api(api: httpx.Client) -> None:
    permit = decide(api, filed(api), APPROVE).json()["permit"]
    paper = api.get(f"/v1/permits/{permit['ref']}/paper")
    assert (paper.status_code, paper.content[:4]) == (200, b"%PDF")
    assert paper.headers["content-type"] == "application/pdf"
    assert api.get(f"/v1/permits/{'0' * 32}/paper").status_code == 404
    api.post(f"/v1/permits/{permit['ref']}/changes", json={"change": "revoke", "why": "x"})
    assert api.get(f"/v1/permits/{permit['ref']}/paper").status_code == 409

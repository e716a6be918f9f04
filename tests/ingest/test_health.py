"""Doses, tests, paper totals over the API, as facilities, laboratories and offices send them."""

from datetime import timedelta

import httpx

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.upkeep import recount
from tests.ingest.makers import post

SITE, LAB = "tc-bvtw", "xn-bvtw"
UNIT = "19750-2021"


def person(number: int) -> dict[str, str]:
    return {"number": f"0460850{number:05}", "name": "Nguyễn Văn A", "born_on": "1985-03-07"}


def a_dose(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"d-{number}",
        "person": person(number),
        "product": "Comirnaty",
        "lot": "FF8871",
        "number": 1,
        "facility": SITE,
        "given_at": "2021-10-04T09:00:00+07:00",
        **changes,
    }


def a_test(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"t-{number}",
        "person": person(number),
        "kind": "pcr",
        "tube": f"TUBE{number:04}",
        "facility": LAB,
        "taken_at": "2021-10-04T09:00:00+07:00",
        **changes,
    }


def a_total(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"p-{number}",
        "facility": SITE,
        "day": "2021-10-04",
        "kind": "doses",
        "n": 3,
        **changes,
    }


def figures(api: httpx.Client) -> dict[str, int]:
    return api.get("/v1/figures").json()["figures"]


def test_every_wrong_field_is_refused_by_its_name(api: httpx.Client) -> None:
    qr = "046085000001||Nguyễn Văn A|07031985|Nam|1 Lê Lợi|01012021"
    wrong = [
        (a_dose(person={"number": "12", "name": "A"}), "person.number"),
        (a_dose(person={"number": "046085000001", "name": "1"}), "person.name"),
        (a_dose(person={"code": "hello"}), "person.code"),
        (a_dose(person={"code": qr, "number": "1"}), "person.code"),
        (a_dose(product="aspirin"), "product"),
        (a_dose(lot="?"), "lot"),
        ({**a_dose(), "number": 5}, "number"),
        (a_dose(facility="cam-001"), "facility"),
        (a_dose(given_at="2021-10-05T09:00:00+07:00"), "given_at"),
        (a_dose(given_at="2011-10-05T09:00:00+07:00"), "given_at"),
        (a_dose(given_at="2021-10-04T09:00:00"), "given_at"),
        (a_dose(unit="x"), "unit"),
        (a_dose(person={**person(1), "number": "046210000001", "born_on": "2010-12-01"}), "person"),
    ]
    results = post(api, "/v1/doses", *[{**item, "id": str(n)} for n, (item, _) in enumerate(wrong)])
    told = [(one["status"], one.get("why", "").partition(":")[0]) for one in results]
    assert told == [("refused", field) for _, field in wrong]
    wrong_tests = [
        (a_test(kind="x"), "kind"),
        (a_test(tube="no"), "tube"),
        (a_test(facility="x"), "facility"),
        (a_test(result="maybe"), "result"),
        (a_test(resulted_at="2021-10-04T09:00:00+07:00"), "resulted_at"),
        (a_test(result="negative", resulted_at="2021-10-03T09:00:00+07:00"), "resulted_at"),
    ]
    results = post(api, "/v1/tests", *[item for item, _ in wrong_tests])
    assert [one["why"].partition(":")[0] for one in results] == [f for _, f in wrong_tests]
    wrong_totals = [
        (a_total(facility=" "), "facility"),
        (a_total(day="2021-10-05"), "day"),
        (a_total(day="20211004"), "day"),
        (a_total(kind="masks"), "kind"),
        (a_total(n=-1), "n"),
    ]
    results = post(api, "/v1/paper-totals", *[item for item, _ in wrong_totals])
    assert [one["why"].partition(":")[0] for one in results] == [f for _, f in wrong_totals]
    assert figures(api)["doses_total"] == 0


def test_doses_and_paper_move_their_figures_and_meet(api: httpx.Client, centre: Centre) -> None:
    results = post(
        api,
        "/v1/doses",
        a_dose(1, unit=UNIT),
        a_dose(2),
        a_dose(1, id="again", given_at="2021-10-04T09:20:00+07:00"),
        a_dose(2),
    )
    assert [one["status"] for one in results] == ["recorded", "recorded", "recorded", "repeated"]
    assert results[2]["counted"] is False
    assert results[2]["near_repeat"] == {"of": results[0]["ref"], "why": "near"}
    post(api, "/v1/paper-totals", a_total(1), a_total(2, kind="test", facility=LAB, n=1))
    now = figures(api)
    assert (now["doses_total"], now["doses_reported_total"]) == (2, 3)
    day = api.get("/v1/reconciliation", params={"day": "2021-10-04"}).json()
    assert day["total"] == {
        "facility": None,
        "platform": 2,
        "paper": 3,
        "gap": 1,
        "share": 0.666667,
        "amended": 0,
        "amended_at": None,
    }
    [pair] = api.get("/v1/doses/near-repeats").json()["items"]
    assert (pair["dose"]["ref"], pair["other"]["ref"]) == (results[2]["ref"], results[0]["ref"])
    path = f"/v1/doses/{results[2]['ref']}/correction"
    answer = api.post(path, json={"correction": "distinct", "why": "hai mũi thật"})
    assert (answer.status_code, answer.json()["counted"]) == (200, True)
    assert api.post(path, json={"correction": "distinct", "why": "x"}).status_code == 409
    assert api.post(path, json={"correction": "void"}).status_code == 422
    assert figures(api)["doses_total"] == 3
    versions = api.get("/v1/paper-totals", params={"facility": SITE, "day": "2021-10-04"}).json()
    assert [one["n"] for one in versions["items"]] == [3]
    assert recount(centre) == []


def test_a_test_goes_from_tube_to_case(api: httpx.Client, centre: Centre) -> None:
    one, two = post(api, "/v1/tests", a_test(1), a_test(2, result="negative"))
    assert (one["status"], two["result"]) == ("recorded", "negative")
    assert (figures(api)["tests_total"], figures(api)["facilities_reporting"]) == (2, 1)
    result = {"id": "r-1", "tube": "TUBE0001", "result": "positive"}
    [told] = post(api, "/v1/tests/results", result)
    assert told == {"id": "r-1", "status": "recorded", "ref": one["ref"]}
    bad = [{"id": "r-2", "result": "positive"}, {**result, "id": "r-3", "test": one["ref"]}]
    assert {r["status"] for r in post(api, "/v1/tests/results", *bad)} == {"refused"}
    answer = api.post(f"/v1/tests/{two['ref']}/result", json={"result": "negative"})
    assert answer.json()["result"] == "negative"
    other = api.post(f"/v1/tests/{two['ref']}/result", json={"result": "positive"})
    assert (other.status_code, other.json()["field"]) == (422, "result")
    [case] = api.get("/v1/cases", params={"purpose": "truy vết"}).json()["items"]
    assert (case["state"], case["test"]) == ("confirmed", one["ref"])
    step = api.post(f"/v1/cases/{case['ref']}/steps", json={"step": "recover"})
    assert step.json()["state"] == "recovered"
    assert api.get("/v1/cases").json()["items"] == []
    [pcr, *_] = api.get("/v1/positivity").json()["items"]
    assert (pcr["positive"], pcr["negative"], pcr["share"]) == (1, 1, 0.5)
    assert recount(centre) == []


def test_small_numbers_are_hidden_from_who_may_not_see_persons(
    api: httpx.Client, centre: Centre
) -> None:
    post(api, "/v1/doses", *[a_dose(n, unit=UNIT) for n in range(6)], a_dose(9, unit="19753-2021"))
    post(api, "/v1/tests", *[a_test(n, result="negative") for n in range(6)])
    post(api, "/v1/tests", a_test(9, result="positive"))
    seen = api.get("/v1/coverage").json()
    items = {one["id"]: one for one in seen["items"]}
    assert (items[UNIT]["first"], items["19753-2021"]["first"]) == (6, 1)
    assert items[UNIT]["first_share"] == round(6 / items[UNIT]["population"], 6)
    assert (seen["total"]["population"], seen["suppressed"]) == (1_128_620, False)
    assert [group["population"] for group in seen["age_groups"]] == [None] * 6
    assert seen["not_known"]
    office = {"Authorization": f"Bearer {create_key(centre, 'office', [Right.HEALTH])}"}
    hidden = api.get("/v1/coverage", headers=office).json()
    items = {one["id"]: one for one in hidden["items"]}
    # One alone would be told by the sum.
    assert (items[UNIT]["first"], items["19753-2021"]["first"]) == (None, None)
    assert (items["19756-2021"]["first"], hidden["suppressed"]) == (0, True)
    [pcr, *_] = api.get("/v1/positivity", headers=office).json()["items"]
    assert (pcr["tests"], pcr["positive"], pcr["share"]) == (7, None, None)


def test_who_fell_silent_stands_first(api: httpx.Client, clock) -> None:
    start = clock.at - timedelta(days=20)
    for n in range(6):
        at = (start + timedelta(days=n)).isoformat()
        post(api, "/v1/tests", a_test(n, taken_at=at))
    first = api.get("/v1/facilities/silent").json()["items"][0]
    assert (first["facility"], first["rhythm"], first["silent_days"]) == (LAB, "silent", 15)
    assert first["name"] == "Bệnh viện Trung ương Huế"


NO_QUESTIONS = [
    ("/v1/reconciliation", {"day": "0001-01-01"}, "from"),
    ("/v1/reconciliation", {"from": "2021-10-04", "until": "2021-10-03"}, "until"),
    ("/v1/reconciliation", {"day": "x"}, "day"),
    ("/v1/reconciliation", {"kind": "masks"}, "kind"),
    ("/v1/positivity", {"from": "2022-10-04"}, "until"),
    ("/v1/coverage", {"day": "9999-12-31"}, "from"),
    ("/v1/doses/near-repeats", {"next": "x"}, "next"),
]


def test_what_cannot_be_asked_is_refused_by_name(api: httpx.Client, subtests) -> None:
    for path, params, field in NO_QUESTIONS:
        with subtests.test(path=path, params=params, field=field):
            answer = api.get(path, params=params)
            assert (answer.status_code, answer.json()["field"]) == (422, field)

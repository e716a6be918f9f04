"""People who come, over the API: declared, decided, called on, compared; each by its own right."""

import httpx
import pytest
from sqlalchemy import text

from ingest.files.importing import import_file
from ingest.files.kinds import Kind
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.db import transact
from ioc.duplicates.service import find_duplicates
from ioc.overview import figures as figures_of
from tests.ingest.makers import post

UNIT = "19750-2021"


def a_person(serial: int = 1, **changes: object) -> dict[str, object]:
    return {
        "number": f"046085{serial:06}",
        "name": "Nguyễn Văn An",
        "born_on": "1985-03-07",
        **changes,
    }


def a_declaration(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"d-{number}",
        "person": a_person(number),
        "origin": "TP. Hồ Chí Minh",
        "destination": {"unit": "19750", "cell": "Tổ 3", "address": "12 Lê Lợi"},
        "vehicle": "51F-123.45",
        "expected_at": "2021-10-04T16:00:00+07:00",
        **changes,
    }


def a_wave(**changes: object) -> dict[str, object]:
    return {
        "id": "SE38",
        "means": "train",
        "name": "Tàu SE38",
        "expected": 368,
        "arrives_at": "2021-10-04T16:00:00+07:00",
        "point": "hue-station",
        **changes,
    }


def declared(api: httpx.Client, number: int = 1, **changes: object) -> str:
    [result] = post(api, "/v1/declarations", a_declaration(number, **changes))
    assert result["status"] == "recorded", result
    return result["ref"]


def under(api: httpx.Client, key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {key}"}}


def test_from_declaration_to_decision_to_arrival(api: httpx.Client) -> None:
    permit = {"id": "p", "plate": "51F-123.45", "class": "green"}
    days = {"valid_from": "2021-10-01T00:00:00Z", "valid_until": "2021-10-09T00:00:00Z"}
    post(api, "/v1/permits", {**permit, **days})
    ref = declared(api, companions=[a_person(2), a_person(3, name="Lê Thị Hoa")])
    body = {"decision": "approve", "note": "tiêm đủ"}
    answer = api.post(f"/v1/declarations/{ref}/decision", json=body)
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    read = {
        "id": "r-1",
        "camera": "cam-001",
        "plate": "51F12345",
        "confidence": 0.99,
        "seen_at": "2021-10-04T14:32:00+07:00",
        "direction": "in",
    }
    post(api, "/v1/reads", read)
    told = api.get(f"/v1/declarations/{ref}").json()
    assert (told["state"], told["people"], told["unit"]) == ("arrived", 3, UNIT)
    assert told["vehicle"] == {"plate": "51F12345", "permit": "green"}
    figures = api.get("/v1/figures").json()["figures"]
    assert figures["entries_people_today"] == figures["people_declared_total"] == 3
    late = api.post(f"/v1/declarations/{ref}/decision", json={"decision": "reopen", "note": "x"})
    assert late.status_code == 409


def test_a_station_sees_what_its_commune_has_to_do_and_nothing_else(
    api: httpx.Client, centre: Centre, clock
) -> None:
    ref = declared(api, manner="at_post", post="my-chanh", phone="0905 123 456")
    clock.advance(minutes=6)
    [task] = api.get("/v1/tasks", params={"unit": "19750"}).json()["items"]
    assert (task["declaration"], task["kind"], task["state"]) == (ref, "call", "open")
    assert api.get("/v1/tasks", params={"unit": "19753"}).json()["items"] == []
    own = under(api, create_key(centre, UNIT, [Right.TASKS]))
    other = under(api, create_key(centre, "19753", [Right.TASKS]))
    assert len(api.get("/v1/tasks", **own).json()["items"]) == 1
    assert api.get("/v1/tasks", **other).json()["items"] == []
    assert api.get("/v1/tasks", params={"unit": "19750"}, **other).json()["items"] == []
    one = f"/v1/tasks/{task['ref']}"
    assert api.get(one, **other).status_code == 404
    contact = api.get(one, **own).json()
    assert contact["people"] == [{"name": "Nguyễn Văn An", "born": 1985}]
    assert (contact["phone"], contact["address"]) == ("0905 123 456", "12 Lê Lợi")
    steps = f"{one}/steps"
    assert api.post(steps, json={"step": "reached"}, **other).status_code == 404
    assert api.post(steps, json={"step": "refer"}, **own).json()["field"] == "note"
    done = api.post(steps, json={"step": "reached", "note": "khỏe"}, **own).json()
    assert (done["state"], done["done_by"]) == ("done", f"api:{UNIT}")
    assert api.post(steps, json={"step": "reached"}, **own).status_code == 409


FAULTS = [
    ({"person": a_person(number="04608500012")}, "person.number: unknown_shape"),
    ({"person": a_person(born_on="1986-03-07")}, "person.born_on: contradicts_number"),
    ({"person": a_person(born_on="2085")}, "person.born_on: "),
    ({"person": a_person(number="191234567", born_on="2021-10-05")}, "person.born_on: lies ahead"),
    ({"person": a_person(name="An1")}, "person.name: "),
    ({"person": {"name": "An"}}, "person.number: is missing"),
    ({"person": {"code": "xyz"}}, "person.code: "),
    ({"person": a_person(code="xyz")}, "person.code: stands beside"),
    ({"person": a_person(sex="female")}, "person.sex: contradicts_number"),
    ({"companions": [a_person(2), a_person(name="")]}, "companions.1.name: "),
    ({"companions": [a_person(2), a_person(number="1")]}, "companions.1.number: "),
    ({"declared_by": a_person(number="1")}, "declared_by.number: "),
    ({"destination": {"unit": "99999"}}, "destination.unit: there is no unit"),
    ({"destination": "99999"}, "destination.unit: there is no unit"),
    ({"vehicle": "?"}, "vehicle: "),
    ({"vehicle": {"plate": "51F12345", "wheels": 4}}, "item: vehicle: "),
    ({"wave": "SE99"}, "wave: there is no wave"),
    ({"manner": "at_post"}, "post: is named"),
    ({"post": "my-chanh"}, "post: is named"),
    ({"post": "cam-001", "manner": "at_post"}, "post: there is no point"),
    ({"phone": "abc"}, "phone: "),
    ({"expected_at": "2021-10-04"}, "expected_at: the time has no offset"),
    ({"colour": "red"}, "colour: "),
]


def test_every_fault_is_refused_by_its_name_and_kept_without_the_number(
    api: httpx.Client, centre: Centre
) -> None:
    items = [a_declaration(n, **changes) for n, (changes, _) in enumerate(FAULTS, 1)]
    results = post(api, "/v1/declarations", *items)
    for result, (_, why) in zip(results, FAULTS, strict=True):
        assert result["status"] == "refused", (why, result)
        assert result["why"].startswith(why), result
    kept = text("SELECT content::text FROM refused")
    with centre.engine.connect() as conn:
        contents = list(conn.execute(kept).scalars())
    assert len(contents) == len(FAULTS)
    assert not [content for content in contents if '"046085' in content]


def test_a_declaration_is_seen_and_withdrawn_by_its_own_source_alone(api, centre) -> None:
    ref = declared(api, destination="19750")
    stranger = under(api, create_key(centre, "other", [Right.DECLARATIONS]))
    assert api.get(f"/v1/declarations/{ref}", **stranger).status_code == 404
    path = f"/v1/declarations/{ref}/withdrawal"
    assert api.post(path, json={}, **stranger).status_code == 404
    assert api.post(path, json={"note": "đổi ý"}).json()["state"] == "withdrawn"
    assert api.post(path, json={}).status_code == 409
    assert api.get("/v1/declarations/abc").status_code == 404


def test_health_finds_what_waits_and_sees_it_whole_before_it_decides(api, centre) -> None:
    ref = declared(api, companions=[a_person(2, name="Lê Thị Hoa")], phone="0905 123 456")
    declared(api, 9, destination="19753")
    [waits] = api.get("/v1/declarations", params={"unit": "19750"}).json()["items"]
    assert (waits["ref"], waits["people"], waits["origin"]) == (ref, 2, "TP. Hồ Chí Minh")
    assert len(api.get("/v1/declarations").json()["items"]) == 2
    assert api.get("/v1/declarations", params={"unit": "1"}).json()["field"] == "unit"
    seen = api.get(f"/v1/declarations/{ref}/whole", params={"purpose": "duyệt"}).json()
    assert [one["name"] for one in seen["persons"]] == ["Nguyễn Văn An", "Lê Thị Hoa"]
    assert (seen["phone"], seen["log"][0]["step"]) == ("0905 123 456", "receive")
    with centre.engine.connect() as conn:
        looked = conn.execute(text("SELECT actor, subject, purpose FROM audit ORDER BY no")).all()
    assert looked[-1] == ("api:camera-box", f"declaration:{ref}", "duyệt")
    assert api.get("/v1/declarations/abc/whole").status_code == 404
    decision = f"/v1/declarations/{ref}/decision"
    assert api.post(decision, json={"decision": "refuse"}).json()["field"] == "note"
    assert api.post(decision, json={"decision": "refuse", "note": "x"}).status_code == 200
    assert api.get("/v1/declarations", params={"unit": "19750"}).json()["items"] == []


def test_a_train_brings_those_who_name_it(api: httpx.Client) -> None:
    assert [r["status"] for r in post(api, "/v1/waves", a_wave(), a_wave())] == [
        "recorded",
        "repeated",
    ]
    [bad] = post(api, "/v1/waves", a_wave(id="SE40", point="nowhere"))
    assert bad["why"].startswith("point: there is no point")
    batch = [a_declaration(n, wave="SE38", means="train", vehicle=None) for n in range(1, 6)]
    for item in batch:
        del item["vehicle"]
    statuses = {result["status"] for result in post(api, "/v1/declarations", *batch)}
    assert statuses == {"recorded"}
    [wave] = api.get("/v1/waves").json()["items"]
    assert (wave["expected"], wave["declared"], wave["arrived"]) == (368, 5, 0)


def test_guests_are_recorded_once_and_refused_by_name(api: httpx.Client) -> None:
    guest = {
        "id": "g-1",
        "person": a_person(),
        "lodging": "Khách sạn Hương Giang",
        "from": "2021-10-04T14:00:00+07:00",
        "until": "2021-10-06T12:00:00+07:00",
        "unit": "19750",
    }
    backwards = {**guest, "id": "g-2", "until": guest["from"]}
    results = post(api, "/v1/lodgings", guest, guest, backwards)
    assert [result["status"] for result in results] == ["recorded", "repeated", "refused"]
    assert results[2]["why"].startswith("until: ")


def test_persons_are_compared_masked_unless_a_right_and_a_purpose_say_otherwise(
    api: httpx.Client, centre: Centre
) -> None:
    declared(api)
    old = a_person(number="191234567")
    declared(api, 2, person=old)
    assert find_duplicates(centre) == 1
    few = under(api, create_key(centre, "desk", [Right.DUPLICATES]))
    for asked in (few, {**few, "params": {"purpose": "đối chiếu"}}):
        [pair] = api.get("/v1/duplicates", **asked).json()["items"]
        shown = {(side["number"], side["born"]) for side in pair["sides"]}
        assert shown == {("******000001", "1985"), ("******567", "1985")}
    [pair] = api.get("/v1/duplicates", params={"purpose": "đối chiếu"}).json()["items"]
    assert {side["number"] for side in pair["sides"]} == {"046085000001", "191234567"}
    path = f"/v1/duplicates/{pair['ref']}/decision"
    assert api.post(path, json={"decision": "merge", "note": ""}, **few).json()["field"] == "note"
    merged = api.post(path, json={"decision": "merge", "note": "cùng người"}, **few).json()
    assert (merged["state"], merged["decided_by"]) == ("merged", "api:desk")
    assert api.get("/v1/duplicates", **few).json()["items"] == []
    [shown_again] = api.get("/v1/duplicates", params={"state": "merged"}, **few).json()["items"]
    assert shown_again["kept"] in {side["person"] for side in shown_again["sides"]}
    undone = api.post(path, json={"decision": "undo", "note": "nhầm"}, **few).json()
    assert undone["state"] == "open"


def test_numbers_stand_nowhere_in_the_store_but_sealed(api: httpx.Client, centre: Centre) -> None:
    declared(api, companions=[a_person(2)], declared_by=a_person(3), manner="on_behalf")
    post(api, "/v1/declarations", a_declaration(9, person=a_person(9, number="0460850000099")))
    api.get("/v1/duplicates", params={"purpose": "kiểm tra"})
    found = text("""
        SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
    """)

    def work(conn) -> list[str]:
        tables = list(conn.execute(found).scalars())
        rows = {name: conn.exec_driver_sql(f"SELECT t::text FROM {name} AS t") for name in tables}
        return [name for name, all_of in rows.items() if "046085" in str(all_of.all())]

    assert transact(centre.engine, work) == []


@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/duplicates"])
def test_a_question_that_cannot_be_is_answered_by_a_problem(api: httpx.Client, path: str) -> None:
    answer = api.get(path, params={"state": "nowhere"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_files_of_declarations_and_guests_are_taken_in_by_their_vietnamese_headings(
    centre: Centre, tmp_path
) -> None:
    people = tmp_path / "khai-bao.csv"
    people.write_text(
        "Họ và tên;Số CCCD;Ngày sinh;Mã xã đến;Thôn;Nơi đi;Biển số xe đi\n"
        "Nguyễn Văn An;046085000001;07/03/1985;19750;Tổ 3;TP. Hồ Chí Minh;51F-123.45\n"
        "Lê Thị Hoa;046185000002;1985;19753;;Đà Nẵng;\n"
        "Lê Thị Hoa;046185000003;1986;19753;;Đà Nẵng;\n",
        encoding="utf-8",
    )
    counts = +import_file(centre, people, Kind.DECLARATIONS, "portal", lambda _: None)
    assert counts == {"recorded": 2, "refused": 1}
    refused = (tmp_path / "khai-bao.refused.csv").read_text(encoding="utf-8-sig")
    assert "không khớp số CCCD: khai 1986, theo số là 1985" in refused
    guests = tmp_path / "luu-tru.csv"
    guests.write_text(
        "Khách sạn,Ngày đến ở,Ngày đi,Họ tên,CCCD,DOB,Phường\n"
        "Hương Giang,2021-10-04T14:00:00+07:00,2021-10-06T12:00:00+07:00,An,046085000001,1985,"
        "19750\n",
        encoding="utf-8",
    )
    for expected in ({"recorded": 1}, {"repeated": 1}):
        assert +import_file(centre, guests, Kind.LODGINGS, "hotel", lambda _: None) == expected
    figures = figures_of(centre).values
    assert (figures["people_declared_total"], figures["lodging_guests_total"]) == (2, 1)

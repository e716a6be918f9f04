"""Reads over HTTP: what goes in is judged, kept once and answered; what is wrong is named."""

import httpx
from sqlalchemy import text

from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.evidence import load
from ioc.vehicles.service import latest_sightings
from tests.ingest.makers import GATE, MAIN, a_permit, a_read, post


def refused_of(centre: Centre) -> list[tuple[str | None, str, str]]:
    query = text("SELECT item_id, field, why FROM refused ORDER BY no")
    with centre.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(query)]


def test_a_read_is_judged_and_its_alert_named(api: httpx.Client, centre: Centre) -> None:
    [first] = post(api, "/v1/reads", a_read())
    [alert] = open_alerts(centre)
    assert first == {
        "id": "read-1",
        "status": "recorded",
        "ref": first["ref"],
        "verdict": {"outcome": "stop", "reason": "no_permit", "permit": None},
        "alert": alert.id,
    }
    [joined] = post(api, "/v1/reads", a_read(2))
    assert (joined["status"], joined["alert"]) == ("recorded", alert.id)


def test_a_permit_lets_pass_and_is_named(api: httpx.Client) -> None:
    [permit] = post(api, "/v1/permits", a_permit(**{"class": "yellow"}))
    passed, stopped = post(api, "/v1/reads", a_read(), a_read(2, camera=MAIN))
    assert passed["verdict"] == {"outcome": "pass", "reason": "permitted", "permit": permit["ref"]}
    assert passed["alert"] is None
    assert stopped["verdict"]["reason"] == "yellow_on_main"


def test_a_covered_plate_is_told_without_a_text(api: httpx.Client, centre: Centre) -> None:
    covered = {k: v for k, v in a_read(not_read="covered").items() if k != "plate"}
    [told, again] = post(api, "/v1/reads", covered, covered)
    assert told["verdict"] == {"outcome": "stop", "reason": "not_read", "permit": None}
    assert (again["status"], again["alert"]) == ("repeated", told["alert"])
    [kept] = latest_sightings(centre)
    assert (kept.read.plate, kept.read.not_read) == ("", "covered")
    missing = {k: v for k, v in a_read(2).items() if k != "plate"}
    wrong = [missing, a_read(3, not_read="covered"), a_read(4, plate=None, not_read="dirty")]
    why = [result["why"] for result in post(api, "/v1/reads", *wrong)]
    assert why[0] == "plate: is missing; where nobody could read one, not_read says why"
    assert why[1] == "not_read: stands in place of a plate, not beside one"
    assert why[2].startswith("not_read: Input should be 'unreadable' or 'covered'")


def test_repeats_change_nothing_and_get_the_first_answer(api: httpx.Client, centre: Centre) -> None:
    [first] = post(api, "/v1/reads", a_read())
    again, twin, other = post(api, "/v1/reads", a_read(), a_read(), a_read(plate="43C16838"))
    assert [r["status"] for r in (again, twin, other)] == ["repeated", "repeated", "refused"]
    assert again == twin == first | {"status": "repeated"}
    assert "id_reused" in other["why"]
    assert len(latest_sightings(centre)) == 1
    assert [entry[:2] for entry in refused_of(centre)] == [("read-1", "id")]


def test_plates_are_kept_in_their_normal_form(api, centre: Centre, clock) -> None:
    for number, (plate, kept) in enumerate(
        (
            ("43c-168.39", "43C16839"),
            ("29-MĐ1 234.56", "29MD123456"),
            ("43C\n16839", "43C16839"),
            ("QX7", "QX7"),
        )
    ):
        read = a_read(number, plate=plate, seen_at=clock.advance(seconds=1).isoformat())
        assert post(api, "/v1/reads", read)[0]["status"] == "recorded"
        assert latest_sightings(centre)[0].read.plate == kept


WRONG = [
    ("plate", {"plate": "4" * 200}),
    ("plate", {"plate": ""}),
    ("plate", {"plate": "..."}),
    ("plate", {"plate": "43C16839'; DROP TABLE sightings; --"}),
    ("plate", {"plate": "四三"}),
    ("plate", {"plate": "43C\x00"}),
    ("plate", {"plate": "\ud800"}),
    ("plate", {"plate": 4316839}),
    ("plate", {"plate": None}),
    ("camera", {"camera": "cam-999999"}),
    ("camera", {"camera": "cam-001' OR '1'='1"}),
    ("camera", {"camera": ["cam-001"]}),
    ("confidence", {"confidence": 1.01}),
    ("confidence", {"confidence": -0.1}),
    ("confidence", {"confidence": "0.9"}),
    ("confidence", {"confidence": True}),
    ("confidence", {"confidence": 10**400}),
    ("seen_at", {"seen_at": "2021-10-04T14:32:00"}),
    ("seen_at", {"seen_at": "2021-10-04T14:38:00+07:00"}),
    ("seen_at", {"seen_at": "2021-08-01T00:00:00Z"}),
    ("seen_at", {"seen_at": "9999-12-31T23:59:59-14:00"}),
    ("seen_at", {"seen_at": "0001-01-01T00:00:00+14:00"}),
    ("seen_at", {"seen_at": 1633332720}),
    ("seen_at", {"seen_at": "yesterday"}),
    ("direction", {"direction": "up"}),
    ("lane", {"lane": 10**30}),
    ("lane", {"lane": 1.5}),
    ("colour", {"colour": "green"}),
    ("layout", {"layout": "three-line"}),
    ("characters.0.confidence", {"characters": [{"char": "4", "confidence": 7}]}),
    ("characters", {"characters": [{"char": "4", "confidence": 0.5}] * 33}),
    ("images.plate", {"images": {"plate": "no base64!"}}),
    ("images.plate", {"images": {"plate": "AAAA"}}),
    ("images.vehicle", {"images": {"vehicle": "/9j/2Q=="}}),
    ("images", {"images": "none"}),
    ("confidense", {"confidense": 0.9}),
    ("id", {"id": ""}),
    ("id", {"id": "x" * 129}),
    ("id", {"id": "a\x00b"}),
    ("id", {"id": 7}),
    ("id", {"id": None}),
]


def test_a_bad_item_is_refused_by_its_field_and_the_others_go_in(api, centre) -> None:
    bad = [a_read(n, **change) for n, (_, change) in enumerate(WRONG)]
    strange = [None, [], "text", 7, {}, [[[[[]]]]], {"id": "only"}]
    answers = post(api, "/v1/reads", a_read(1000), *bad, *strange, a_read(1001))
    assert len(answers) == len(bad) + len(strange) + 2
    assert [answers[0]["status"], answers[-1]["status"]] == ["recorded", "recorded"]
    for (field, change), answer in zip(WRONG, answers[1:], strict=False):
        assert answer["status"] == "refused", change
        assert answer["why"].startswith(f"{field}: "), (change, answer)
    assert {answer["status"] for answer in answers[1:-1]} == {"refused"}
    assert len(latest_sightings(centre)) == 2
    kept = refused_of(centre)
    assert len(kept) == len(bad) + len(strange)
    assert [field for _, field, _ in kept[: len(bad)]] == [field for field, _ in WRONG]


def test_pictures_are_kept_as_evidence(api, centre, jpeg, jpeg64) -> None:
    images = {"plate": jpeg64, "vehicle": jpeg64}
    post(api, "/v1/reads", a_read(images=images))
    read = latest_sightings(centre)[0].read
    assert read.plate_picture == read.frame_picture
    assert load(centre, str(read.plate_picture)) == jpeg
    [again] = post(api, "/v1/reads", a_read(images=images))
    assert again["status"] == "repeated"


def test_pictures_of_refused_reads_are_not_kept(api, centre, jpeg64) -> None:
    images = {"plate": jpeg64}
    for change in ({"camera": "cam-999999"}, {"confidence": 2}):
        [answer] = post(api, "/v1/reads", a_read(images=images, **change))
        assert answer["status"] == "refused"
    assert not list(centre.settings.evidence_dir.rglob("*.jpg"))


def test_two_sources_may_use_the_same_id(api, centre) -> None:
    from ioc.access.model import Right
    from ioc.access.service import create_key

    post(api, "/v1/reads", a_read())
    api.headers["Authorization"] = f"Bearer {create_key(centre, 'other-box', [Right.READS])}"
    assert post(api, "/v1/reads", a_read())[0]["status"] == "recorded"
    assert {sighting.source for sighting in latest_sightings(centre)} == {"camera-box", "other-box"}


def test_an_empty_batch_and_a_full_one_are_answered(api: httpx.Client) -> None:
    assert post(api, "/v1/reads") == []
    full = post(api, "/v1/reads", *(a_read(n, camera=GATE) for n in range(1000)))
    assert {answer["status"] for answer in full} == {"recorded"}
    assert [answer["id"] for answer in full] == [f"read-{n}" for n in range(1000)]
    assert len({answer["alert"] for answer in full}) == 1

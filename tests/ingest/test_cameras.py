"""Cameras that read plates themselves: their shapes, their oddities, and what is no message."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ingest.app import create_app
from ingest.feeds.dahua import parse_text, parse_toll_gate
from ingest.feeds.hikvision import parse_push
from ingest.feeds.onvif import parse_event
from ingest.feeds.told import Sort, Way, instant_from
from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.readers.service import key_now, turn_key
from ioc.vehicles.model import Ground, Heading, NotRead, PlateRead
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import latest_sightings
from tests.conftest import NOW, Clock
from tests.ingest.cameras import (
    BOUNDARY,
    EVENT_TOPIC,
    NAMESPACES,
    anpr_xml,
    event_text,
    multipart,
    onvif_event,
    toll_gate,
)
from tests.serving import served

FORM = f"multipart/form-data; boundary={BOUNDARY}"
HIKVISION, DAHUA = "cam-001", "cam-002"
TOLL_GATE, ALIVE = "NotificationInfo/TollgateInfo", "NotificationInfo/KeepAlive"


@dataclass
class Camera:
    """A camera of one maker at the API."""

    client: httpx.Client
    centre: Centre
    id: str
    path: str

    def send(self, body: bytes, kind: str, rest: str = "") -> httpx.Response:
        key = key_now(self.centre, self.id)
        path = f"/feeds/{self.path}/{self.id}/{key}{rest}"
        return self.client.post(path, content=body, headers={"Content-Type": kind})

    def push(self, xml: bytes, *pictures: tuple[str, str, bytes]) -> dict:
        parts = [("anpr.xml", "text/xml", xml), *pictures]
        answer = self.send(multipart(*parts), FORM)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def client(read_twice: Centre) -> Iterator[httpx.Client]:
    with (
        served(create_app(read_twice)) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def hikvision(client: httpx.Client, read_twice: Centre) -> Camera:
    return Camera(client, read_twice, HIKVISION, "hikvision")


@pytest.fixture
def dahua(client: httpx.Client, read_twice: Centre) -> Camera:
    return Camera(client, read_twice, DAHUA, "dahua")


def reads(centre: Centre) -> list[PlateRead]:
    return [s.read for s in latest_sightings(centre, NOW - timedelta(days=1))]


def refused(centre: Centre) -> list[tuple[str, str, str]]:
    rows = text("SELECT kind, field, why FROM refused ORDER BY no")
    return [tuple(row) for row in transact(centre.engine, lambda c: c.execute(rows).all())]


@pytest.mark.parametrize("space", NAMESPACES)
@pytest.mark.parametrize("prefix", ["", "ns2"])
def test_every_namespace_tells_the_same(space: str, prefix: str) -> None:
    [told] = parse_push(anpr_xml(space=space, prefix=prefix), "application/xml").told
    assert (told.plate, told.sure, told.lane, told.way) == ("75A-123.45", 97.0, 1, Way.FORWARD)
    assert told.at == datetime(2021, 10, 4, 7, 32, 7, tzinfo=UTC)
    assert (told.is_late, told.ground, len(told.characters)) == (False, Ground.WHITE, 8)
    assert told.id == "6a2e8d4e-0001-11ec-9a03-0242ac130003"


ODD = (
    # inner, top -> what is told
    ({"licensePlate": "unknown"}, {}, {"plate": ""}),
    ({"licensePlate": ""}, {}, {"plate": ""}),
    ({"licensePlate": None, "originalLicensePlate": "75A 12345"}, {}, {"plate": "75A 12345"}),
    ({"licensePlate": None, "plateNumber": "75A12345"}, {}, {"plate": "75A12345"}),
    ({"licensePlate": None, "plate": "75A12345"}, {}, {"plate": "75A12345"}),
    ({"confidenceLevel": "97.5"}, {}, {"sure": 97.5}),
    ({"confidenceLevel": "high"}, {}, {"sure": None}),
    ({"confidenceLevel": None}, {}, {"sure": None}),
    ({"plateCharBelieve": "99,x"}, {}, {"characters": ()}),
    ({"plateCharBelieve": None}, {}, {"characters": ()}),
    ({"direction": "unknown"}, {}, {"way": None}),
    ({"direction": "reverse"}, {}, {"way": Way.REVERSE}),
    ({"line": "left"}, {}, {"lane": None}),
    ({"line": "1000"}, {}, {"lane": None}),
    ({"alarmDataType": "1"}, {}, {"is_late": True}),
    ({}, {"isDataRetransmission": "true"}, {"is_late": True}),
    ({"alarmDataType": None}, {"isDataRetransmission": None}, {"is_late": None}),
    ({}, {"dateTime": "2021-10-04T14:32:07"}, {"at": instant_from("2021-10-04 14:32:07")}),
    ({}, {"dateTime": "soon"}, {"at": instant_from("20211004143207250")}),
    ({}, {"eventType": "anpr"}, {"plate": "75A-123.45"}),
    ({}, {"eventType": None}, {"plate": "75A-123.45"}),
)


@pytest.mark.parametrize(("inner", "top", "said"), ODD)
def test_what_cameras_leave_out_or_write_otherwise(inner: dict, top: dict, said: dict) -> None:
    [told] = parse_push(anpr_xml(inner=inner, top=top), "text/xml").told
    assert {name: getattr(told, name) for name in said} == said


def test_an_event_without_an_id_has_the_same_one_when_it_is_sent_again() -> None:
    for name in (None, "", "00000000-0000-0000-0000-000000000000"):
        first, again = (
            parse_push(anpr_xml(top={"UUID": name, "activePostCount": n}), "text/xml").told[0]
            for n in ("1", "2")
        )
        other = parse_push(anpr_xml(plate="75A99999", top={"UUID": name}), "text/xml").told[0]
        assert first.id == again.id != other.id


OTHERS = (
    ({"eventType": "AID"}, Sort.OTHER),
    ({"eventType": "vehicleMatchResult"}, Sort.OTHER),
    ({"eventType": "videoloss", "eventState": "inactive"}, Sort.HEARTBEAT),
)


@pytest.mark.parametrize(("top", "sort"), OTHERS)
def test_what_is_no_read_is_taken_and_recorded_by_nobody(top: dict, sort: Sort) -> None:
    assert parse_push(anpr_xml(top=top), "text/xml").sort is sort


def test_a_push_with_pictures_becomes_a_judged_read(hikvision: Camera, jpeg: bytes) -> None:
    answer = hikvision.push(
        anpr_xml(),
        ("licensePlatePicture.jpg", "image/pjpeg", jpeg),
        ("vehiclePicture.jpg", "image/jpeg", b""),
        ("detectionPicture.jpg", "application/octet-stream", jpeg),
    )
    assert [r["status"] for r in answer["results"]] == ["recorded"]
    [read] = reads(hikvision.centre)
    assert (read.plate, read.camera, read.lane) == ("75A12345", HIKVISION, 1)
    assert (read.direction, read.colour) == (Heading.IN, Ground.WHITE)
    # Nobody has measured this camera: it asks, and sends nobody.
    assert 0.85 < read.confidence < 0.95
    assert "".join(c.char for c in read.characters) == "75A12345"
    assert read.plate_picture == read.frame_picture is not None
    assert hikvision.push(anpr_xml())["results"][0]["status"] == "repeated"
    again = anpr_xml(top={"isDataRetransmission": "true"}, inner={"confidenceLevel": "50"})
    assert hikvision.push(again)["results"][0]["status"] == "repeated"
    assert len(reads(hikvision.centre)) == 1


def test_pictures_that_come_later_are_added(hikvision: Camera, jpeg: bytes) -> None:
    hikvision.push(anpr_xml(inner={"hasMoreData": "true"}))
    [before] = reads(hikvision.centre)
    [alert] = open_alerts(hikvision.centre)
    assert (before.plate_picture, alert.plate_picture) == (None, None)
    later = hikvision.push(anpr_xml(), ("licensePlatePicture.jpg", "image/jpeg", jpeg))
    assert later["results"][0]["status"] == "repeated"
    [read] = reads(hikvision.centre)
    [alert] = open_alerts(hikvision.centre)
    assert read == replace(before, plate_picture=read.plate_picture)
    assert read.plate_picture == alert.plate_picture is not None


def test_its_read_and_ours_are_one_sighting(hikvision: Camera) -> None:
    ours = PlateRead("1", HIKVISION, "75A12345", 0.99, NOW - timedelta(seconds=2))
    record_read(hikvision.centre, "vision", ours)
    hikvision.push(anpr_xml())
    [read] = reads(hikvision.centre)
    assert read.confidence == 0.99
    hikvision.push(anpr_xml(plate="75A12845", top={"UUID": "2" * 36}))
    assert len(reads(hikvision.centre)) == 2


def test_a_read_is_kept_whatever_comes_with_it(hikvision: Camera, jpeg: bytes) -> None:
    unread = anpr_xml(plate="unknown", top={"UUID": "1" * 36})
    hikvision.push(unread, ("licensePlatePicture.jpg", "image/jpeg", b"MZ\x90\x00 no picture"))
    hikvision.push(anpr_xml(plate="京A12345", top={"UUID": "2" * 36}))
    cut = ("detectionPicture.jpg", "image/jpeg", jpeg[:-20])
    hikvision.push(anpr_xml(plate="75a 999.99", top={"UUID": "3" * 36}), cut)
    kept = {(r.plate, r.not_read, r.frame_picture) for r in reads(hikvision.centre)}
    unreadable = NotRead.UNREADABLE
    assert kept == {("", unreadable, None), ("75A99999", None, None)}
    assert [(kind, field) for kind, field, _ in refused(hikvision.centre)] == [
        ("read", "images.plate"),
        ("read", "images.frame"),
    ]
    # Too old for any clock: kept for inspection, and not asked for again.
    old = anpr_xml("2021-01-01T00:00:00Z", top={"UUID": "4" * 36, "isDataRetransmission": "true"})
    hikvision.centre.now.advance(seconds=0)
    answer = hikvision.push(old)
    assert answer["results"][0]["status"] in ("recorded", "refused")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<EventNotificationAlert><ANPR><licensePlate>&b;</licensePlate></ANPR></EventNotificationAlert>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<EventNotificationAlert><ANPR><licensePlate>&e;</licensePlate></ANPR></EventNotificationAlert>"""
HOSTILE = (
    (BOMB, "text/xml", 422),
    (OUTSIDE, "text/xml", 422),
    (b"", "text/xml", 422),
    (b"\x1f\x8b\x08\x00 packed", "application/xml", 422),
    (b"<a" * 10, "text/xml", 422),
    (b"<a>" + b"<b/>" * 6_000 + b"</a>", "text/xml", 422),
    (b"<a>" + b"x" * 300_000 + b"</a>", "text/xml", 422),
    ('<?xml version="1.0" encoding="GB2312"?><a>粤</a>'.encode("gb2312"), "text/xml", 422),
    (b"no boundary in it", FORM, 422),
    (b"x", "multipart/form-data", 422),
    (multipart(*[("p.jpg", "image/jpeg", b"x")] * 30), FORM, 422),
    (multipart(("p.jpg", "image/jpeg", b"x")), FORM, 422),
    (multipart(("p.jpg", "image/jpeg", b"x" * 4_100_000)), FORM, 422),
    (b"x" * 8_100_000, FORM, 413),
)


def test_what_is_no_message_is_refused_by_size_and_by_type(hikvision: Camera) -> None:
    for body, kind, status in HOSTILE:
        answer = hikvision.send(body, kind)
        assert answer.status_code == status, (body[:60], answer.text)
        assert "passwd" not in answer.text
    packed = hikvision.client.post(
        f"/feeds/hikvision/{HIKVISION}/{key_now(hikvision.centre, HIKVISION)}",
        content=anpr_xml(),
        headers={"Content-Type": "text/xml", "Content-Encoding": "gzip"},
    )
    assert packed.status_code == 415
    assert reads(hikvision.centre) == []
    assert {kind for kind, _, _ in refused(hikvision.centre)} == {"message"}


def test_nobody_sends_for_a_camera_without_its_key(hikvision: Camera, dahua: Camera) -> None:
    client, centre = hikvision.client, hikvision.centre
    key, other = key_now(centre, HIKVISION), key_now(centre, DAHUA)
    tries = (
        (f"/feeds/hikvision/{HIKVISION}", None, 401),
        (f"/feeds/hikvision/{HIKVISION}/{other}", None, 401),
        (f"/feeds/hikvision/{DAHUA}/{other}", None, 401),
        (f"/feeds/hikvision/cam-999/{key}", None, 401),
        (f"/feeds/hikvision/{HIKVISION}", (HIKVISION, "wrong"), 401),
        (f"/feeds/hikvision/{HIKVISION}", (DAHUA, key), 401),
        (f"/feeds/hikvision/{HIKVISION}", (HIKVISION, key), 200),
        # From an address that this one may not call from.
        (f"/feeds/hikvision/cam-117/{key_now(centre, 'cam-117')}", None, 401),
        (f"/feeds/dahua/{HIKVISION}/{key}/{ALIVE}", None, 401),
        (f"/feeds/dahua/{DAHUA}/{other}/{ALIVE}", None, 200),
    )
    for path, auth, status in tries:
        headers = {"Content-Type": "text/xml"}
        answer = client.post(path, content=anpr_xml(), headers=headers, auth=auth)
        assert answer.status_code == status, path
        assert key not in answer.text
    page = client.get("/metrics").text
    assert key not in page
    assert 'ioc_camera_messages_total{maker="dahua",sort="heartbeat"} 1.0' in page


def test_a_key_is_turned_and_the_former_one_works_on_for_a_while(
    read_twice: Centre, clock: Clock
) -> None:
    first = key_now(read_twice, HIKVISION)
    second = turn_key(read_twice, HIKVISION, "shell:tests", timedelta(hours=1))
    assert second == key_now(read_twice, HIKVISION) != first

    def works(key: str) -> bool:
        from ioc.readers.service import Measures

        return Measures(read_twice).is_key(HIKVISION, key)

    assert works(first)
    assert works(second)
    clock.advance(hours=2)
    assert not works(first)
    assert works(second)
    assert not works("")


PUSHED = (
    (toll_gate(), "75A12345", 0),
    ({"Plate": {"PlateNumber": "75A12345"}}, "75A12345", 0),
    ({"Events": [{"TrafficCar": {"PlateNumber": "75A12345"}, "Lane": 2}]}, "75A12345", 0),
    (toll_gate(PlateNumber="无车牌"), "", 0),
    (toll_gate(PlateNumber=None), "", 0),
    (toll_gate("2021-10-04T14:32:07", Confidence="96"), "75A12345", 0),
)


@pytest.mark.parametrize(("body", "plate", "_n"), PUSHED)
def test_dahua_pushes_in_three_shapes(body: dict, plate: str, _n: int) -> None:
    message = parse_toll_gate(json.dumps(body).encode())
    assert [told.plate for told in message.told] == [plate]


def test_what_dahua_pushes_is_recorded_in_the_zone_of_its_camera(
    dahua: Camera, jpeg64: str
) -> None:
    body = toll_gate()
    body["Picture"]["CutoutPic"] = {"PicName": "plate.jpg", "Content": jpeg64}
    body["Picture"]["NormalPic"] = {"PicName": "all.jpg", "Content": "*no base64*"}
    answer = dahua.send(json.dumps(body).encode(), "application/json", f"/{TOLL_GATE}")
    assert (answer.status_code, answer.json()["Result"]) == (200, True)
    [read] = reads(dahua.centre)
    assert read.seen_at == datetime(2021, 10, 4, 7, 32, 7, 250_000, tzinfo=UTC)
    assert (read.lane, read.direction) == (1, Heading.IN)
    assert read.plate_picture is not None
    again = dahua.send(json.dumps(body).encode(), "application/json", f"/{TOLL_GATE}")
    assert again.json()["results"][0]["status"] == "repeated"
    assert dahua.send(b"[1]", "application/json", f"/{TOLL_GATE}").status_code == 422


def test_the_event_text_of_dahua() -> None:
    [told] = parse_text(event_text(NOW)).told
    assert (told.plate, told.sure, told.lane, told.way) == ("75A12345", 96.0, 1, Way.FORWARD)
    assert told.at == NOW + timedelta(milliseconds=250)
    # The text of anything but a plate is the make of the car.
    [make] = parse_text(event_text(NOW, "", **{"Object.ObjectType": "Vehicle"})).told
    assert make.plate == ""
    assert parse_text(b"Heartbeat").sort is Sort.HEARTBEAT
    assert parse_text(b"Events[0].Code=VideoMotion\r\n").sort is Sort.OTHER


AXIS = {"UtcTime": "2021-10-04T07:32:07Z", "Data": {"text": "75A12345", "carID": "9"}}
PUBLISHED = (
    (EVENT_TOPIC, onvif_event(), "75A12345", 0.96),
    (EVENT_TOPIC, onvif_event(PlateNumber="75A12345"), "75A12345", 0.97),
    (EVENT_TOPIC, onvif_event(PlateNumber={"$": "75A12345"}), "75A12345", 0.97),
    (EVENT_TOPIC, onvif_event(PlateNumber={}), "", 0.97),
    ("onvif-ej/tnsaxis:CameraApplicationPlatform/LPR", AXIS, "75A12345", None),
)


@pytest.mark.parametrize(("topic", "event", "plate", "sure"), PUBLISHED)
def test_what_onvif_cameras_publish(topic: str, event: dict, plate: str, sure: object) -> None:
    [told] = parse_event(topic, json.dumps(event).encode()).told
    assert (told.plate, told.sure) == (plate, sure)
    assert parse_event(topic, b"").sort is Sort.OTHER
    assert parse_event("onvif-ej/Device/Trigger", b"{").sort is Sort.OTHER


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def spoilt(document: dict) -> st.SearchStrategy[dict]:
    """A document in which one value, at any depth, is something else."""

    def changed(value: object, path: list[int], junk: object) -> object:
        if not isinstance(value, dict) or not value or not path:
            return junk
        name = list(value)[path[0] % len(value)]
        return {**value, name: changed(value[name], path[1:], junk)}

    paths = st.lists(st.integers(0, 9), min_size=1, max_size=4)
    return st.builds(lambda path, junk: changed(document, path, junk), paths, JUNK)


@given(spoilt(toll_gate()) | JUNK, spoilt(onvif_event()) | JUNK)
def test_spoilt_json_is_read_or_refused_and_nothing_else(pushed: object, event: object) -> None:
    for parse in (parse_toll_gate, lambda body: parse_event(EVENT_TOPIC, body)):
        for said in (pushed, event):
            with suppress(InvalidInput):
                parse(json.dumps(said).encode())


@given(st.binary(max_size=300), st.integers(0, 1200), st.binary(max_size=4))
def test_spoilt_bytes_are_read_or_refused_and_nothing_else(
    junk: bytes, at: int, put: bytes
) -> None:
    whole = multipart(("anpr.xml", "text/xml", anpr_xml()), ("p.jpg", "image/jpeg", b"\xff\xd8"))
    spoilt_body = whole[:at] + put + whole[at + len(put) :]
    for body, kind in ((junk, "text/xml"), (junk, FORM), (spoilt_body, FORM)):
        with suppress(InvalidInput):
            parse_push(body, kind)
    parse_text(junk)
    parse_text(event_text(NOW)[:at] + junk)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=20), st.text(max_size=9))
def test_whatever_an_event_says_it_is_answered_and_not_lost(
    hikvision: Camera, plate: str, sure: str, at: str, lane: str
) -> None:
    """Every pass that is told becomes a sighting, or stands among what was refused."""
    from xml.sax.saxutils import escape

    texts = (plate, sure, at, lane)
    said = [escape("".join(c for c in value if c.isprintable())) for value in texts]
    body = anpr_xml(
        said[2],
        plate=said[0],
        top={"UUID": ""},
        inner={"confidenceLevel": said[1], "line": said[3]},
    )
    answer = hikvision.send(body, "text/xml")
    assert answer.status_code == 200, answer.text
    [result] = answer.json()["results"]
    assert result["status"] in ("recorded", "repeated")

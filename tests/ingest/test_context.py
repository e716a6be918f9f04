"""NGSI-LD out: whole, in order, gone on from a cursor, plates for whom they are for, audited."""

from datetime import timedelta

import httpx
from sqlalchemy import text

from ingest.reporting import record_reports
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.db import transact
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_reads
from tests.ingest.makers import GATE

AT = "/ngsi-ld/v1/entities"


def a_read(centre: Centre, n: int) -> PlateRead:
    seen = centre.now() - timedelta(seconds=n)
    return PlateRead(f"r-{n}", GATE, f"43C{16830 + n}", 0.99, seen, Heading.IN)


def reader(centre: Centre, source: str, *more: Right) -> dict[str, str]:
    key = create_key(centre, source, [Right.CONTEXT, *more])
    return {"Authorization": f"Bearer {key}"}


def test_systems_follow_the_city_page_by_page(
    stranger: httpx.Client, centre: Centre, clock
) -> None:
    record_reads(centre, "box", [a_read(centre, n) for n in range(5)])
    clock.advance(seconds=6)
    record_reads(centre, "box", [a_read(centre, 10)])
    clear = reader(centre, "police", Right.PLATES)
    asked = {"type": "AnprFlowObserved", "limit": 3}
    first = stranger.get(AT, params=asked, headers=clear)
    one = first.json()[0]
    assert one["id"].startswith("urn:ngsi-ld:AnprFlowObserved:hue:")
    vehicle = one["observedVehicle"]["value"]
    assert vehicle["licensePlate"]["confidence"] == 0.99
    assert vehicle["licensePlate"]["identifier"].startswith("43C168")
    assert one["observedBy"] == {"type": "Relationship", "object": f"urn:ngsi-ld:Device:hue:{GATE}"}
    camera = centre.city.camera(GATE)
    assert one["location"]["value"] == {"type": "Point", "coordinates": [camera.lon, camera.lat]}
    assert one["vehiclePlateNotRead"] == {"type": "Property", "value": False}
    assert one["dateReceived"]["value"]["@value"] == "2021-10-04T07:32:08.000Z"
    following = first.links["next"]["url"]
    second = stranger.get(following, headers=clear)
    assert len(second.json()) == 3
    assert not {e["id"] for e in first.json()} & {e["id"] for e in second.json()}
    # The youngest is told, and told again: a smaller number may commit after it.
    again = stranger.get(AT, params=asked | {"cursor": second.headers["Ioc-Cursor"]}, headers=clear)
    assert [e["id"] for e in again.json()] == [second.json()[-1]["id"]]
    assert "next" not in again.links
    clock.advance(seconds=6)
    settled = stranger.get(again.url, headers=clear).headers["Ioc-Cursor"]
    rest = stranger.get(AT, params=asked | {"cursor": settled}, headers=clear)
    assert (rest.json(), rest.headers["Ioc-Cursor"]) == ([], settled)


def test_plates_are_told_to_those_who_may_see_them_and_who_read_is_kept(
    stranger: httpx.Client, centre: Centre
) -> None:
    record_reads(centre, "box", [a_read(centre, n) for n in range(2)])
    masked, clear = reader(centre, "peer"), reader(centre, "police", Right.PLATES)
    for kind in ("AnprFlowObserved", "Alert"):
        answer = stranger.get(AT, params={"type": kind}, headers=masked)
        assert answer.json()
        assert "43C168" not in answer.text
        assert "43C-•••" in answer.text
    alerts = stranger.get(AT, params={"type": "Alert", "options": "keyValues"}, headers=clear)
    assert alerts.json()[0]["severity"] in ("critical", "high", "medium")
    assert alerts.json()[0]["data"]["licensePlate"].startswith("43C168")
    rows = text("SELECT actor, detail FROM audit WHERE action = 'context_read' ORDER BY no")
    seen = transact(centre.engine, lambda conn: conn.execute(rows).all())
    assert [(row.actor, row.detail["plates"]) for row in seen] == [
        *[("api:peer", False)] * 2,
        ("api:police", True),
    ]


def test_reports_are_told_as_they_are_published(stranger: httpx.Client, centre: Centre) -> None:
    spot = {"lat": 16.4637, "lon": 107.5909, "reporter": {"phone": "0905123456"}}
    words = {"description": "gọi 0905 123 456"}
    items = [
        {"id": "1", "service": "street-light", **spot, **words},
        {"id": "2", "service": "theft", **spot, **words},
    ]
    record_reports(centre, "hue-s", items)
    key = reader(centre, "peer")
    headers = key | {"Accept": "application/ld+json"}
    answer = stranger.get(AT, params={"type": "service_requests"}, headers=headers)
    assert answer.headers["content-type"] == "application/ld+json"
    [one] = answer.json()
    assert one["description"]["value"] == "gọi •••"
    assert one["service_code"]["value"] == "street-light"
    assert "0905" not in answer.text
    context = stranger.get(one["@context"][0])
    assert context.json()["@context"]["AnprFlowObserved"].startswith("https://")
    plain = stranger.get(AT, params={"type": "service_requests"}, headers=key)
    assert "http://www.w3.org/ns/json-ld#context" in plain.headers["link"]
    asked = {"type": "Alert"}
    for wrong in ({}, {"type": "Cat"}, asked | {"limit": "0"}, asked | {"cursor": "x"}):
        assert stranger.get(AT, params=wrong, headers=key).status_code == 422

"""What a Dahua camera sends by itself (ITSAPI) and what it tells when asked (snapManager).

The JSON has been seen in three shapes; the text is `Events[0].TrafficCar.PlateNumber=…` a line.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ingest.body import parse_object
from ingest.feeds.told import (
    Message,
    Sort,
    Told,
    Way,
    ground_from,
    id_from,
    instant_from,
    lane_from,
    number_from,
    picture_from,
    plate_from,
)
from ioc.errors import InvalidInput

WAYS = {
    "obverse": Way.FORWARD,
    "forward": Way.FORWARD,
    "approach": Way.FORWARD,
    "reverse": Way.REVERSE,
    "leave": Way.REVERSE,
}
LINE = re.compile(r"Events\[(\d{1,3})\]\.([\w.\[\]]{1,120})=(.{0,2000})")
MOST_EVENTS, MOST_LINES = 20, 2_000
Tree = Mapping[str, Any]


def parse_toll_gate(body: bytes) -> Message:
    """Return what a camera sent to `/NotificationInfo/TollgateInfo`.

    Raises:
        InvalidInput: it is no JSON object.
    """
    said = parse_object(body)
    found = [told for event in _events(said) for told in _pushed(event)]
    return Message(Sort.READ if found else Sort.OTHER, tuple(found[:MOST_EVENTS]))


def parse_events(text: str) -> Message:
    """Return what the text part of an event stream says; a heartbeat says nothing."""
    events: dict[int, dict[str, str]] = {}
    for line in text.splitlines()[:MOST_LINES]:
        if match := LINE.fullmatch(line.strip()):
            events.setdefault(int(match[1]), {})[match[2]] = match[3]
    if not events:
        is_alive = text.strip().lower() in ("", "heartbeat")
        return Message(Sort.HEARTBEAT if is_alive else Sort.OTHER)
    told = [told for event in list(events.values())[:MOST_EVENTS] for told in _pulled(event)]
    return Message(Sort.READ if told else Sort.OTHER, tuple(told))


def _events(said: Tree) -> Iterator[Tree]:
    events = said.get("Events")
    if isinstance(events, list):
        yield from (event for event in events if isinstance(event, dict))
    picture = said.get("Picture")
    if isinstance(picture, dict):
        yield picture
    elif isinstance(said.get("Plate"), dict) or isinstance(said.get("TrafficCar"), dict):
        yield said


def _pushed(event: Tree) -> Iterator[Told]:
    plate = _tree(event, "Plate") or _tree(event, "TrafficCar") or {}
    snap = _tree(event, "SnapInfo") or {}
    if not plate and not snap:
        return
    number = plate.get("PlateNumber")
    at = snap.get("AccurateTime") or snap.get("SnapTime") or event.get("AccurateTime")
    way = snap.get("Direction") or event.get("JunctionDirection")
    lane = snap.get("LanNo", snap.get("LaneNo", event.get("Lane", plate.get("Lane"))))
    sure = plate.get("Confidence", (_tree(event, "Object") or {}).get("Confidence"))
    when = instant_from(at) or _epoch(event.get("UTC"), event.get("UTCMS"))
    yield Told(
        id=id_from("", at, event.get("UTC"), number, lane, way, sure),
        plate=plate_from(number),
        at=when,
        sure=number_from(sure),
        way=_way(way),
        lane=lane_from(lane),
        ground=ground_from(plate.get("PlateColor")),
        plate_picture=_picture(event.get("CutoutPic")),
        frame_picture=_picture(event.get("NormalPic")) or _picture(event.get("VehiclePic")),
    )


def _pulled(event: Mapping[str, str]) -> Iterator[Told]:
    if "TrafficCar.PlateNumber" not in event and "Object.ObjectType" not in event:
        return
    is_plate = event.get("Object.ObjectType", "").strip().lower() == "plate"
    # The text of any other object is the make of the car.
    text = event.get("Object.Text", "") if is_plate else ""
    number = event.get("TrafficCar.PlateNumber", "").strip() or text
    utc, lane, way = event.get("UTC"), event.get("Lane"), event.get("JunctionDirection")
    group = [event.get(name) for name in ("GroupID", "IndexInGroup", "PTS", "UTCMS")]
    yield Told(
        id=id_from("", utc, *group, number, lane, way),
        plate=plate_from(number),
        at=_epoch(utc, event.get("UTCMS")),
        sure=number_from(event.get("Object.Confidence", "")),
        way=_way(way),
        lane=lane_from(lane),
        ground=ground_from(event.get("TrafficCar.PlateColor")),
    )


def _tree(said: Tree, name: str) -> Tree | None:
    value = said.get(name)
    return value if isinstance(value, dict) else None


def _way(said: object) -> Way | None:
    return WAYS.get(said.strip().lower()) if isinstance(said, str) else None


def _epoch(seconds: object, milliseconds: object) -> datetime | None:
    """Return seconds since 1970; many cameras count local time so, which shows in their clock."""
    whole, part = number_from(seconds), number_from(milliseconds)
    if whole is None or not 0 < whole < 7e9:
        return None
    return datetime.fromtimestamp(whole + (part if part and 0 < part < 1000 else 0) / 1000, UTC)


def _picture(said: object) -> bytes | None:
    content = said.get("Content") if isinstance(said, dict) else said
    return picture_from(content, is_wrapped=True)


def parse_text(part: bytes) -> Message:
    """Return what a text part says, whatever its encoding.

    Raises:
        InvalidInput: it is too long for one.
    """
    if len(part) > 200_000:
        raise InvalidInput("body", "is too long for an event")
    return parse_events(part.decode("utf-8", "replace"))

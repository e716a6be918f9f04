"""What ONVIF cameras publish over MQTT: events as JSON, attributes as `@Name`.

Topics: `PREFIX/onvif-ej/RuleEngine/Recognition/LicensePlate/&SOURCE/RULE`, and the older one of
Axis, `tnsaxis:CameraApplicationPlatform/LPR`. An address of a picture is never followed.
"""

from collections.abc import Mapping
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
    number_from,
    picture_from,
    plate_from,
)

RECOGNITION, AXIS = "ruleengine/recognition/licenseplate", "cameraapplicationplatform/lpr"
WAYS = {"forward": Way.FORWARD, "in": Way.FORWARD, "reverse": Way.REVERSE, "out": Way.REVERSE}
# Under which name the text of an element stands beside its attributes.
TEXTS = ("#text", "$", "_", "Value", "value", "text")
# A value under a prefix of its namespace, as a few cameras write them.
Tree = Mapping[str, Any]


def parse_event(topic: str, payload: bytes) -> Message:
    """Return what was published under a topic, without the prefix of its camera.

    Raises:
        InvalidInput: it is no JSON object.
    """
    if not payload:
        # How a retained event is deleted.
        return Message(Sort.OTHER)
    words = ":".join(topic.split("/")).lower().replace(":", "/")
    if RECOGNITION not in words and AXIS not in words:
        return Message(Sort.OTHER)
    said = parse_object(payload)
    data = _tree(said, "Data") or _tree(_tree(said, "message") or {}, "data") or said
    when = _value(said, "UtcTime") or said.get("timestamp")
    told = _recognised(when, data) if RECOGNITION in words else _by_axis(when, data)
    return Message(Sort.OTHER if told is None else Sort.READ, () if told is None else (told,))


def _recognised(when: object, data: Tree) -> Told | None:
    info = _tree(data, "LicensePlateInfo")
    if info is None:
        return None
    plate, sure = _likely(info, "PlateNumber")
    _, whole = _likely(data, "Likelihood")
    number = _text(_value(data, "Likelihood"))
    sure = sure if sure is not None else (whole if whole is not None else number_from(number))
    colour, _ = _likely(info, "Color")
    way = _text(_value(data, "Direction")).lower()
    return Told(
        id=id_from("", when, _text(_value(data, "ObjectId")), plate, way),
        plate=plate_from(plate),
        at=instant_from(when),
        sure=sure,
        way=WAYS.get(way),
        ground=ground_from(colour),
        plate_picture=picture_from(_value(data, "Image")),
        frame_picture=picture_from(_value(data, "VehicleImage")),
    )


def _by_axis(when: object, data: Tree) -> Told | None:
    """Return a pass by its first message: what follows of the car has the same id."""
    car, plate = _text(_value(data, "carID")), _text(_value(data, "text"))
    taken = number_from(_value(data, "capture_timestamp"))
    at = instant_from(when)
    if taken is not None and 1e9 < taken < 7e9 * 1000:
        seconds = taken / 1000 if taken > 1e11 else taken
        at = datetime.fromtimestamp(seconds, UTC)
    if not plate and not car:
        return None
    first = "" if car == "" else f"axis-{car}-{at.date().isoformat() if at else ''}"
    return Told(
        id=id_from(first, when, plate),
        plate=plate_from(plate),
        at=at,
        sure=number_from(_value(data, "confidence")),
        way=WAYS.get(_text(_value(data, "carMoveDirection")).lower()),
    )


def _value(tree: Tree, name: str) -> object:
    """Return a value by its name, with or without the prefix of its namespace."""
    for key, value in tree.items():
        if isinstance(key, str) and key.rpartition(":")[2] == name:
            return value
    return None


def _tree(tree: Tree, name: str) -> Tree | None:
    value = _value(tree, name)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else None


def _likely(tree: Tree, name: str) -> tuple[str, float | None]:
    """Return the text of an element and how likely it is."""
    value = _value(tree, name)
    if not isinstance(value, dict):
        return _text(value), None
    text = next((_text(value[key]) for key in TEXTS if key in value), "")
    return text, number_from(value.get("@Likelihood", value.get("Likelihood")))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return next((_text(value[key]) for key in TEXTS if key in value), "")
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value)[:200] if is_plain else ""

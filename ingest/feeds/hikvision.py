"""What a Hikvision camera pushes: EventNotificationAlert 2.0, alone or in a multipart.

The namespace is one of three, sometimes with a prefix: elements are found by their local name.
"""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.feeds.parts import Part, boundary_of, parts_of
from ingest.feeds.told import (
    Message,
    Sort,
    Told,
    Way,
    characters_from,
    ground_from,
    id_from,
    instant_from,
    lane_from,
    number_from,
    plate_from,
)
from ioc.errors import InvalidInput

MOST_XML_BYTES = 256_000
MOST_ELEMENTS = 5_000
READ = "anpr"
# The types by which a camera only says that it lives, when nothing happens.
ALIVE = frozenset({"videoloss", "heartbeat", "heart beat"})
PLATES = ("licensePlate", "originalLicensePlate", "plateNumber", "plate")
PLATE_PICTURE = "licenseplatepicture"
FRAME_PICTURES = ("detectionpicture", "vehiclepicture")
WAYS = {"forward": Way.FORWARD, "reverse": Way.REVERSE}


def parse_push(body: bytes, content_type: str) -> Message:
    """Return what a camera pushed.

    Raises:
        InvalidInput: there is no event in it that can be read.
    """
    boundary = boundary_of(content_type)
    parts = [Part("", "", body)] if boundary is None else parts_of(body, boundary)
    document = next((part.content for part in parts if _is_xml(part)), None)
    if document is None:
        raise InvalidInput("body", "has no part of XML")
    return _message(_parsed(document), parts)


def _message(root: Element, parts: Sequence[Part]) -> Message:
    event = _text(root, "eventType").lower()
    anpr = _child(root, "ANPR")
    if event in ALIVE or (anpr is None and _text(root, "eventState").lower() == "inactive"):
        return Message(Sort.HEARTBEAT)
    legacy = any(_text(root, name) for name in PLATES)
    if (event or READ) != READ or (anpr is None and not legacy):
        return Message(Sort.OTHER)
    return Message(Sort.READ, (_told(root, root if anpr is None else anpr, parts),))


def _told(root: Element, anpr: Element, parts: Sequence[Part]) -> Told:
    said = next((text for name in PLATES if (text := _text(anpr, name))), "")
    taken = next((e.text or "" for e in _all(anpr, "absTime")), "")
    at, sure = _text(root, "dateTime"), _text(anpr, "confidenceLevel")
    lane, way = _text(anpr, "line"), _text(anpr, "direction").lower()
    name = id_from(_text(root, "UUID"), at, taken, said, lane, way, sure)
    return Told(
        id=name,
        plate=plate_from(said),
        at=instant_from(at) or instant_from(taken),
        sure=number_from(sure),
        characters=characters_from(_text(anpr, "plateCharBelieve")),
        way=WAYS.get(way),
        lane=lane_from(lane),
        ground=ground_from(_text(anpr, "plateColor")),
        is_late=_is_late(root, anpr),
        plate_picture=_picture(parts, (PLATE_PICTURE,)),
        frame_picture=_picture(parts, FRAME_PICTURES),
    )


def _is_late(root: Element, anpr: Element) -> bool | None:
    again = _text(root, "isDataRetransmission").lower()
    history = _text(anpr, "alarmDataType")
    if not again and not history:
        return None
    return again in ("true", "1") or history == "1"


def _parsed(document: bytes) -> Element:
    if len(document) > MOST_XML_BYTES:
        raise InvalidInput("body", f"has more than {MOST_XML_BYTES} bytes of XML")
    try:
        # Neither a DTD nor an entity: a camera needs none, a bomb does.
        root: Element = fromstring(document, forbid_dtd=True)
    except DefusedXmlException:
        raise InvalidInput("body", "declares entities or a document type") from None
    except (ParseError, ValueError, LookupError, RecursionError) as fault:
        raise InvalidInput("body", f"is no XML: {str(fault)[:100]}") from None
    for number, _ in enumerate(root.iter(), 1):
        if number > MOST_ELEMENTS:
            raise InvalidInput("body", f"has more than {MOST_ELEMENTS} elements")
    return root


def _is_xml(part: Part) -> bool:
    is_named = part.name.endswith(".xml") or part.kind in ("application/xml", "text/xml")
    return is_named or part.content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"


def _picture(parts: Sequence[Part], names: Sequence[str]) -> bytes | None:
    for name in names:
        for part in parts:
            if part.name.startswith(name) and part.content:
                return part.content
    return None


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _local(child) == name), None)


def _text(element: Element, name: str) -> str:
    child = _child(element, name)
    return "" if child is None else (child.text or "").strip()


def _all(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.iter() if _local(child) == name)


def _local(element: Element) -> str:
    # Comments and instructions have a function where others have a name.
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""

"""One document, in XML and in JSON: both are made from the same values, so that they agree.

Shapes and names: GeoReport v2, wiki.open311.org/GeoReport_v2. XML is written here, never read.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi.responses import Response

from ioc.errors import InvalidInput

Value = None | str | int | float | bool | Mapping[str, "Value"] | Sequence["Value"]

# What an element of a list is called in XML; JSON lists have no names.
SINGULAR = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
# Characters that XML 1.0 cannot hold, and the one that its readers turn into another.
UNSPEAKABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    """In which format an answer is asked for, by the ending of the path."""

    XML = "xml"
    JSON = "json"


MEDIA = {Format.XML: "text/xml; charset=utf-8", Format.JSON: "application/json; charset=utf-8"}


def format_of(path: str) -> Format:
    """Return the format that the ending of a path asks for; XML, which the standard requires.

    >>> format_of("/open311/v2/services.json").value, format_of("/open311/v2/services.pdf").value
    ('json', 'xml')
    """
    return Format.JSON if path.endswith(".json") else Format.XML


def speakable(text: str) -> str:
    """Return a text as every format can hold it: line ends as one character, no control codes."""
    return UNSPEAKABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def require_speakable(field: str, text: str) -> str:
    """Return a text as every format can hold it.

    Raises:
        InvalidInput: it holds what XML cannot.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if UNSPEAKABLE.search(plain):
        raise InvalidInput(field, "holds characters that cannot be printed")
    return plain


def rendered(
    root: str,
    value: Value,
    asked: Format,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a document: `root` is its name in XML, in JSON it is the value alone."""
    content = to_json(value) if asked is Format.JSON else to_xml(root, value)
    return Response(content, status, headers, MEDIA[asked])


def to_json(value: Value) -> bytes:
    """Return a value as JSON, in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode()


def to_xml(root: str, value: Value) -> bytes:
    """Return a value as XML under an element `root`, in UTF-8 with its declaration."""
    written: bytes = tostring(_element(root, value), encoding="UTF-8", xml_declaration=True)
    return written


def _element(name: str, value: Value) -> Element:
    element = Element(name)
    _fill(element, value)
    return element


def _fill(element: Element, value: Value) -> None:
    if isinstance(value, Mapping):
        for name, part in value.items():
            _fill(SubElement(element, name), part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            _fill(SubElement(element, SINGULAR[element.tag]), part)
    elif value is not None:
        element.text = as_text(value)


def as_text(value: str | float | bool) -> str:  # noqa: FBT001
    """Return a plain value as XML says it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)

"""A multipart body or an endless multipart stream, part by part, within limits.

Cameras leave out names and file names, or give one of them: nothing but a boundary is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Headers

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from ioc.errors import InvalidInput

MOST_PARTS = 20
MOST_PART_BYTES = 4_000_000
MOST_HEADER_BYTES = 8_000
LONGEST_BOUNDARY = 200


@dataclass(frozen=True)
class Part:
    """One part: its name or the name of its file, in lower case, its type, its content."""

    name: str
    kind: str
    content: bytes


class PartReader:
    """Takes chunks as they come and returns the parts that are whole."""

    def __init__(self, boundary: str) -> None:
        """Begin before the first part."""
        self._whole: list[Part] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._name, self._value, self._content = bytearray(), bytearray(), bytearray()
        self._header_bytes = 0
        self._parser = MultipartParser(
            boundary.encode("latin-1"),
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_part_data": self._on_data,
                "on_part_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> list[Part]:
        """Return the parts that this chunk ends.

        Raises:
            InvalidInput: it is no multipart, or a part is too large.
        """
        try:
            self._parser.write(chunk)
        except (FormParserError, ValueError) as fault:
            raise InvalidInput("body", f"is no multipart: {str(fault)[:100]}") from None
        whole, self._whole = self._whole, []
        return whole

    def _begin(self) -> None:
        self._headers, self._header_bytes = [], 0
        self._content = bytearray()

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._grow(end - start)
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(end - start)
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers.append((bytes(self._name).lower(), bytes(self._value)))
        self._name, self._value = bytearray(), bytearray()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if len(self._content) + end - start > MOST_PART_BYTES:
            raise InvalidInput("body", f"has a part of more than {MOST_PART_BYTES} bytes")
        self._content += data[start:end]

    def _on_end(self) -> None:
        headers = dict(self._headers)
        told = Headers()
        told["content-disposition"] = headers.get(b"content-disposition", b"").decode("latin-1")
        name = told.get_param("filename", header="content-disposition")
        name = name or told.get_param("name", header="content-disposition") or ""
        kind = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0]
        self._whole.append(Part(str(name).lower(), kind.strip().lower(), bytes(self._content)))

    def _grow(self, length: int) -> None:
        self._header_bytes += length
        if self._header_bytes > MOST_HEADER_BYTES:
            raise InvalidInput("body", "has a part with too many headers")


def boundary_of(content_type: str) -> str | None:
    """Return the boundary that a type names, None where it is no multipart.

    >>> boundary_of('multipart/form-data; boundary="boundary"'), boundary_of("text/xml")
    ('boundary', None)
    """
    if not content_type.lower().lstrip().startswith("multipart/"):
        return None
    headers = Headers()
    headers["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    boundary = headers.get_param("boundary")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= LONGEST_BOUNDARY:
        return None
    return boundary if boundary.isascii() else None


def parts_of(body: bytes, boundary: str) -> list[Part]:
    """Return the parts of a body that is whole; what is cut off at its end is left out.

    Raises:
        InvalidInput: it is no multipart, or has too many parts, or one too large.
    """
    parts = list(_up_to(PartReader(boundary).feed(body), MOST_PARTS))
    if not parts:
        raise InvalidInput("body", "is multipart without a whole part")
    return parts


def _up_to(parts: list[Part], most: int) -> Iterator[Part]:
    if len(parts) > most:
        raise InvalidInput("body", f"has more than {most} parts")
    yield from parts

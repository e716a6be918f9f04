"""The zip file of a pack, written in one form only, so that every byte of it can be checked.

Nothing is compressed, nothing is dated, nothing is optional: whoever reads it knows each byte but
for names and contents. What is written otherwise, bombs and paths that climb included, is refused
before anything of it is used.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ioc.errors import InvalidInput
from ioc.packs.model import ARCHIVE, Differs, Member
from ioc.packs.rules import NAME

MOST_BYTES = 2_000_000_000
MOST_MEMBERS = 5_000
LONGEST_NAME = 200
CHUNK = 1 << 20
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# Version 2.0, names in UTF-8, stored, 1 January 1980: APPNOTE.TXT, sections 4.3.7 to 4.3.16.
FIXED = struct.pack("<HHHHH", 20, 0x0800, 0, 0, 0x0021)
SIZES = struct.Struct("<IIIHH")
LOCAL_LENGTH = 4 + len(FIXED) + SIZES.size
MADE_BY = struct.pack("<H", 3 << 8 | 20)
MODE = 0o100600 << 16


@dataclass(frozen=True)
class Place:
    """Where a member lies in the archive, and its checksum."""

    name: bytes
    crc: int
    size: int
    offset: int


class PackWriter:
    """Writes members one after the other; `close` ends the archive."""

    def __init__(self, out: BinaryIO) -> None:
        """Begin at the start of `out`."""
        self._out = out
        self._places: list[Place] = []
        self._at = 0

    def add(self, name: str, content: bytes) -> Member:
        """Append a file and return what the manifest says of it.

        Raises:
            InvalidInput: the pack would be larger than can be checked.
        """
        if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
            raise InvalidInput("name", f"{name!r} cannot stand in a pack")
        place = Place(name.encode(), zlib.crc32(content), len(content), self._at)
        written = _local(place) + content
        self._at += len(written)
        if self._at > MOST_BYTES or len(self._places) == MOST_MEMBERS:
            raise InvalidInput("alert", "has more evidence than fits into one pack")
        self._out.write(written)
        self._places.append(place)
        return Member(name, len(content), hashlib.sha256(content).hexdigest())

    def close(self) -> None:
        """Write the directory."""
        self._out.write(_directory(self._places, self._at))


def read_archive(source: BinaryIO, size: int) -> Iterator[tuple[Member, bytes]]:
    """Yield the members of an archive in their order, with the content of the small ones.

    Raises:
        Differs: a byte is not as this centre writes it; the file at which it shows is named.
    """
    places: list[Place] = []
    at = 0
    while True:
        start = source.read(4)
        if start != LOCAL:
            break
        if len(places) == MOST_MEMBERS:
            raise Differs(ARCHIVE, f"holds more than {MOST_MEMBERS} files")
        place = _read_place(source, at, size)
        member, content = _read_content(source, place)
        places.append(place)
        at += LOCAL_LENGTH + len(place.name) + place.size
        yield member, content
    expected = _directory(places, at)
    if start + source.read(len(expected)) != expected or source.read(1):
        raise Differs(ARCHIVE, "is not ended as this centre ends it")


def _read_place(source: BinaryIO, at: int, size: int) -> Place:
    header = source.read(LOCAL_LENGTH - 4)
    if len(header) < LOCAL_LENGTH - 4 or header[: len(FIXED)] != FIXED:
        raise Differs(ARCHIVE, f"is not written as this centre writes it, at byte {at}")
    crc, stored, plain, name_length, extra = SIZES.unpack(header[len(FIXED) :])
    name = source.read(name_length) if name_length <= LONGEST_NAME else b""
    shown = name.decode("ascii", "replace")
    if not NAME.fullmatch(shown) or extra:
        raise Differs(ARCHIVE, f"holds a file of no proper name, at byte {at}")
    if stored != plain or at + LOCAL_LENGTH + name_length + plain > min(size, MOST_BYTES):
        raise Differs(shown, "is not as long as it says")
    return Place(name, crc, plain, at)


def _read_content(source: BinaryIO, place: Place) -> tuple[Member, bytes]:
    name, digest, crc, left = place.name.decode(), hashlib.sha256(), 0, place.size
    kept = b""
    while left:
        chunk = source.read(min(CHUNK, left))
        if not chunk:
            raise Differs(name, "is cut off")
        digest.update(chunk)
        crc, left = zlib.crc32(chunk, crc), left - len(chunk)
        # Only the manifest and its signature are read for what they say.
        kept = kept + chunk if place.size <= CHUNK else b""
    if crc != place.crc:
        raise Differs(name, "was changed")
    return Member(name, place.size, digest.hexdigest()), kept


def _local(place: Place) -> bytes:
    sizes = SIZES.pack(place.crc, place.size, place.size, len(place.name), 0)
    return LOCAL + FIXED + sizes + place.name


def _directory(places: list[Place], start: int) -> bytes:
    entries = b"".join(
        CENTRAL
        + MADE_BY
        + FIXED
        + SIZES.pack(place.crc, place.size, place.size, len(place.name), 0)
        + struct.pack("<HHHII", 0, 0, 0, MODE, place.offset)
        + place.name
        for place in places
    )
    n = len(places)
    return entries + END + struct.pack("<HHHHIIH", 0, 0, n, n, len(entries), start, 0)

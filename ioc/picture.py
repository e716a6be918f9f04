"""A JPEG without what a telephone writes into it: the place, the device, a film behind the picture.

Lossless: segments are left out, pixels are never decoded (ITU-T T.81, B.1; Exif 2.32, 4.6). How the
picture is to be turned is kept.
"""

from typing import Literal

from ioc.errors import InvalidInput
from ioc.jpeg import END, SCAN, START, size_of

APP0, APP1, APP_LAST, ADOBE, COMMENT = 0xE0, 0xE1, 0xEF, 0xEE, 0xFE
EXIF = b"Exif\0\0"
ORIENTATION = b"\x01\x12"
TURNED = range(2, 9)


def cleaned(picture: bytes) -> bytes:
    """Return a JPEG without its metadata.

    Raises:
        InvalidInput: it is no whole JPEG of at most 8,192 pixels a side; the field is empty.
    """
    if not picture.startswith(START):
        raise InvalidInput("", "is no JPEG")
    segments, scan = _segments(picture)
    stop = picture.find(END, scan)
    if stop < 0:
        raise InvalidInput("", "is a JPEG cut off before its end")
    turns = [_orientation(one) for one in segments if one[1] == APP1]
    turn = next((turn for turn in turns if turn in TURNED), None)
    kept = [one for one in segments if not _is_metadata(one[1])]
    turning = [] if turn is None else [_turning(turn)]
    clean = b"".join([START[:2], *turning, *kept, picture[scan : stop + 2]])
    size_of(clean)
    return clean


def _segments(picture: bytes) -> tuple[list[bytes], int]:
    """Return the segments of a JPEG before its first scan, and where that begins."""
    found, at = [], 2
    while at + 4 <= len(picture) and picture[at] == 0xFF and picture[at + 1] != SCAN:
        if picture[at + 1] == 0xFF:
            at += 1
            continue
        end = at + 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
        found.append(picture[at:end])
        at = end
    return found, at


def _is_metadata(marker: int) -> bool:
    return marker == COMMENT or (APP0 < marker <= APP_LAST and marker != ADOBE)


def _orientation(segment: bytes) -> int | None:
    """Return the orientation that an Exif segment names, None where it names none."""
    body = segment[4:]
    if not body.startswith(EXIF):
        return None
    tiff = body[len(EXIF) :]
    order: Literal["little", "big"] = "little" if tiff[:2] == b"II" else "big"
    tag = ORIENTATION[::-1] if order == "little" else ORIENTATION

    def number(start: int, size: int) -> int:
        return int.from_bytes(tiff[start : start + size], order)

    first = number(4, 4)
    for entry in range(min(number(first, 2), 100)):
        start = first + 2 + entry * 12
        if tiff[start : start + 2] == tag:
            return number(start + 8, 2)
    return None


def _turning(orientation: int) -> bytes:
    """Return an Exif segment that says nothing but how to turn the picture."""
    entry = ORIENTATION + b"\x00\x03\x00\x00\x00\x01" + bytes([0, orientation, 0, 0])
    body = EXIF + b"MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + bytes(4)
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body

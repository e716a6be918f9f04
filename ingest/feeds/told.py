"""What a camera tells of a pass, in our terms, before its clock and its certainty are repaired.

Every field is untrusted and may be missing; what cannot be meant is taken as not said.
"""

import hashlib
import json
import math
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ioc.errors import MAX_ID
from ioc.vehicles.model import MAX_LANE, Ground

# What cameras write where they saw no plate, in lower case and without separators.
NO_PLATES = frozenset(
    {
        *("unknown", "noplate", "nolicenseplate", "unlicensed", "none", "null", "nil", "n/a"),
        *("无车牌", "无牌车", "未识别", "未知", "车牌"),
    }
)
SEPARATORS = re.compile(r"[\s.\-_/·•:]+")
GROUNDS: Mapping[str, Ground] = {
    "white": Ground.WHITE,
    "yellow": Ground.YELLOW,
    "blue": Ground.BLUE,
    "red": Ground.RED,
}
LONGEST_RAW = 64
COMPACT = re.compile(r"\d{17}")
# Bytes of one picture.
LONGEST_PICTURE = 4_000_000


class Way(StrEnum):
    """Which way a vehicle went, as the camera stands."""

    FORWARD = "forward"
    REVERSE = "reverse"


@dataclass(frozen=True)
class Told:
    """One pass as a camera tells it.

    Attributes:
        id: the camera's own of this event, or a digest of what it said.
        plate: as written; empty where it read none.
        at: by its clock, aware or not; None where it tells none.
        sure: how sure it is, by its own measure; None where it says nothing.
        characters: how sure it is of each character, by the same measure.
        is_late: whether it stored this while the line was down; None where it does not say.
        plate_picture: a JPEG as it came, unchecked; None for none.
        frame_picture: the same of the whole view.
    """

    id: str
    plate: str
    at: datetime | None = None
    sure: float | None = None
    characters: tuple[float, ...] = ()
    way: Way | None = None
    lane: int | None = None
    ground: Ground = Ground.UNKNOWN
    is_late: bool | None = None
    plate_picture: bytes | None = field(default=None, repr=False)
    frame_picture: bytes | None = field(default=None, repr=False)


class Sort(StrEnum):
    """What a message of a camera is."""

    READ = "read"
    HEARTBEAT = "heartbeat"
    OTHER = "other"


@dataclass(frozen=True)
class Message:
    """What came at once from a camera: the passes it tells of, mostly one."""

    sort: Sort
    told: tuple[Told, ...] = ()


def id_from(said: str, *parts: object) -> str:
    """Return the camera's own id of an event, or a digest of what it said where it has none."""
    name = said.strip()
    if name.strip("0-") and name.isprintable() and len(name) <= MAX_ID:
        return name
    content = json.dumps(parts, ensure_ascii=True, default=str).encode()
    return f"d-{hashlib.sha256(content).hexdigest()[:40]}"


def plate_from(said: object) -> str:
    """Return the plate as written; empty where the camera says that it read none.

    >>> [plate_from(said) for said in ("75A-123.45", " unknown", "", None, "No Plate", "无车牌")]
    ['75A-123.45', '', '', '', '', '']
    """
    text = said.strip() if isinstance(said, str) else ""
    return "" if SEPARATORS.sub("", text).lower() in {"", *NO_PLATES} else text


def number_from(said: object) -> float | None:
    """Return a number that is written as one, None for anything else.

    >>> [number_from(said) for said in ("97", 97.5, "97,5", "", "nan", True, None, "x")]
    [97.0, 97.5, None, None, None, None, None, None]
    """
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    if isinstance(said, str) and not 0 < len(said) <= 40:
        return None
    try:
        number = float(said)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def lane_from(said: object) -> int | None:
    """Return the number of a lane, None where it is none of 0 to 99."""
    number = number_from(said)
    if number is None or number != int(number) or not 0 <= number <= MAX_LANE:
        return None
    return int(number)


def ground_from(said: object) -> Ground:
    """Return the ground colour of a plate."""
    word = said.strip().lower() if isinstance(said, str) else ""
    return GROUNDS.get(word.removesuffix("plate").removesuffix("color"), Ground.UNKNOWN)


def instant_from(said: object) -> datetime | None:
    """Return an instant as cameras write it; naive where they name no zone.

    >>> [instant_from(said).isoformat() for said in ("2021-10-04 14:32:08", "20211004143208123")]
    ['2021-10-04T14:32:08', '2021-10-04T14:32:08.123000']
    """
    text = said.strip() if isinstance(said, str) else ""
    if not 0 < len(text) <= LONGEST_RAW:
        return None
    try:
        if COMPACT.fullmatch(text):
            return datetime.strptime(text + "000", "%Y%m%d%H%M%S%f")  # noqa: DTZ007
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if 1970 <= at.year <= 2200 else None


def picture_from(said: object, *, is_wrapped: bool = False) -> bytes | None:
    """Return a picture told in base64, None where there is none or it is too long.

    One that cannot be read is none: the read that it came with is not unreadable. `is_wrapped`:
    the text may be broken into lines.
    """
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST_PICTURE * 4 // 3:
        return None
    try:
        return b64decode("".join(said.split()) if is_wrapped else said, validate=True)
    except (NotBase64, ValueError):
        return None


def characters_from(said: object) -> tuple[float, ...]:
    """Return how sure a camera is of each character, written as `99,98,61`.

    >>> characters_from("99,98,61,"), characters_from("99,x"), characters_from("")
    ((99.0, 98.0, 61.0), (), ())
    """
    text = said.strip().strip(",") if isinstance(said, str) else ""
    if not text or len(text) > 200:
        return ()
    numbers = [number_from(part.strip()) for part in text.split(",")]
    return tuple(n for n in numbers if n is not None) if None not in numbers else ()

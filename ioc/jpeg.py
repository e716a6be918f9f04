"""Whether bytes are a JPEG, and how large a picture it holds, without decoding it."""

from ioc.errors import InvalidInput

START, END = b"\xff\xd8\xff", b"\xff\xd9"
# Start-of-frame markers: all of FFC0-FFCF but the tables C4 and CC and the reserved C8.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SCAN = 0xDA
LONGEST_SIDE = 8_192
# Some cameras pad what follows the end of the picture.
PADDING = 1_024


def size_of(picture: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels as the head of a JPEG says.

    Raises:
        InvalidInput: it is no whole JPEG of at most 8,192 pixels a side; the field is empty.
    """
    if not picture.startswith(START):
        raise InvalidInput("", "is no JPEG")
    if END not in picture[-PADDING:]:
        raise InvalidInput("", "is a JPEG cut off before its end")
    width, height = _frame(picture)
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise InvalidInput("", f"is {width} x {height} pixels, at most {LONGEST_SIDE} a side go in")
    return width, height


def _frame(picture: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker in FRAMES:
            height = int.from_bytes(picture[at + 5 : at + 7], "big")
            return int.from_bytes(picture[at + 7 : at + 9], "big"), height
        if marker == SCAN:
            break
        at += 1 if marker == 0xFF else 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
    raise InvalidInput("", "is a JPEG without a picture")

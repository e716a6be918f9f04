"""What a pattern of a plate matches, when it is too wide, and who may see how far back. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from ioc.errors import Conflict, InvalidInput
from ioc.lookups.model import Anchor, RequestState, TrailRequest

LONGEST = 32
# So many characters must be known at the start or the end: what is read of an index then is
# bounded, whatever the rest of the pattern says.
KNOWN = 3
# Characters that cameras mix up, the first standing for all. No character is in two classes.
CLASSES = ("0DOQ", "1ILT7", "2Z", "38B", "5S", "6CG", "4AR", "EFP", "HMN", "UVY")
FOLDED = "".join(other for group in CLASSES for other in group[1:])
INTO = "".join(group[0] for group in CLASSES for _ in group[1:])
_FOLD = str.maketrans(FOLDED, INTO)
_SEPARATORS = re.compile(r"[\s.\-_·]+")
_PATTERN = re.compile(rf"[A-Z0-9*?]{{1,{LONGEST}}}")


def pattern_of(text: str) -> str:
    """Return a pattern without separators, in capitals, Đ as D, and no two stars side by side.

    >>> pattern_of("43c-1?8.*")
    '43C1?8*'

    Raises:
        InvalidInput: it is empty, too long, or has characters that no plate has.
    """
    plain = unicodedata.normalize("NFC", text[:200]).upper().replace("Đ", "D")
    pattern = re.sub(r"\*+", "*", _SEPARATORS.sub("", plain))
    if not _PATTERN.fullmatch(pattern):
        raise InvalidInput("plate", f"needs 1 to {LONGEST} letters, digits, * and ?")
    return pattern


def is_whole(pattern: str) -> bool:
    """Tell whether nothing of a plate is left open."""
    return "*" not in pattern and "?" not in pattern


def fold(plate: str) -> str:
    """Return a plate, or a pattern, in which characters that look alike are one.

    >>> fold("43C168B9") == fold("A8G16389")
    True
    """
    return plate.translate(_FOLD)


def like(pattern: str) -> str:
    """Return a pattern as SQL writes it."""
    return pattern.replace("*", "%").replace("?", "_")


def matches(pattern: str, plate: str) -> bool:
    """Tell whether a plate fits a pattern, character by character."""
    return re.fullmatch(pattern.replace("*", ".*").replace("?", "."), plate) is not None


def anchor_of(pattern: str) -> Anchor:
    """Return the longer known end of a pattern.

    Raises:
        InvalidInput: neither end is known well enough.
    """
    head, tail = re.split(r"[*?]", pattern)[0], re.split(r"[*?]", pattern)[-1]
    longer = max(head, tail, key=len)
    if len(longer) < KNOWN:
        raise InvalidInput("plate", f"is too wide: needs {KNOWN} characters at its start or end")
    if longer is head:
        return Anchor(fold(head), backwards=False)
    return Anchor(fold(tail)[::-1], backwards=True)


def covering(
    requests: Sequence[TrailRequest], actor: str, plate: str, since: datetime, now: datetime
) -> TrailRequest | None:
    """Return the request that lets `actor` see `plate` back to `since`, None when none does."""
    for request in requests:
        is_his = request.asked_by == actor and request.plate == plate
        if is_his and request.since <= since and request.state(now) is RequestState.APPROVED:
            return request
    return None


def require_second(request: TrailRequest, actor: str) -> None:
    """Refuse a decision by the one who asked, and a second decision.

    Raises:
        Conflict: it is one of these.
    """
    if request.asked_by == actor:
        raise Conflict("request: who asks cannot decide")
    if request.decided_at is not None:
        raise Conflict("request: it is decided already")

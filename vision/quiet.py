"""Decodes a stream only as far as something happens in it.

Decoding is most of what a camera costs: 25 pictures a second of which five are looked at while
traffic moves, and none while nothing does. A second after the last motion the packets are no longer
decoded but kept, compressed. Key frames are, by a decoder of their own: one that shows nothing new
makes what was kept before it worthless. When one differs, or the packets grow as they do when
something moves, what was kept is decoded after all, in order and with the times of its arrival:
nothing that happened is lost, it is only seen up to one group of pictures late.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import av

from vision.motion import Grey, MotionGate

# So long everything is decoded after the last motion.
AWAKE_FOR = timedelta(seconds=1)
CHECKED_EVERY = timedelta(seconds=0.2)
# With key frames farther apart a vehicle could come and go between two of them.
LONGEST_GROUP = timedelta(seconds=2.5)
SHORTEST_GROUP = 5
MOST_KEPT_BYTES = 8_000_000
# So many packets together must be so many times larger than usual to mean that something moves.
BURST_PACKETS = 6
BURST = 1.5
ABOVE_ALL = 1.15
USUAL_OVER = 60


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture as the decoder gave it.

    `picture` is None for one that came and was left compressed; `is_late`: it was, and is told
    now.
    """

    picture: Any
    at: datetime
    is_late: bool = False


class QuietDecoder:
    """Turns the packets of one video stream into pictures; packets must come in their order."""

    def __init__(self, codec: Any, grey_of: Callable[[Any], Grey]) -> None:
        """Begin awake.

        Args:
            codec: the stream's codec context (PyAV).
            grey_of: returns the small grey copy of a decoded picture.
        """
        self._codec = codec
        self._scout: Any = None  # decodes key frames alone; made when first needed
        self._grey_of = grey_of
        self._gate = MotionGate()
        self._times: dict[int | None, datetime] = {}
        # Not decoded yet; empty while all is decoded. The first is the next for the decoder, or a
        # key frame that was shown already: then the decoder must begin anew with it.
        self._kept: list[tuple[Any, datetime]] = []
        self._is_first_shown = False
        self._key_at: datetime | None = None
        self._may_wait = False
        self._last_at: datetime | None = None
        self._length = 0
        self._moved_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._sizes: deque[int] = deque(maxlen=USUAL_OVER)

    @property
    def is_asleep(self) -> bool:
        """Tell whether only key frames are decoded at the moment."""
        return bool(self._kept)

    def take(self, packet: Any, at: datetime) -> Iterator[Decoded]:
        """Yield what the packet that arrived at `at` brings, the oldest first."""
        if packet.is_keyframe:
            yield from self._take_key(packet, at)
            return
        self._length += 1
        if not self._kept and not self._may_sleep(at):
            yield from self._decoded(packet, at)
            return
        self._kept.append((packet, at))
        if self._is_burst() or self._is_too_much():
            yield from self._caught_up()
        else:
            yield Decoded(None, at)

    def _take_key(self, packet: Any, at: datetime) -> Iterator[Decoded]:
        # With groups too long something could come and go unseen; with none all are key frames.
        self._may_wait = (
            self._key_at is not None
            and at - self._key_at <= LONGEST_GROUP
            and self._length >= SHORTEST_GROUP
        )
        self._key_at, self._length = at, 0
        if self._kept:
            picture = self._key_alone(packet)
            if picture is not None and not self._gate.moves(self._grey_of(picture)):
                self._kept, self._is_first_shown = [(packet, at)], True
                self._last_at = at
                yield Decoded(picture, at)
                return
            yield from self._caught_up()
        yield from self._decoded(packet, at)

    def _decoded(self, packet: Any, at: datetime, *, is_late: bool = False) -> Iterator[Decoded]:
        self._times[packet.pts] = at
        for picture in _pictures(self._codec, packet):
            yield self._timed(picture, at, is_late=is_late)
        if len(self._times) > USUAL_OVER:
            self._times.clear()  # damaged: they never came out

    def _timed(self, picture: Any, at: datetime, *, is_late: bool = False) -> Decoded:
        """Return a picture with the time of its packet, no earlier than the one before it.

        Pictures come out in the order they are shown in, which may not be that of packets.
        """
        came_at = self._times.pop(picture.pts, at)
        self._last_at = max(came_at, self._last_at or came_at)
        self._watch(picture, self._last_at)
        return Decoded(picture, self._last_at, is_late)

    def _watch(self, picture: Any, at: datetime) -> None:
        """Note when something last moved."""
        self._moved_at = self._moved_at or at
        if self._checked_at is None or at - self._checked_at >= CHECKED_EVERY:
            self._checked_at = at
            if self._gate.moves(self._grey_of(picture)):
                self._moved_at = at

    def _may_sleep(self, at: datetime) -> bool:
        """Tell whether nothing moves and a key frame will come soon."""
        if self._key_at is None or self._moved_at is None or not self._may_wait:
            return False
        return at - self._key_at <= LONGEST_GROUP and at - self._moved_at >= AWAKE_FOR

    def _key_alone(self, packet: Any) -> Any:
        """Return the picture of a key frame, decoded out of order; None when it is damaged."""
        if self._scout is None:
            self._scout = av.CodecContext.create(self._codec.codec, "r")
            self._scout.extradata = self._codec.extradata
            self._scout.thread_count = 1
        pictures = [*_pictures(self._scout, packet), *_pictures(self._scout, None)]
        self._scout.flush_buffers()
        return pictures[0] if pictures else None

    def _caught_up(self) -> Iterator[Decoded]:
        """Wake, and yield what was kept; a first that was shown when it came is not told again."""
        kept, self._kept = self._kept, []
        for _ in range(min(len(kept), len(self._sizes))):
            self._sizes.pop()  # of what moves: not usual
        shown = None
        if self._is_first_shown:
            self._codec.flush_buffers()
            self._times.clear()
            self._last_at, shown = kept[0][1], kept[0][0].pts
        self._is_first_shown = False
        self._moved_at = kept[-1][1]
        for packet, at in kept:
            for one in self._decoded(packet, at, is_late=True):
                if shown is None or one.picture.pts != shown:
                    yield one

    def _is_burst(self) -> bool:
        self._sizes.append(self._kept[-1][0].size)
        # Sums over a few, since pictures of some kinds are always larger than those of others.
        sizes = list(self._sizes)
        sums = [sum(sizes[i : i + BURST_PACKETS]) for i in range(len(sizes) - BURST_PACKETS + 1)]
        before = sums[:-BURST_PACKETS]
        if len(before) < BURST_PACKETS:
            return False
        return sums[-1] > max(BURST * median(before), ABOVE_ALL * max(before))

    def _is_too_much(self) -> bool:
        kept = sum(packet.size for packet, _ in self._kept)
        since = self._kept[-1][1] - self._kept[0][1]
        return kept > MOST_KEPT_BYTES or since > 2 * LONGEST_GROUP


def _pictures(codec: Any, packet: Any) -> list[Any]:
    try:
        return list(codec.decode(packet))
    except (av.error.InvalidDataError, av.error.EOFError):
        return []  # damaged on its way; the next key frame mends it

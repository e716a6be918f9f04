"""Pictures as arrays: one `Frame`, and the files that frames are read from."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Still
from PIL import UnidentifiedImageError

from ioc.clock import require_aware
from ioc.errors import InvalidInput
from vision.box import Box

Image = NDArray[np.uint8]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A film's rotation is stored in degrees, counter-clockwise; numpy turns in quarters.
QUARTER = 90
TICK_S = 0.002
# A file of a few bytes can claim to be a picture of gigabytes.
MOST_PIXELS = 120_000_000


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture. `image` is (H, W, 3), uint8, BGR; `at` is aware, UTC; `index` counts from 0.

    `moved` is where something moved since the frame before, in pixels; None: look everywhere.
    """

    image: Image
    at: datetime
    index: int
    moved: Box | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", require_aware("at", self.at))
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            shape, kind = self.image.shape, self.image.dtype
            raise InvalidInput("image", f"needs (H, W, 3) of uint8, not {shape} of {kind}")


def is_picture(path: Path) -> bool:
    """Tell by its first bytes whether `path` is a still picture; what cannot be opened is none."""
    try:
        return path.is_file() and bool(cv2.haveImageReader(str(path)))
    except cv2.error:
        return False


def load_picture(path: Path) -> Image:
    """Return the picture in `path` as (H, W, 3), uint8, BGR, turned as its EXIF says.

    Raises:
        InvalidInput: there is no such file, it is no picture, or larger than MOST_PIXELS; the
            path is the field.
    """
    content = _bytes_of(path)
    _require_size(path, content)
    data = np.frombuffer(content, np.uint8)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:
        image = None
    if image is None:
        raise InvalidInput(str(path), "is neither a picture nor a video that can be read")
    return np.asarray(image, np.uint8)


def _require_size(path: Path, content: bytes) -> None:
    """Refuse what says at its head that it is too large to be unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit is the stricter one
            with Still.open(io.BytesIO(content)) as still:
                width, height = still.size
    except Still.DecompressionBombError as fault:
        raise InvalidInput(str(path), "is larger than a picture may be") from fault
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, EOFError):
        return  # whatever else it is, the decoder will say
    if width * height > MOST_PIXELS:
        why = f"is {width} x {height} px; at most {MOST_PIXELS:,} in all are read"
        raise InvalidInput(str(path), why)


class Video:
    """A video file, read frame by frame on its own time."""

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            InvalidInput: there is no such file, or it holds no video; the path is the field.
        """
        self.path = path
        if not path.is_file():
            raise InvalidInput(str(path), "is no file")
        try:
            self._container = av.open(str(path))
        except (av.FFmpegError, ValueError) as fault:
            raise InvalidInput(str(path), f"cannot be read: {_plainly(fault)}") from fault
        if not self._container.streams.video:
            self._container.close()
            raise InvalidInput(str(path), "holds no video")
        self._stream = self._container.streams.video[0]

    @property
    def duration_s(self) -> float:
        """Return the length the file states, in seconds; 0 when it states none."""
        return float(self._container.duration or 0) / av.time_base

    def frames(self, start: datetime = EPOCH, rate: float | None = None) -> Iterator[Frame]:
        """Yield the frames in order; the first is at `start`, the others by the file's own time.

        Args:
            start: the instant of the first frame, aware.
            rate: at most so many frames a second of the file's time; all when None.

        Raises:
            InvalidInput: not one frame can be decoded.
        """
        first_s: float | None = None
        due_s = 0.0
        index = -1
        for picture in self._decoded():
            index += 1
            time_s = _time_s(picture, index, self._stream)
            first_s = time_s if first_s is None else first_s
            elapsed_s = max(time_s - first_s, 0.0)
            if rate is not None and elapsed_s < due_s - TICK_S:
                continue
            due_s = elapsed_s if rate is None else max(due_s + 1 / rate, elapsed_s)
            yield Frame(to_bgr(picture), start + timedelta(seconds=elapsed_s), index)
        if index < 0:
            raise InvalidInput(str(self.path), "not one frame of it can be decoded")

    @property
    def codec(self) -> Any:
        """The codec context that decodes what `packets` yields."""
        self._stream.codec_context.thread_count = 1
        return self._stream.codec_context

    def packets(self) -> Iterator[tuple[Any, float]]:
        """Yield the packets, compressed, each with the second it is due, from 0.

        Raises:
            InvalidInput: the file breaks off.
        """
        first_s: float | None = None
        due_s = 0.0
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.EOFError):
                return
            except av.error.InvalidDataError:
                continue  # a damaged stretch; what comes after it is as good as before
            except av.FFmpegError as fault:
                raise InvalidInput(str(self.path), f"breaks off: {_plainly(fault)}") from fault
            if packet.dts is not None:
                time_s = float(packet.dts * packet.time_base)
                first_s = time_s if first_s is None else first_s
                due_s = max(due_s, time_s - first_s)
            yield packet, due_s

    def close(self) -> None:
        """Give the file back."""
        self._container.close()

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decoded(self) -> Iterator[Any]:
        for packet, _ in self.packets():
            try:
                pictures = packet.decode()
            except av.error.EOFError:
                return
            except av.error.InvalidDataError:
                continue
            except av.FFmpegError as fault:
                raise InvalidInput(str(self.path), f"breaks off: {_plainly(fault)}") from fault
            yield from pictures


def to_bgr(picture: Any) -> Image:
    """Return a decoded PyAV frame as (H, W, 3), uint8, BGR, upright."""
    image: Image = picture.to_ndarray(format="bgr24")
    turns = round(getattr(picture, "rotation", 0) / QUARTER) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _time_s(picture: Any, index: int, stream: Any) -> float:
    if picture.time is not None:
        return float(picture.time)
    return index / float(stream.average_rate or 25)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise InvalidInput(str(path), f"cannot be read: {fault.strerror}") from fault


def _plainly(fault: Exception) -> str:
    return getattr(fault, "strerror", None) or str(fault)

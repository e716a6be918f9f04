"""Where a camera's pictures come from: a stream, a rendered scene, or a file played at its pace.

Each source yields `Shot`s as they are taken and raises `Unavailable` when it fails; whether to
try again is its caller's business.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from ioc.clock import Now
from ioc.errors import InvalidInput, Unavailable
from vision.frames import Image, Video, to_bgr
from vision.motion import Grey, small_grey
from vision.quiet import QuietDecoder

TIMEOUT_S = 3.0
# Formats whose first plane is the luma, one byte a pixel: the grey picture costs nothing.
LUMA_FIRST = re.compile(r"^(yuvj?4\d\dp|nv12|nv21|gray)$")
SECRET = re.compile(r"(?i)([?&](?:pass|passwd|password|pwd|token|key|auth)[^=&]*=)[^&\s]*")
USER = re.compile(r"(?<=://)[^/@\s]*@")


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture as it came.

    Attributes:
        at: when.
        grey: the way to a small grey copy (h, w); None: it came, and was not worth decoding.
        image: the way to its colours, where there is a grey copy.
        is_late: it was decoded only after newer ones had come: none of it may be left out.
        whole: the way to all of it in grey (H, W), where there is a grey copy.
    """

    at: datetime
    grey: Callable[[], Grey] | None
    image: Callable[[], Image]
    is_late: bool = False
    whole: Callable[[], Grey] | None = None


@dataclass(frozen=True)
class Source:
    """A place shots come from; `shots` opens it anew at each call.

    Attributes:
        name: the address as it may be shown and logged, without password.
        has_end: the shots end by themselves (a file), which is no failure.
    """

    name: str
    shots: Callable[[], Iterator[Shot]]
    has_end: bool = False


def mask_address(address: str) -> str:
    """Return `address` without its user and password.

    >>> mask_address("rtsp://admin:s3cret@10.0.0.7:554/live?channel=1&token=abc")
    'rtsp://***@10.0.0.7:554/live?channel=1&token=***'
    """
    return SECRET.sub(r"\1***", USER.sub("***@", address))


def stream_shots(url: str, now: Now) -> Iterator[Shot]:
    """Yield each picture of the stream at `url` as it arrives.

    Raises:
        Unavailable: it cannot be opened, has ended, or gave no picture for three seconds.
    """
    name = mask_address(url)
    try:
        with av.open(url, options=_options(url), timeout=(TIMEOUT_S, TIMEOUT_S)) as container:
            if not container.streams.video:
                raise Unavailable(f"{name}: the stream has no video")
            yield from _received(container, name, now)
    except (av.FFmpegError, OSError, ValueError) as fault:
        raise Unavailable(f"{name}: {_why(fault)}") from fault
    raise Unavailable(f"{name}: the stream has ended")


def file_shots(path: Path, now: Now) -> Iterator[Shot]:
    """Yield the pictures of a video file at the pace they were taken, as a camera would.

    Raises:
        InvalidInput: the file cannot be read.
    """
    with Video(path) as video:
        decoder = QuietDecoder(video.codec, _grey)
        begin_s = time.monotonic()
        shown = False
        for packet, at_s in video.packets():
            time.sleep(max(begin_s + at_s - time.monotonic(), 0.0))
            for shot in _taken(decoder, packet, now()):
                shown = True
                yield shot
        if not shown:
            raise InvalidInput(str(path), "not one frame of it can be decoded")


def shot_of(image: Image, at: datetime) -> Shot:
    """Return a shot of an image that is already in colours; green stands for grey."""
    return Shot(at, lambda: small_grey(image[:, :, 1]), lambda: image, whole=lambda: image[:, :, 1])


# What a camera may make us open: a hostile one may answer with a list of files of this machine.
PROTOCOLS = "rtsp,rtsps,rtp,rtcp,http,https,tcp,udp,tls,httpproxy,crypto"


def _options(url: str) -> dict[str, str]:
    # half a second of probing instead of five: the first picture comes that much sooner
    options = {"analyzeduration": "500000", "fflags": "nobuffer", "protocol_whitelist": PROTOCOLS}
    if url.lower().startswith("rtsp"):
        options["rtsp_transport"] = "tcp"
    return options


def _received(container: Any, name: str, now: Now) -> Iterator[Shot]:
    stream = container.streams.video[0]
    # one decoding thread a camera: frame threads would add delay, and cameras are many
    stream.codec_context.thread_count = 1
    decoder = QuietDecoder(stream.codec_context, _grey)
    seen_s = time.monotonic()
    for packet in container.demux(stream):
        # on a timeout the parser first gives up the picture it held back: that one is old
        if time.monotonic() - seen_s > TIMEOUT_S - 0.1:
            raise Unavailable(f"{name}: no picture for {TIMEOUT_S:.0f} s")
        for shot in _taken(decoder, packet, now()):
            seen_s = time.monotonic()
            yield shot


def _taken(decoder: QuietDecoder, packet: Any, at: datetime) -> Iterator[Shot]:
    for one in decoder.take(packet, at):
        has_grey = one.picture is not None
        grey = partial(_grey, one.picture) if has_grey else None
        whole = partial(_whole, one.picture) if has_grey else None
        yield Shot(one.at, grey, partial(to_bgr, one.picture), one.is_late, whole)


def _grey(picture: Any) -> Grey:
    if LUMA_FIRST.match(picture.format.name):
        return np.ascontiguousarray(small_grey(_whole(picture)))
    grey: Grey = picture.reformat(width=160, height=90, format="gray").to_ndarray()
    return grey


def _whole(picture: Any) -> Grey:
    if not LUMA_FIRST.match(picture.format.name):
        grey: Grey = picture.to_ndarray(format="gray")
        return grey
    plane = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: picture.height, : picture.width]


def _why(fault: Exception) -> str:
    if isinstance(fault, av.error.ExitError):
        return f"no answer for {TIMEOUT_S:.0f} s"
    return getattr(fault, "strerror", None) or mask_address(str(fault)) or type(fault).__name__

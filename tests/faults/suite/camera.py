"""Cameras that can be told to hang, flood, change resolution or send what nobody understands.

MJPEG over HTTP from a short rendered clip; one server, one path a camera, a mode for each.
"""

import io
import threading
import time
from collections.abc import Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import av
import cv2
import numpy as np

from vision.scene.address import parse_scene_url

BOUNDARY = b"ioc"
FPS, CLIP_S = 5, 10
SCENE = f"scene:seed=7&per_minute=12&width=640&height=360&fps={FPS}"
SMALLER = (480, 270)


class Mode(StrEnum):
    """What a camera does."""

    PLAYS = "plays"
    HANGS = "hangs"
    FLOODS = "floods"
    RESIZES = "resizes"
    NO_VIDEO = "no_video"
    NOISE = "noise"
    REFUSES = "refuses"


class Cameras:
    """Cameras served at `address(name)` until `close`."""

    def __init__(self) -> None:
        self.modes: dict[str, Mode] = {}
        self.served = 0
        self._clip = _clip()
        self._small = [_smaller(picture) for picture in self._clip]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def address(self, name: str) -> str:
        """Return where the camera of a name streams."""
        self.modes.setdefault(name, Mode.PLAYS)
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}.mjpeg"

    def close(self) -> None:
        """End every stream."""
        self._server.shutdown()
        self._server.server_close()

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a camera's stream from its beginning, until its mode needs another."""
        begun = self.modes[name]
        if begun is Mode.NO_VIDEO:
            yield _sound()
            return
        if begun is Mode.NOISE:
            yield np.random.default_rng(1).bytes(200_000)
            return
        number = 0
        while self.modes[name] not in (Mode.REFUSES, Mode.NO_VIDEO, Mode.NOISE):
            mode = self.modes[name]
            if mode is Mode.HANGS:
                time.sleep(0.05)
                continue
            clip = self._small if mode is Mode.RESIZES and number // FPS % 2 else self._clip
            picture = clip[number % len(clip)]
            yield b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (
                BOUNDARY, len(picture), picture,
            )  # fmt: skip
            number += 1
            self.served += 1
            time.sleep(0.002 if mode is Mode.FLOODS else 1 / FPS)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cameras = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/").removesuffix(".mjpeg")
                if cameras.modes.get(name, Mode.REFUSES) is Mode.REFUSES:
                    self.send_error(503)
                    return
                is_mjpeg = cameras.modes[name] not in (Mode.NO_VIDEO, Mode.NOISE)
                self.send_response(200)
                kind = f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}"
                self.send_header("Content-Type", kind if is_mjpeg else "application/octet-stream")
                self.end_headers()
                try:
                    for chunk in cameras.chunks(name):
                        self.wfile.write(chunk)
                        self.wfile.flush()
                except OSError:
                    return

            def log_message(self, *_: object) -> None:
                return

        return Handler


def _clip() -> list[bytes]:
    scene = parse_scene_url(SCENE).open(())
    frames = (scene.frame(100 + n / FPS) for n in range(CLIP_S * FPS))
    return [_jpeg(frame) for frame in frames]


def _jpeg(image) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def _smaller(picture: bytes) -> bytes:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return _jpeg(cv2.resize(image, SMALLER))


def _sound() -> bytes:
    """Return an MPEG transport stream that holds sound alone."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as out:
        stream = out.add_stream("mp2", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1152), np.int16), "s16p", "stereo")
        for n in range(100):
            frame.sample_rate, frame.pts = 48_000, n * 1152
            out.mux(stream.encode(frame))
    return file.getvalue()

"""Live pictures from a real RTSP server: dead, hung, restarted, and a reader slower than it."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from ioc.camera_health.model import CameraFault
from ioc.clock import utc_now
from ioc.errors import InvalidInput, Unavailable
from tests.vision.rtsp_server import RtspServer, encode
from tests.vision.test_frames import numbered, write_video
from vision.addresses import open_source
from vision.capture import Capture, CaptureState
from vision.health import Health
from vision.health_limits import health_limits
from vision.sources import Shot, Source, mask_address, shot_of, stream_shots

FPS = 25
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def loop() -> list:
    """Two seconds of a bright square that crosses a grey road."""
    images = [np.full((360, 640, 3), 90, np.uint8) for _ in range(50)]
    for i, image in enumerate(images):
        image[100:160, 11 * i : 11 * i + 60] = 220
    return encode(images, FPS)


@pytest.fixture
def server(loop):
    with RtspServer(loop, FPS) as running:
        yield running


@pytest.fixture
def capture(server):
    opened = Capture(open_source(server.url, utc_now), utc_now)
    opened.start()
    yield opened
    opened.stop()


def until(condition: Callable[[], object]) -> object:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if (value := condition()) not in (None, False):
            return value
        time.sleep(0.02)
    return pytest.fail(f"not within {PATIENCE_S} s")


def is_in(capture: Capture, state: CaptureState) -> Callable[[], bool]:
    return lambda: capture.report().state is state


def test_a_stream_gives_its_newest_pictures_in_order(capture):
    frames = [until(capture.take) for _ in range(6)]
    assert frames[0].image.shape == (360, 640, 3)
    assert [f.at for f in frames] == sorted(f.at for f in frames)
    assert len({f.index for f in frames}) == 6
    # a reader that sleeps finds one picture, the newest, not a queue
    time.sleep(1)
    newest = until(capture.take)
    assert newest.index - frames[-1].index > FPS / 3
    assert capture.take() is None or capture.take() is None
    report = capture.report()
    assert (report.state, report.error) == (CaptureState.LIVE, None)
    assert (utc_now() - report.frame_at).total_seconds() < 1


def test_a_followed_plate_is_looked_at_more_often(capture):
    def looks_in(seconds: float) -> int:
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            count += capture.take() is not None
            time.sleep(0.005)
        return count

    until(capture.take)
    seldom = looks_in(1.5)
    capture.is_following = True
    assert looks_in(1.5) > 1.4 * seldom


def test_a_hung_server_is_noticed_and_left_behind(server, capture):
    until(capture.take)
    server.hung = True
    until(is_in(capture, CaptureState.LOST))
    assert "3 s" in capture.report().error
    server.hung = False
    until(is_in(capture, CaptureState.LIVE))
    assert until(capture.take) is not None


def test_a_killed_server_is_found_again_when_it_is_back(loop, server, capture):
    until(capture.take)
    port = server.server_address[1]
    server.stop()
    until(is_in(capture, CaptureState.LOST))
    assert f"127.0.0.1:{port}" in capture.report().error
    with RtspServer(loop, FPS, port):
        until(is_in(capture, CaptureState.LIVE))
        assert until(capture.take) is not None


@pytest.mark.parametrize(
    "url", ["rtsp://admin:s3cret@127.0.0.1:9/live", "http://u:s3cret@127.0.0.1:9/a.mjpg"]
)
def test_a_dead_address_is_named_without_its_password(url):
    with pytest.raises(Unavailable, match=r"\*\*\*@127\.0\.0\.1:9") as fault:
        next(stream_shots(url, utc_now))
    assert "s3cret" not in str(fault.value)


def test_a_dead_address_is_tried_again_and_says_so():
    capture = Capture(open_source("rtsp://127.0.0.1:9/live", utc_now), utc_now)
    assert capture.report().state is CaptureState.CONNECTING
    capture.start()
    until(is_in(capture, CaptureState.LOST))
    assert "refused" in capture.report().error
    capture.stop()


class MotionJpeg(BaseHTTPRequestHandler):
    """A camera of the simple kind: one JPEG after the other, each brighter than the last."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        with suppress(OSError):
            for number in range(40):
                image = np.full((180, 320, 3), 5 * number, np.uint8)
                data = cv2.imencode(".jpg", image)[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}"
                self.wfile.write(head.encode() + b"\r\n\r\n" + data + b"\r\n")
                time.sleep(0.02)

    def log_message(self, *_):
        pass


def test_a_motion_jpeg_camera_is_read_until_it_ends():
    with ThreadingHTTPServer(("127.0.0.1", 0), MotionJpeg) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/a.mjpg"
        shades: list[float] = []
        with pytest.raises(Unavailable, match=address):
            shades.extend(shot.image().mean() for shot in stream_shots(address, utc_now))
        server.shutdown()
    assert len(shades) > 20
    assert shades == sorted(shades)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("gopher://127.0.0.1/live", "gopher"),
        ("udp://u:s3cret@239.0.0.1:1234", r"\*\*\*@239"),
        ("no/such/clip.mp4", r"clip\.mp4"),
    ],
)
def test_an_unknown_kind_of_source_is_refused(address, named):
    with pytest.raises(InvalidInput, match=named) as fault:
        open_source(address, utc_now)
    assert "s3cret" not in str(fault.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://10.0.0.7/live", "rtsp://10.0.0.7/live"),
        ("rtsp://admin:p%40ss@cam/1?x=2", "rtsp://***@cam/1?x=2"),
        ("http://cam/mjpg?user=a&pwd=secret&fps=5", "http://cam/mjpg?user=a&pwd=***&fps=5"),
    ],
)
def test_addresses_are_shown_without_secrets(address, shown):
    assert mask_address(address) == shown


def test_a_file_is_played_to_its_end_at_its_own_pace(tmp_path):
    path = write_video(tmp_path / "a.mp4", numbered(12), fps=20)
    capture = Capture(open_source(str(path), utc_now), utc_now)
    begin = time.monotonic()
    capture.start()
    until(lambda: capture.has_ended)
    assert time.monotonic() - begin > 0.5
    assert until(capture.take).index >= 0


@pytest.mark.parametrize(("is_late", "taken"), [(True, 8), (False, 1)])
def test_what_comes_late_waits_to_be_looked_at(is_late, taken):
    """Eight pictures at once, of the last eight seconds: a live one would replace the others."""
    begin = utc_now() - timedelta(seconds=8)

    def shots():
        for i in range(8):
            image = np.full((90, 160, 3), 90, np.uint8)
            image[20:60, 15 * i : 15 * i + 15] = 220
            made = shot_of(image, begin + timedelta(seconds=i))
            yield replace(made, is_late=is_late)

    opened = Capture(Source("late", shots, has_end=True), utc_now)
    opened.start()
    times = []
    until(lambda: opened.has_ended or (is_late and opened.report().state is CaptureState.LIVE))
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if (frame := opened.take()) is not None:
            times.append(frame.at)
        time.sleep(0.02)
    opened.stop()
    assert len(times) == taken
    assert times == sorted(times)
    assert opened.report().frame_at is None if is_late else opened.report().frame_at == times[-1]


def test_a_picture_left_compressed_counts_as_come_and_is_not_offered():
    def shots():
        for i in range(30):
            yield Shot(utc_now(), None, lambda: pytest.fail("was not decoded"))
            time.sleep(0.01 * (i < 29))

    opened = Capture(Source("quiet", shots, has_end=True), utc_now)
    opened.start()
    until(lambda: opened.has_ended)
    assert opened.take() is None
    assert opened.report().fps > 1
    assert opened.report().frame_at is not None


def test_pictures_that_lie_are_told_with_the_state_of_the_camera():
    """A black camera is live and lies; something that moves before it is told too."""
    now, black = utc_now(), np.zeros((90, 160, 3), np.uint8)
    flash = black.copy()
    flash[30:60, 40:80] = 20

    def shots():
        for n in range(40):
            yield shot_of(flash if n % 2 else black, now + timedelta(seconds=n))
        over.wait()

    over = threading.Event()
    health = Health(replace(health_limits(), every_s=2))
    seen = Capture(Source("black", shots), lambda: now + timedelta(seconds=39), health=health)
    seen.start()
    until(lambda: seen.report().fault)
    report = seen.report()
    assert (report.state, report.fault) == (CaptureState.LIVE, CameraFault.BLACK)
    assert report.fault_since == now
    assert report.moved_at is not None

    over.set()
    seen.stop()

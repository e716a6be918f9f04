"""Cameras that are asked, and cameras that publish: against a real broker, and a camera of ours."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import CollectorRegistry

from ingest.feeds.asking import ask_and_listen, wait_for_cameras
from ingest.feeds.ears import Ears
from ingest.feeds.listening import Listener, by_topic
from ingest.feeds.pulling import pull
from ingest.feeds.taking import Taking
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.vehicles.joining import readers_of
from ioc.vehicles.model import PlateRead
from ioc.vehicles.service import latest_sightings
from ioc.vendors import Broker, Maker, SelfReader
from tests.conftest import NOW
from tests.ingest.cameras import EVENT_TOPIC, event_text, multipart, onvif_event

PATIENCE_S = 60
TOPIC = f"gates/cam-003/{EVENT_TOPIC}"


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def reads(centre: Centre) -> list[PlateRead]:
    return [s.read for s in latest_sightings(centre, NOW.replace(hour=0))]


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """The path of the broker: the system's, else Debian's package."""
    where = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    found = shutil.which("mosquitto", path=where)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["install", "-y", "-qq", "--no-install-recommends", "mosquitto"]
        for step in (["update", "-qq"], install):
            subprocess.run(["apt-get", *step], env=env, check=False)
        found = shutil.which("mosquitto", path=where)
    if found is None:
        pytest.fail("no MQTT broker: install mosquitto (apt-get install mosquitto)")
    return found


@dataclass
class Mosquitto:
    """A broker of the test, on a port of its own; it keeps sessions over a restart."""

    program: str
    folder: Path
    port: int = 0
    process: subprocess.Popen | None = None

    def start(self) -> None:
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nuser root\nlog_dest none\n"
        )
        self.process = subprocess.Popen([self.program, "-c", str(config)])
        until(self._answers)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def publish(self, topic: str, *events: object) -> None:
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        for event in events:
            payload = event if isinstance(event, bytes) else json.dumps(event).encode()
            client.publish(topic, payload, qos=1).wait_for_publish(PATIENCE_S)
        client.disconnect()
        client.loop_stop()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def broker(mosquitto: str, tmp_path: Path) -> Iterator[Mosquitto]:
    running = Mosquitto(mosquitto, tmp_path)
    running.start()
    yield running
    running.stop()


@contextmanager
def listening(centre: Centre, at: Mosquitto) -> Iterator[Listener]:
    book = readers_of(centre)
    broker = Broker("127.0.0.1", at.port, has_tls=False)
    listener = Listener(centre, Taking(centre), broker, by_topic(book.cameras))
    stop = threading.Event()
    thread = threading.Thread(target=listener.listen, args=(stop,))
    thread.start()
    try:
        yield listener
    finally:
        stop.set()
        thread.join(PATIENCE_S)


def test_what_a_camera_publishes_is_recorded_also_what_came_while_nobody_listened(
    read_twice: Centre, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest.feeds import listening as module

    monkeypatch.setattr(module, "pause_after", lambda _: NOW - NOW)
    first, away = onvif_event(), onvif_event("2021-10-04T07:32:05Z", PlateNumber="75A99999")
    with listening(read_twice, broker) as listener:
        assert listener.ready.wait(PATIENCE_S)
        # Told twice, as with QoS 1; and what is no event of ours, which nobody waits for.
        broker.publish(TOPIC, b"{no json", first, first)
        broker.publish("gates/cam-003/onvif-mj/VideoAnalytics/p/m", first)
        until(lambda: len(reads(read_twice)) == 1)
    broker.publish(TOPIC, away)
    with listening(read_twice, broker) as listener:
        until(lambda: len(reads(read_twice)) == 2)
        # The broker goes and comes back: we do as well.
        broker.stop()
        until(lambda: not listener.ready.is_set())
        broker.start()
        assert listener.ready.wait(PATIENCE_S)
        broker.publish(TOPIC, onvif_event("2021-10-04T07:32:01Z", PlateNumber="43C16839"))
        until(lambda: len(reads(read_twice)) == 3)
    plates = {(r.plate, r.camera) for r in reads(read_twice)}
    assert plates == {(plate, "cam-003") for plate in ("75A12345", "75A99999", "43C16839")}


@dataclass
class Camera:
    """A camera that tells its events to whoever knows its password, once, and hangs up."""

    parts: list[tuple[str, str, bytes]] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        camera, told = self.server.camera, self.headers.get("Authorization")
        camera.asked.append(told)
        camera.paths.append(self.path)
        if not (told or "").startswith('Digest username="ioc"'):
            self.send_response(401)
            challenge = 'Digest realm="Login to 1", qop="auth", nonce="77", opaque="9"'
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=myboundary")
        self.end_headers()
        body = multipart(*camera.parts, boundary="myboundary")
        for start in range(0, len(body), 700):
            self.wfile.write(body[start : start + 700])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    camera: Camera


@pytest.fixture
def asked() -> Iterator[tuple[Camera, SelfReader]]:
    server = Server(("127.0.0.1", 0), Handler)
    server.camera = Camera()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    yield server.camera, SelfReader("cam-002", Maker.DAHUA, pull=address, user="ioc")
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_camera_that_is_asked_tells_its_events_with_their_pictures(
    read_twice: Centre, asked: tuple[Camera, SelfReader], jpeg: bytes
) -> None:
    camera, reader = asked
    text = "text/plain"
    camera.parts = [
        ("", text, b"Heartbeat"),
        ("", text, event_text(NOW.replace(second=1))),
        ("", "image/jpeg", jpeg),
        ("", text, event_text(NOW.replace(second=2), "75A99999")),
        ("", text, b"Heartbeat"),
        ("", text, event_text(NOW.replace(second=3), "")),
    ]
    stop, registry = threading.Event(), CollectorRegistry()
    ears = Ears(registry)
    thread = threading.Thread(target=pull, args=(Taking(read_twice), reader, "secret", stop, ears))
    thread.start()
    try:
        until(lambda: len(reads(read_twice)) == 3)
    finally:
        stop.set()
        thread.join(PATIENCE_S)
    kept = {(r.plate, r.frame_picture is not None) for r in reads(read_twice)}
    assert kept == {("75A12345", True), ("75A99999", False), ("", False)}
    heard = {"maker": "dahua", "sort": "read"}
    assert (registry.get_sample_value("ioc_camera_messages_total", heard) or 0) >= 3
    # It hung up: who asks it again in a while says so meanwhile.
    assert registry.get_sample_value("ioc_asked_camera_up", {"camera": "cam-002"}) == 0
    assert camera.asked[0] is None
    assert "secret" not in str(camera.asked)
    assert camera.paths[-1].startswith("/cgi-bin/snapManager.cgi?action=attachFileProc")


def test_without_a_camera_to_hear_it_waits_until_there_is_one(
    tmp_path: Path, config_read_twice: Path
) -> None:
    common = (config_read_twice / "hue" / "readers.toml").read_text().partition("[broker]")[0]
    stop, file = threading.Event(), tmp_path / "readers.toml"
    thread = threading.Thread(target=wait_for_cameras, args=(tmp_path, stop, 0.01))
    thread.start()
    try:
        file.write_text(common + '[[camera]]\nid = "a"\nmaker = "hikvision"\n')
        thread.join(0.1)
        file.write_text("[[camera]]\n")
        thread.join(0.1)
        assert thread.is_alive(), "one sends by itself, one is half written: no fault of ours"
        added = '[[camera]]\nid = "b"\nmaker = "dahua"\npull = "http://10.1.1.1"\n'
        file.write_text(common + added)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    finally:
        stop.set()
        thread.join()
    file.unlink()
    wait_for_cameras(tmp_path, stop)


def test_who_has_nobody_to_ask_or_no_password_says_so(
    read_twice: Centre, tmp_path: Path, config_read_twice: Path
) -> None:
    def told(readers: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(config_read_twice / "hue", folder / "hue")
        (folder / "hue" / "readers.toml").write_text(readers)
        settings = replace(read_twice.settings, config_dir=folder)
        with pytest.raises(InvalidInput) as fault:
            ask_and_listen(replace(read_twice, settings=settings), {}, threading.Event())
        return fault.value.field

    common = (config_read_twice / "hue" / "readers.toml").read_text().partition("[broker]")[0]
    assert told(common) == "readers.toml"
    asked = '[[camera]]\nid = "cam-002"\nmaker = "dahua"\npull = "http://10.1.1.1"\nuser = "u"\n'
    assert told(common + asked) == "IOC_CAMERA_PASSWORD_CAM_002"
    broker = '[broker]\nhost = "mqtt"\nuser = "u"\n'
    topic = '[[camera]]\nid = "cam-003"\nmaker = "onvif"\ntopic = "g/c"\n'
    assert told(common + broker + topic) == "IOC_MQTT_PASSWORD"

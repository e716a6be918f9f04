"""Reads that go over HTTP to the API of a centre elsewhere."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ingest.app import create_app
from ioc import evidence
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.camera_health.model import CameraFault
from ioc.camera_states import camera_states
from ioc.clock import utc_now
from ioc.errors import Unavailable
from ioc.vehicles.service import latest_sightings
from tests.serving import Server
from tests.vision.test_sinks import CAMERA, numbered, seen
from vision.box_beats import BoxBeats
from vision.sender import Sender
from vision.sinks import HTTP_BATCH, HttpSink
from vision.spool import Spool


class Api:
    """The API of a centre on a port of its own; it can go away and come back."""

    def __init__(self, centre) -> None:
        self.centre = centre
        self.port = 0
        self.open()

    def open(self) -> None:
        self.server = Server(create_app(self.centre), self.port).start()
        self.port = self.server.port

    def close(self) -> None:
        self.server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def api(centre) -> Iterator[Api]:
    running = Api(centre)
    yield running
    running.close()


@pytest.fixture
def spool(tmp_path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


@pytest.fixture
def sink(api, centre, spool) -> Iterator[HttpSink]:
    opened = HttpSink(api.url, create_key(centre, "box-7", [Right.READS]), spool)
    yield opened
    opened.close()


def send_all(spool: Spool, sink: HttpSink) -> None:
    sender = Sender(spool, sink.send, HTTP_BATCH)
    while sender.send_some():
        pass


def test_a_read_arrives_with_its_pictures(centre, spool, sink):
    sink(CAMERA, seen())
    send_all(spool, sink)
    [sighting] = latest_sightings(centre)
    assert (sighting.source, sighting.read.plate) == ("box-7", "43A12345")
    assert len(sighting.read.characters) == 8
    for name in (sighting.read.plate_picture, sighting.read.frame_picture):
        assert evidence.load(centre, name).startswith(b"\xff\xd8")


def test_what_is_refused_is_set_aside_and_the_rest_arrives(centre, spool, sink, tmp_path):
    sink(CAMERA, numbered(1))
    sink("cam-9999", numbered(2))
    spool.append({"id": "x", "nonsense": True})
    sink(CAMERA, numbered(3))
    send_all(spool, sink)
    assert sorted(s.read.plate for s in latest_sightings(centre)) == ["43A00001", "43A00003"]
    assert len((tmp_path / "spool" / "000" / "refused.jsonl").read_text().splitlines()) == 2


def test_reads_wait_while_the_line_is_down(centre, api, spool, sink):
    api.close()
    for n in range(3):
        sink(CAMERA, numbered(n))
    items, _ = spool.batch(HTTP_BATCH)
    with pytest.raises(Unavailable, match=str(api.port)):
        sink.send(items)
    api.open()
    send_all(spool, sink)
    assert sorted(s.read.plate for s in latest_sightings(centre)) == [
        f"43A{n:05d}" for n in range(3)
    ]


def test_a_wrong_key_loses_nothing(api, spool):
    stranger = HttpSink(api.url, "no-such-key", spool)
    stranger(CAMERA, seen())
    items, _ = spool.batch(1)
    with pytest.raises(Unavailable, match="401"):
        stranger.send(items)
    assert not spool.is_empty
    stranger.close()


def test_a_portal_on_the_way_that_refuses_loses_nothing(spool):
    async def portal(scope, _receive, send):
        if scope["type"] == "http":
            head = [(b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": 400, "headers": head})
            await send({"type": "http.response.body", "body": b"<h1>Sign in</h1>"})

    server = Server(portal, 0).start()
    lost = HttpSink(f"http://127.0.0.1:{server.port}", "key", spool)
    lost(CAMERA, seen())
    with pytest.raises(Unavailable, match="400"):
        lost.send(spool.batch(1)[0])
    lost.close()
    server.stop()


def test_a_box_says_how_its_cameras_do(centre, api, spool, sink):
    now = [utc_now() - timedelta(hours=3)]  # its clock is wrong, and spans are not
    beats = BoxBeats(sink.beat, lambda: now[0], spool)
    state = {
        "state": "live", "worker": "box-7", "fps": 25.0, "reads": 3, "error": "odd\nwords",
        "frame_at": (now[0] - timedelta(seconds=2)).isoformat(), "fault": CameraFault.FROZEN,
        "fault_since": (now[0] - timedelta(seconds=200)).isoformat(),
    }  # fmt: skip
    beats(f"camera:{CAMERA}", state)
    beats("service:box-7", {"cameras": 1})
    sink.beat(beats.items())
    [seen_there] = [one for one in camera_states(centre) if one.id == CAMERA]
    assert (seen_there.state, seen_there.picture_age_s) == ("live", 2)
    assert (seen_there.fault, seen_there.error) == ("frozen", "odd words")
    api.close()
    with pytest.raises(Unavailable):
        sink.beat(beats.items())
    api.open()

"""Reads on their way to the centre: pictures kept, nothing lost, whoever is killed meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import cv2
import numpy as np
import pytest

from ioc import evidence
from ioc.centre import Centre, open_centre
from ioc.db import migrate
from ioc.embedded.stores import Stores, open_stores
from ioc.errors import InvalidInput, Unavailable
from ioc.fleet.model import Worker
from ioc.fleet.service import join, take_orders
from ioc.settings import load_settings
from ioc.vehicles.model import Ground, Heading, Layout, Outcome, PlateCharacter
from ioc.vehicles.service import latest_sightings
from ioc.vehicles.upkeep import ensure_days
from tests.conftest import NOW
from vision.box import Box
from vision.frames import Frame
from vision.passing import PlateText, VehiclePass
from vision.sender import Sender
from vision.sinks import CentreSink, HttpSink, parse_item
from vision.spool import Spool

CAMERA = "cam-001"


def seen(text: str = "43A12345", width: int = 640, at: datetime = NOW) -> VehiclePass:
    """A pass whose picture shows a white bar where the plate is."""
    image = np.full((width * 9 // 16, width, 3), 70, np.uint8)
    image[200:230, 300:420] = 250
    characters = tuple(PlateCharacter(c, 0.99) for c in text)
    plate = PlateText(text, 0.99, characters, Layout.ONE_LINE, Ground.WHITE)
    box = Box(300, 200, 120, 30)
    return VehiclePass(plate, box, Frame(image, at, 7), at, at, 5, box)


def numbered(n: int, at: datetime = NOW) -> VehiclePass:
    return seen(f"43A{n:05d}", at=at)


def until(condition: Callable[[], bool], patience_s: float = 15) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


@pytest.fixture
def spool(state_dir) -> Iterator[Spool]:
    opened = Spool(state_dir / "spool")
    yield opened
    opened.close()


def send_all(spool: Spool, send: Callable) -> Sender:
    sender = Sender(spool, send)
    while sender.send_some():
        pass
    return sender


def test_a_pass_becomes_a_sighting_with_its_pictures(centre, spool):
    sink = CentreSink(centre, "vision", spool)
    sink(CAMERA, seen())
    send_all(spool, sink.send)
    [sighting] = latest_sightings(centre)
    read = sighting.read
    assert (read.camera, read.plate, read.confidence, read.seen_at) == (
        CAMERA, "43A12345", 0.99, NOW,
    )  # fmt: skip
    assert (read.direction, read.layout, read.colour) == (
        Heading.IN, Layout.ONE_LINE, Ground.WHITE,
    )  # fmt: skip
    assert [c.char for c in read.characters] == list("43A12345")
    assert sighting.verdict.outcome is Outcome.STOP  # no permit at a gate
    plate, frame = (
        cv2.imdecode(np.frombuffer(evidence.load(centre, name), np.uint8), cv2.IMREAD_COLOR)
        for name in (read.plate_picture, read.frame_picture)
    )
    assert plate[plate.shape[0] // 2, plate.shape[1] // 2].min() > 230
    assert plate.shape[1] < 160
    assert frame.shape == (360, 640, 3)
    assert spool.is_empty


def test_a_large_frame_is_kept_at_1280(centre, spool):
    sink = CentreSink(centre, "vision", spool)
    sink(CAMERA, seen(width=1920))
    send_all(spool, sink.send)
    [sighting] = latest_sightings(centre)
    data = np.frombuffer(evidence.load(centre, sighting.read.frame_picture), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (720, 1280, 3)


def test_what_is_sent_twice_counts_once(centre, spool):
    sink = CentreSink(centre, "vision", spool)
    sink(CAMERA, seen())
    items, _ = spool.batch(10)
    assert sink.send(items) == [None]
    send_all(spool, sink.send)
    assert len(latest_sightings(centre)) == 1


def test_one_refused_read_is_set_aside_and_the_others_go(centre, spool, state_dir):
    sink = CentreSink(centre, "vision", spool)
    sink(CAMERA, numbered(1))
    spool.append({"id": "x", "camera": CAMERA, "plate": "4" * 200, "seen_at": NOW.isoformat()})
    sink("cam-999", numbered(2))
    sink(CAMERA, numbered(3))
    send_all(spool, sink.send)
    assert sorted(s.read.plate for s in latest_sightings(centre)) == ["43A00001", "43A00003"]
    refused = (state_dir / "spool" / "000" / "refused.jsonl").read_text().splitlines()
    assert len(refused) == 2
    assert "4444" in refused[0]
    assert "cam-999" in refused[1]


def test_a_full_evidence_folder_does_not_hold_the_read_back(centre, spool, settings):
    settings.evidence_dir.parent.mkdir(exist_ok=True)
    settings.evidence_dir.write_text("a file where the folder should be")
    sink = CentreSink(centre, "vision", spool)
    sink(CAMERA, seen())
    send_all(spool, sink.send)
    [sighting] = latest_sightings(centre)
    assert sighting.read.plate_picture is None


@pytest.fixture(scope="module")
def mortal(tmp_path_factory) -> Iterator[tuple[Stores, Centre]]:
    """Stores for these tests to kill, every promise about the disk kept, and a centre on them."""
    tmp_path = tmp_path_factory.mktemp("mortal")
    with open_stores(tmp_path / "stores", {}) as stores:
        settings = replace(
            load_settings(stores.demo_environment()), evidence_dir=tmp_path / "evidence"
        )
        with open_centre(settings) as centre:
            migrate(centre.engine)
            ensure_days(centre)
            yield stores, centre


@pytest.mark.faults
def test_no_read_is_lost_while_postgres_is_killed(mortal, spool):
    stores, centre = mortal
    sink = CentreSink(centre, "vision", spool)
    sender = Sender(spool, sink.send, batch=7)
    sender.start()
    for n in range(60):
        sink(CAMERA, numbered(n, centre.now()))
        if n == 20:
            until(lambda: sender.sent >= 5)
            stores.postgres.process.kill()
            stores.postgres.process.wait()
        if n == 45:
            until(lambda: sender.error is not None)
            assert stores.restart_dead() == ["postgres"]
    until(lambda: spool.is_empty)
    sender.stop()
    assert sender.error is None
    plates = [s.read.plate for s in latest_sightings(centre, limit=1000)]
    assert sorted(plates) == [f"43A{n:05d}" for n in range(60)]


@pytest.mark.faults
def test_reads_wait_for_a_store_that_is_away_at_the_start(mortal, spool):
    stores, centre = mortal
    stores.postgres.process.kill()
    stores.postgres.process.wait()
    sink = CentreSink(centre, "vision", spool)
    sink(CAMERA, numbered(77777, centre.now()))
    items, _ = spool.batch(1)
    with pytest.raises(Unavailable):
        sink.send(items)
    assert not spool.is_empty
    assert stores.restart_dead() == ["postgres"]
    send_all(spool, sink.send)
    assert "43A77777" in [s.read.plate for s in latest_sightings(centre)]


def test_a_sender_stops_with_reads_waiting_and_the_next_goes_on(spool):
    sent: list[str] = []
    away = threading.Event()

    def send(items):
        if not away.is_set():
            raise Unavailable("nobody there")
        sent.extend(item["id"] for item in items)
        return [None] * len(items)

    first = Sender(spool, send)
    first.start()
    spool.append({"id": "1"})
    until(lambda: first.error is not None)
    first.stop()
    assert not spool.is_empty
    away.set()
    second = Sender(spool, send)
    second.start()
    until(lambda: spool.is_empty)
    second.stop()
    assert sent == ["1"]


@pytest.mark.parametrize("url", ["centre.example:8060", "ftp://centre.example"])
def test_an_address_that_is_no_http_is_refused(spool, url):
    with pytest.raises(InvalidInput, match="url"):
        HttpSink(url, "key", spool)


@pytest.mark.parametrize(
    "change",
    [{"id": None}, {"plate": "43A-123.45"}, {"seen_at": "2021-10-04T07:00:00"}, {"seen_at": 5},
     {"confidence": 2}, {"colour": "pink"}, {"characters": [1]}],
)  # fmt: skip
def test_a_line_nobody_can_read_is_named(change):
    line = {"id": "1", "camera": CAMERA, "plate": "43A12345", "confidence": 0.9,
            "seen_at": NOW.isoformat()}  # fmt: skip
    assert parse_item(line).plate == "43A12345"
    with pytest.raises(InvalidInput):
        parse_item(line | change)


def test_what_overlaps_is_left_out_and_what_is_stale_set_aside(centre, spool):
    worker = Worker("one", "run", "node", frozenset({CAMERA}))
    join(centre, worker)
    number = take_orders(centre, worker).owned[CAMERA]
    sink = CentreSink(centre, "vision", spool)
    for text, lease in (("43A12345", number), ("43A67890", 999), ("43A67890", number)):
        sink(CAMERA, seen(text), lease)
    send_all(spool, sink.send)
    sink(CAMERA, seen("43A12345"), number)
    send_all(spool, sink.send)
    assert sorted(s.read.plate for s in latest_sightings(centre)) == ["43A12345", "43A67890"]
    assert sink.overlapping == 1
    (line,) = next(spool._folder.parent.rglob("refused.jsonl")).read_text().splitlines()
    assert "never watched under this number" in line

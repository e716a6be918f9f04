"""The loop over cameras: each on its own, heartbeats for all, nothing lost when a sink fails."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest

from ioc.clock import utc_now
from ioc.errors import Unavailable
from tests.vision.rtsp_server import RtspServer, encode
from tests.vision.test_sinks import seen
from vision.addresses import open_source
from vision.capture import Capture
from vision.frames import EPOCH, Frame
from vision.passing import VehiclePass
from vision.sources import Source, shot_of
from vision.worker import Post, Watch, watch

GREY = np.full((90, 160, 3), 80, np.uint8)


def frames(count: int) -> list[Frame]:
    return [Frame(GREY, EPOCH + timedelta(seconds=i), i) for i in range(count)]


def test_every_pass_goes_to_the_sink_in_order():
    sent: list[VehiclePass] = []
    row = [seen(f"43A0000{n}") for n in range(5)]
    count = watch(frames(3), lambda f: row[f.index : 2 * f.index + 1], sent.append)
    assert count == 6
    assert [p.plate.text for p in sent] == [
        row[i].plate.text for i in (0, 1, 2, 2, 3, 4)
    ]  # fmt: skip
    assert watch([], lambda f: row, sent.append) == 0


class OnePassAFrame:
    """Tells one vehicle in every frame, and one at the end."""

    is_following = True

    def __init__(self, fails: Callable[[int], bool] = lambda n: False) -> None:
        self.count = 0
        self.fails = fails

    def __call__(self, frame: Frame) -> list[VehiclePass]:
        self.count += 1
        if self.fails(self.count):
            raise ValueError(f"a picture of a kind nobody thought of: {self.count}")
        return [seen(f"43A{self.count:05d}")]

    def unchanged(self, at: datetime) -> list[VehiclePass]:
        return []

    def finish(self) -> list[VehiclePass]:
        return [seen("43A99999")]


def flickering(count: int) -> Source:
    """A source of `count` pictures, each unlike the one before, 50 ms apart."""

    def shots() -> Iterator[object]:
        for i in range(count):
            time.sleep(0.05)
            yield shot_of(GREY + np.uint8(90 * (i % 2)) * (np.arange(160) < 80)[:, None], utc_now())

    return Source("flickering", shots, has_end=True)


def post(camera: str, source: Source, sink, recognise=None) -> Post:
    return Post(camera, Capture(source, utc_now, 20), recognise or OnePassAFrame(), sink)


def run(posts: list[Post]) -> tuple[int, dict[str, dict]]:
    beats: dict[str, dict] = {}
    total = Watch(posts, utc_now, lambda name, state: beats.update({name: dict(state)}), "w").run()
    return total, beats


def test_a_camera_that_fails_does_not_stop_the_others(caplog):
    good: list[VehiclePass] = []
    bad: list[VehiclePass] = []
    posts = [
        post("cam-001", flickering(12), bad.append, OnePassAFrame(lambda n: n % 2 == 0)),
        post("cam-002", flickering(12), good.append),
        post("cam-003", Source("dead", dead, has_end=True), good.append),
    ]
    total, _ = run(posts)
    assert posts[1].reads == len(good) - 1 >= 6
    assert posts[0].reads == len(bad)
    assert posts[0].failures >= 2
    assert total == sum(p.reads for p in posts)
    assert "cam-001: a round failed" in caplog.text
    assert "nobody thought of" in caplog.text


def dead() -> Iterator[object]:
    raise Unavailable("rtsp://127.0.0.1:9: refused")
    yield


def test_a_read_the_sink_cannot_take_is_offered_again(caplog):
    sent: list[str] = []
    calls = 0

    def sink(passed: VehiclePass) -> None:
        nonlocal calls
        calls += 1
        if 3 <= calls <= 6:
            raise Unavailable("the spool is full")
        sent.append(passed.plate.text)

    run([post("cam-001", flickering(20), sink)])
    told = [text for text in sent if text != "43A99999"]
    assert told == [f"43A{n + 1:05d}" for n in range(len(told))]
    assert calls > 6


@pytest.fixture
def server():
    images = [np.full((180, 320, 3), 90, np.uint8) for _ in range(20)]
    for i, image in enumerate(images):
        image[60:120, 15 * i : 15 * i + 40] = 230
    with RtspServer(encode(images, 20), 20) as running:
        yield running


def test_heartbeats_tell_live_from_lost_and_stop_ends_it(server):
    beats: dict[str, list[dict]] = {}
    posts = [
        post("cam-001", open_source(server.url, utc_now), lambda p: None),
        post("cam-002", open_source("rtsp://127.0.0.1:9/x", utc_now), lambda p: None),
    ]
    watching = Watch(
        posts, utc_now, lambda name, state: beats.setdefault(name, []).append(dict(state)), "v1"
    )
    thread = threading.Thread(target=watching.run)
    thread.start()
    end = time.monotonic() + 12
    while len(beats.get("service:v1", [])) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    watching.stop()
    thread.join(30)
    assert not thread.is_alive()
    live, lost = beats["camera:cam-001"][-1], beats["camera:cam-002"][-1]
    assert (live["state"], live["error"], live["worker"]) == ("live", None, "v1")
    assert utc_now() - datetime.fromisoformat(live["frame_at"]) < timedelta(seconds=5)
    assert live["fps"] == pytest.approx(20, abs=8)
    assert (lost["state"], lost["frame_at"]) == ("lost", None)
    assert "127.0.0.1:9" in lost["error"]
    assert beats["service:v1"][-1]["live"] == 1
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def until(condition: Callable[[], bool], patience_s: float = 10) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def test_cameras_come_and_go_while_it_runs_and_what_is_held_is_not_told():
    sent: list[VehiclePass] = []
    watching = Watch((), utc_now, lambda *_: None, "w", is_standing=True)
    thread = threading.Thread(target=watching.run)
    thread.start()
    ours, held = (
        post("cam-001", flickering(400), sent.append),
        post("cam-002", flickering(400), pytest.fail),
    )
    held.is_held = True
    held.recognise = HandsOver()
    for one in (ours, held):
        watching.admit(one)
    until(lambda: len(sent) > 3 and held.looks > 3)
    assert held.first_at > 0
    heard: list[VehiclePass] = []
    held.sink, held.is_held = heard.append, False
    until(lambda: bool(heard))
    assert watching.dismiss(held).wait(30)
    assert heard[-1].plate.text == "43A77777", "what left is told before it goes"
    assert watching.posts == (ours,)
    watching.stop()
    thread.join(30)
    assert sent[-1].plate.text == "43A99999"


class HandsOver(OnePassAFrame):
    """Tells nothing by itself but what was seen lately, and of one that left at the end."""

    def __call__(self, frame: Frame) -> list[VehiclePass]:
        return [seen("43A55555", at=utc_now())]

    def hand_over(self) -> list[VehiclePass]:
        return [seen("43A77777", at=utc_now())]


def test_what_is_held_is_let_go_once_the_other_has_told_it(clock):
    held = Post("cam-001", Capture(flickering(1), utc_now), OnePassAFrame(), pytest.fail)
    held.is_held = True
    held.pending.extend(
        [seen("43A00001", at=clock.at), seen("43A00002", at=clock.advance(seconds=8))]
    )
    held.deliver(clock)
    assert len(held.pending) == 2
    clock.advance(seconds=3)
    held.deliver(clock)
    assert [one.plate.text for one in held.pending] == ["43A00002"]


class Waiting:
    """A capture with a picture that is worth something."""

    def __init__(self, urgency: float) -> None:
        self.urgency = urgency


@pytest.mark.parametrize(
    ("urgencies", "ages_s", "first"),
    [
        ((2.0, 1.0), (0.2, 0.2), 0),
        ((2.0, 1.0), (0.2, 0.5), 1),
        ((2.0, 0.2), (0.3, 2.0), 0),
        ((2.0, 0.2), (0.3, 4.0), 1),
        ((0.0, 0.2), (9.0, 0.1), 1),
    ],
    ids=["a plate", "long unseen", "a plate before a glance", "even a glance", "no picture"],
)
def test_the_budget_goes_to_what_is_worth_most(urgencies, ages_s, first):
    posts = [Post("c", Waiting(urgency), OnePassAFrame(), print) for urgency in urgencies]
    for one, age_s in zip(posts, ages_s, strict=True):
        one.looked_at = 100 - age_s
    assert max(posts, key=lambda one: one.worth(100.0)) is posts[first]

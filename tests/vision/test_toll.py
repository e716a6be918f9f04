"""A real toll lane: each plate once, the caption never, and nothing else to speak of."""

import csv
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ioc import evidence
from ioc.alerts.model import Alert
from ioc.alerts.service import find_alerts
from ioc.cli import main
from ioc.clock import utc_now
from ioc.places import Camera, RoadClass
from ioc.vehicles.model import Permit, PermitClass, Reason
from ioc.vehicles.service import grant_permits, latest_sightings
from tests.vision.rtsp_server import RtspServer, units_of

PLATES = Path(os.environ.get("IOC_PLATES", "../shared/plates"))
CLIP = PLATES / "clips" / "toll.mp4"

pytestmark = [
    pytest.mark.plates,
    pytest.mark.skipif(not CLIP.exists(), reason="IOC_PLATES has no clips/toll.mp4"),
]


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    with CLIP.with_suffix(".csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_plate_of_the_clip_is_told_once(capsys, truth):
    assert main(["vision", "read", "--json", str(CLIP)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    texts = [record["text"] for record in told]
    expected = [row["plate"] for row in truth]
    assert [text for text in texts if text in expected] == expected
    assert len(texts) <= len(expected) + 1
    for row in truth:
        [record] = [r for r in told if r["text"] == row["plate"]]
        assert record["first_s"] < float(row["last_s"]) + 0.5
        assert record["last_s"] > float(row["first_s"]) - 0.5


@pytest.mark.faults
def test_the_clip_over_rtsp_raises_one_alert_with_its_picture(centre, service_env, truth):
    """The second vehicle has a yellow permit, and the camera stands on a main road."""
    plate = truth[1]["plate"]
    now = utc_now()
    span = (now - timedelta(days=1), now + timedelta(days=1))
    grant_permits(centre, "test", [Permit("p1", plate, PermitClass.YELLOW, *span)])
    [camera, *_] = [
        place.id
        for place in centre.city.places.values()
        if isinstance(place, Camera) and place.road_class is RoadClass.MAIN
    ]
    pictures, rate = units_of(CLIP)
    with RtspServer(pictures, rate) as server:
        words = ["vision", "watch", "--camera", camera, "--source", server.url]
        worker = subprocess.Popen([sys.executable, "-m", "ioc.cli", *words], env=service_env)
        try:
            alerts: list[Alert] = []
            end = time.monotonic() + 45
            while not alerts and worker.poll() is None and time.monotonic() < end:
                time.sleep(0.2)
                alerts = find_alerts(centre)
        finally:
            worker.terminate()
            worker.wait(15)
    [alert] = alerts
    assert (alert.plate, alert.reason) == (plate, Reason.YELLOW_ON_MAIN)
    [sighting] = [
        s for s in latest_sightings(centre, since=now - timedelta(hours=1)) if s.read.plate == plate
    ]
    picture = evidence.load(centre, sighting.read.plate_picture)
    assert picture.startswith(b"\xff\xd8")
    assert worker.returncode == 0

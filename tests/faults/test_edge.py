"""A box behind a bad line: cut off for an hour, killed twice, and nothing of it is lost."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.alerts.service import escalate
from ioc.centre import Centre, open_centre
from ioc.clock import utc_now
from ioc.embedded.process import free_port, wait_until
from ioc.roads import CityRoads
from ioc.settings import Settings
from ioc.vehicles.upkeep import ensure_days
from tests.faults.edge_box import Orders
from tests.faults.test_senders import Api

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

READS, CAMERA = 5_000, "cam-001"
HOUR = timedelta(hours=1)
ALERTS = text("SELECT late_s, level, raised_at, last_seen_at, unit_due_at FROM alerts")
SIGHTINGS = text("SELECT plate, seen_at, known_at FROM sightings ORDER BY seen_at")


@contextmanager
def box(orders: Orders) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "tests.faults.edge_box", json.dumps(asdict(orders))]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def said(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    return (line.strip() for line in process.stdout if line.endswith("\n"))


def killed_after(process: subprocess.Popen[str], reads: int) -> int:
    """Kill a box once it has said that so many reads are kept; return how many it said were."""
    kept = 0
    for line in said(process):
        kept = int(line) + 1
        if kept == reads:
            os.kill(process.pid, signal.SIGKILL)
    return kept


def test_a_box_cut_off_for_an_hour_and_killed_twice_delivers_all_once_and_in_order(
    settings: Settings, service_env: dict[str, str], tmp_path: Path, hue_roads: CityRoads
) -> None:
    start = utc_now() - HOUR
    with open_centre(settings, city=hue_roads.city) as centre:
        ensure_days(centre)
        key = create_key(centre, "box-7", [Right.READS])
        port = free_port()  # nobody answers there: the line is down
        orders = Orders(
            url=f"http://127.0.0.1:{port}",
            key=key,
            root=str(tmp_path),
            camera=CAMERA,
            start=start.isoformat(),
            span_s=HOUR.total_seconds(),
            reads=READS,
        )
        for reads in (1_500, 3_200):
            with box(orders) as process:
                assert killed_after(process, reads) >= reads
        with box(orders) as process:
            lines = said(process)
            assert "all kept" in lines
            api = Api(service_env, tmp_path / "api.log", port)
            try:
                assert "all sent" in next(lines)
            finally:
                api.kill()
        assert_delivered(centre)
        assert_late(centre)


def assert_delivered(centre: Centre) -> None:
    """All of them once, in the order and with the times of the road."""
    with centre.engine.connect() as conn:
        found = conn.execute(SIGHTINGS).all()
    plates = [row.plate for row in found]
    assert plates == [f"43A{n:05d}" for n in range(READS)]
    known = [row.known_at for row in found]
    assert known == sorted(known)
    assert found[-1].seen_at - found[0].seen_at == HOUR * (READS - 1) / READS


def assert_late(centre: Centre) -> None:
    """None of the alerts of an hour ago calls anybody; those of the last minutes do."""
    wait_until(lambda: escalate(centre) == 0, 5, 0.05)
    with centre.engine.connect() as conn:
        alerts = conn.execute(ALERTS).all()
        told = conn.execute(text("SELECT count(*) FROM notices WHERE topic = 'alert.late'"))
    assert len(alerts) >= READS
    too_late = centre.city.limits.too_late
    for alert in alerts:
        late = alert.raised_at - alert.last_seen_at
        assert (alert.late_s is not None) == (late > too_late)
        if alert.late_s is not None:
            assert abs(late.total_seconds() - alert.late_s) < 2
            assert (alert.level, alert.unit_due_at) == (0, None)
    assert sum(alert.late_s is not None for alert in alerts) > READS * 0.8
    assert told.scalar() == 0

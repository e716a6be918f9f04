"""Fleets under traffic, for tests that kill parts of them: cameras, and what passed them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import transact
from ioc.fleet.board import fleet_board
from ioc.fleet.model import Lease
from ioc.fleet.store import hands
from vision.scene.address import parse_scene_url

DAY_S = 86_400
ADDRESS = "scene:seed={seed}&per_minute={per_minute}&width=640&height=360&fps={fps}&direction=in"


@dataclass(frozen=True)
class Passed:
    """A vehicle that passed a camera, as its renderer knows it, in seconds since the epoch."""

    camera: str
    plate: str
    first_s: float
    last_s: float


class Roads:
    """Cameras before rendered traffic."""

    def __init__(self, count: int, per_minute: float = 20, fps: int = 5) -> None:
        self.addresses = {
            f"cam-{n:03}": ADDRESS.format(seed=n, per_minute=per_minute, fps=fps)
            for n in range(1, count + 1)
        }

    def file(self, folder: Path) -> Path:
        """Return a file of the cameras as the fleet is told of them."""
        path = folder / "cameras.toml"
        tables = (f'[[camera]]\nid = "{c}"\nsource = "{a}"\n' for c, a in self.addresses.items())
        path.write_text("\n".join(tables))
        return path

    def passed(self, begin: datetime, end: datetime) -> list[Passed]:
        """Return all vehicles that came and went between two times."""
        midnight = begin.timestamp() - begin.timestamp() % DAY_S
        span = (begin.timestamp() - midnight, end.timestamp() - midnight)
        return [
            Passed(camera, one.vehicle.face.text, midnight + one.first_s, midnight + one.last_s)
            for camera, address in self.addresses.items()
            for one in parse_scene_url(address).open().passes(*span)
            if span[0] <= one.first_s < one.last_s <= span[1]
        ]


def owners(centre: Centre) -> dict[str, str]:
    """Return the living worker of every camera that has one."""
    return {row.camera: row.worker for row in fleet_board(centre).cameras if row.is_alive}


def sightings(centre: Centre) -> list[tuple[str, str, float, datetime]]:
    """Return camera, plate, confidence and time of all that was read."""
    question = text("SELECT camera, plate, confidence, seen_at FROM sightings ORDER BY seen_at")
    rows = transact(centre.engine, lambda conn: conn.execute(question).all())
    return [(r.camera, r.plate, r.confidence, r.seen_at) for r in rows]


def read_twice(
    passed: Sequence[Passed], seen: Sequence[tuple[str, str, float, datetime]], sure: float
) -> list[Passed]:
    """Return the vehicles that were told for sure more than once in one pass."""
    counts: Counter[Passed] = Counter()
    for camera, plate, confidence, at in seen:
        if confidence >= sure:
            counts.update(p for p in passed if _is_of(p, camera, plate, at))
    return [one for one, n in counts.items() if n > 1]


def gaps(centre: Centre) -> Mapping[str, list[tuple[float, float]]]:
    """Return from when until when no worker had a camera, in seconds since the epoch."""
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    by_camera: dict[str, list[Lease]] = {}
    for lease in transact(centre.engine, lambda conn: hands(conn, begin)):
        by_camera.setdefault(lease.camera, []).append(lease)
    return {
        camera: [
            (before.until.timestamp(), after.since.timestamp())
            for before, after in pairwise(leases)
            if before.until is not None and before.until < after.since
        ]
        for camera, leases in by_camera.items()
    }


def _is_of(one: Passed, camera: str, plate: str, at: datetime) -> bool:
    same = (camera, plate) == (one.camera, one.plate)
    return same and one.first_s - 1 <= at.timestamp() <= one.last_s + 1

"""A whole installation whose every part can be hurt: stores, services, cameras, senders, lines.

The stores are our own engines with every promise about the disk kept. `ioc up` runs the services
and reaches the stores over lines of ours; the senders reach the API over another. This process
plays what an operator's machine has: the keeper of the stores, and of `ioc up` itself.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.city import load_city
from ioc.clock import utc_now
from ioc.db import migrate, open_engine
from ioc.embedded.postgres import SERVICE_ROLES
from ioc.embedded.process import end, free_port, spawn
from ioc.embedded.stores import Stores, open_stores
from ioc.errors import IocError, Unavailable
from ioc.live import Live
from ioc.settings import load_settings
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days
from tests.faults.suite.answered import SOURCE, Answer, ask
from tests.faults.suite.camera import Cameras
from tests.faults.suite.disks import Disk, Grounds
from tests.faults.suite.line import Line, Lines
from tests.installation import answers

CAMERAS = ("cam-001", "cam-002")
WORKERS = 2
READY_S = 60.0
STEP_S = 0.05


@dataclass
class Plant:
    """The running installation; made by `running_plant`."""

    folder: Path
    grounds: Grounds
    stores: Stores
    centre: Centre
    lines: Lines
    to_postgres: Line
    to_valkey: Line
    to_api: Line
    cameras: Cameras
    disks: Mapping[str, Disk]
    env: dict[str, str]
    ports: tuple[int, int]
    clock_file: Path
    up: subprocess.Popen[bytes] | None = None
    is_stopped: set[str] = field(default_factory=set)
    attempts: list[Answer] = field(default_factory=list)
    _read_to: int = 0
    _store_tried: float = 0.0

    def service(self, name: str) -> int:
        """Return the process of a service, of a store, or of `ioc up` itself."""
        if name in ("postgres", "valkey"):
            server = getattr(self.stores, name)
            return server.process.pid if server.process else 0
        if name == "up":
            return self.up.pid if self.up else 0
        runtime = json.loads((self.folder / "up" / "runtime.json").read_text())
        return int(runtime["services"][name]["pid"])

    def tend(self) -> None:
        """Start again what has died, but what a fault holds down; note what was answered."""
        if (
            not {"postgres", "valkey"} & self.is_stopped
            and time.monotonic() - self._store_tried > 0.5
        ):
            try:
                self.stores.restart_dead()
            except IocError:
                self._store_tried = time.monotonic()
        if "up" not in self.is_stopped and (self.up is None or self.up.poll() is not None):
            self.start_up()
        self.listen()

    def start_up(self) -> None:
        """Start `ioc up`, as the machine's own keeper of services does."""
        pages, api = self.ports
        words = ("up", "--port", str(pages), "--api-port", str(api))
        cameras = ("--cameras", self.folder / "cameras.toml", "--workers", str(WORKERS))
        command = [sys.executable, "-m", "ioc.cli", *words, *cameras]
        self.up = spawn(command, self.folder / "up.log", env=self.env)

    def watch(self, seconds: float) -> None:
        """Let time pass, tending."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.tend()
            time.sleep(STEP_S)

    def listen(self) -> None:
        """Take in what the senders wrote down since the last time."""
        file = self.folder / "answers.jsonl"
        if not file.exists():
            return
        with file.open("rb") as lines:
            lines.seek(self._read_to)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._read_to += len(line)
                self.attempts.append(Answer(**json.loads(line)))

    def writes_since(self, began: float) -> float | None:
        """Return when both a read and a scan sent after an instant were answered; None: not yet."""
        found = {}
        for attempt in reversed(self.attempts):
            if attempt.at < began:
                break
            if attempt.answers is not None and attempt.began >= began:
                found[attempt.kind] = attempt.at
        return max(found.values()) if len(found) == 2 else None

    def is_whole(self, since: datetime) -> bool:
        """Tell whether all is at work: API, pages, one leading timekeeper, pictures since then."""
        pages, api = self.ports
        return (
            answers(f"http://127.0.0.1:{api}/readyz")
            and answers(f"http://127.0.0.1:{pages}/readyz")
            and self.leaders() == 1
            and self.owned() == len(CAMERAS)
            and self.have_pictures(since)
        )

    def have_pictures(self, since: datetime, names: Sequence[str] = CAMERAS) -> bool:
        """Tell whether cameras are live with a picture taken after an instant."""
        beats = self.centre.live.beats("camera")
        return all(
            name in beats
            and beats[name]["state"] == "live"
            and datetime.fromisoformat(beats[name]["frame_at"]) > since
            for name in names
        )

    def owned(self) -> int:
        """Return how many cameras are in a worker's hands."""
        with suppress(IocError):
            return int(ask(self.centre, OWNED)[0][0])
        return 0

    def leaders(self) -> int:
        """Return how many hold the lock of the clockwork."""
        with suppress(IocError):
            return int(ask(self.centre, LEADERS)[0][0])
        return 0


@contextmanager
def running_plant(folder: Path, grounds: Grounds) -> Iterator[Plant]:
    """Start a plant in `folder`, with senders at work; end all of it.

    Raises:
        Unavailable: it does not get ready.
    """
    with ExitStack() as stack:
        disks = {
            "postgres": grounds.disk(folder / "state" / "postgres", 700, stack),
            "evidence": grounds.disk(folder / "evidence", 64, stack),
            "spool": grounds.disk(folder / "up", 96, stack),
        }
        stores = stack.enter_context(open_stores(folder / "state", {}))
        lines = Lines()
        stack.callback(lines.close)
        cameras = Cameras()
        stack.callback(cameras.close)
        plant = _plan(folder, grounds, stores, lines, cameras, disks)
        migrate(plant.centre.engine)
        stack.callback(plant.centre.engine.dispose)
        ensure_days(plant.centre)
        ensure_scan_days(plant.centre)
        stack.callback(lambda: plant.up and end(plant.up, signal.SIGTERM, 20))
        plant.start_up()
        _await_ready(plant)
        stack.enter_context(_sending(plant))
        yield plant


def _plan(
    folder: Path, grounds: Grounds, stores: Stores, lines: Lines, cameras: Cameras,
    disks: Mapping[str, Disk],
) -> Plant:  # fmt: skip
    to_postgres, to_valkey = lines.lay(stores.postgres.port), lines.lay(stores.valkey.port)
    ports = (free_port(), free_port())
    clock_file = folder / "clock"

    def over_line(role: str) -> str:
        return stores.database_url(role).replace(
            f":{stores.postgres.port}/", f":{to_postgres.port}/"
        )

    own = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
    env = {
        **own,
        "IOC_STATE": str(folder / "up"),
        "IOC_EVIDENCE": str(folder / "evidence"),
        "IOC_DATABASE_URL": over_line("ioc"),
        **{
            f"IOC_DATABASE_URL_{role.removeprefix('ioc_').upper()}": over_line(role)
            for role in SERVICE_ROLES
        },
        "IOC_REDIS_URL": stores.redis_url.replace(f":{stores.valkey.port}/", f":{to_valkey.port}/"),
        "IOC_SECRET": "a-secret-of-the-fault-suite-0123456789",
        **grounds.moved_clock(clock_file),
    }
    straight = {
        "IOC_DATABASE_URL": stores.database_url(),
        "IOC_REDIS_URL": stores.redis_url,
        "IOC_STATE": str(folder / "up"),
    }
    settings = load_settings({**env, **straight})
    centre = Centre(
        settings, load_city(settings.city_dir), open_engine(settings.database_url),
        Live(settings.redis_url), utc_now,
    )  # fmt: skip
    entries = (
        f'[[camera]]\nid = "{name}"\nsource = "{cameras.address(name)}"\n' for name in CAMERAS
    )
    (folder / "cameras.toml").write_text("".join(entries))
    to_api = lines.lay(ports[1])
    return Plant(
        folder, grounds, stores, centre, lines, to_postgres, to_valkey, to_api, cameras, disks,
        env, ports, clock_file,
    )  # fmt: skip


def _await_ready(plant: Plant) -> None:
    limit, since = time.monotonic() + READY_S, plant.centre.now()
    while not plant.is_whole(since):
        plant.tend()
        if time.monotonic() > limit:
            log = (plant.folder / "up.log").read_text()[-2000:]
            raise Unavailable(f"the plant is not ready: {log}")
        time.sleep(STEP_S)


@contextmanager
def _sending(plant: Plant) -> Iterator[None]:
    key = create_key(plant.centre, SOURCE, list(Right))
    command = [sys.executable, "-m", "tests.faults.suite.senders"]
    url = f"http://127.0.0.1:{plant.to_api.port}"
    with subprocess.Popen(
        [*command, url, str(plant.folder)],
        stdin=subprocess.PIPE,
        env={**os.environ, "IOC_API_KEY": key},
    ) as senders:
        try:
            yield
        finally:
            senders.stdin.close()


OWNED = "SELECT count(*) FROM fleet_leases WHERE until IS NULL"
LEADERS = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND ((classid::bigint << 32) | objid::bigint) = x'10C0010'::bigint
"""

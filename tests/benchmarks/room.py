"""A room of walls and desks: the stores, the server of the pages, who looks, and what happens.

Shared by bench_screens and the soak.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ioc.access.model import Page, Role, User
from ioc.access.service import sign_in
from ioc.access.store import add_user
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import migrate, transact
from ioc.displays.service import add_display
from ioc.embedded.process import free_port, wait_until
from ioc.embedded.stores import Stores
from ioc.permits.model import PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.recording import record_read
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.upkeep import ensure_scan_days
from tests.accounts import _hashed
from tests.dashboards.makers import a_permit, a_read
from tests.installation import answers

PASSWORD = "a long word of the benchmark"
READY_S = 60
SCREENS = ("main", "lobby", "traffic")
# Who sits at the desks, and whether people of this kind have districts of their own.
DESKS = (
    (Role.POLICE, Page.POLICE, True),
    (Role.OPERATOR, Page.POLICE, False),
    (Role.POLICE, Page.POLICE, True),
    (Role.SHIFT_LEAD, Page.SHIFT, False),
    (Role.POLICE, Page.POLICE, False),
    (Role.TRANSPORT, Page.TRANSPORT, False),
    (Role.HEALTH, Page.ENTRIES, True),
    (Role.LEADER, Page.BRIEFING, False),
    (Role.POLICE, Page.POLICE, True),
    (Role.REVIEWER, Page.REVIEW, False),
)
CAMERAS = ("cam-001", "cam-007", "cam-010", "cam-016", "cam-066", "cam-117")
STOP_EVERY = 40
YELLOW = [f"75C{20000 + 13 * n}" for n in range(400)]
GREEN = [f"43A{10000 + 17 * n}" for n in range(800)]


@dataclass(frozen=True)
class Sent:
    """One read: when it was begun (monotonic, and of the day), and the count that holds it."""

    at: float
    clock: float
    count: int


@dataclass(frozen=True)
class Place:
    """One seat of the room: its page, the cookie that opens it, whose it is."""

    name: str
    path: str
    cookie: str
    user: User | None = None

    def plan(self) -> dict[str, str]:
        """Return what a client of the socket is told of it."""
        return {"name": self.name, "path": self.path, "cookie": self.cookie}


class Server:
    """`ioc dashboards serve` in a process of its own; it may be killed, and comes back."""

    def __init__(self, stores: Stores, log: Path) -> None:
        self._env = {**os.environ, **stores.demo_environment("ioc_dashboards")}
        self._log, self.port = log, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, without waiting."""
        words = [sys.executable, "-m", "ioc.cli", "dashboards", "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(words, env=self._env, stdout=log, stderr=log)

    def wait(self) -> None:
        """Return once it answers."""
        assert wait_until(lambda: answers(f"{self.url}/healthz"), READY_S, 0.1), "no server"

    def kill(self) -> None:
        """End it by force."""
        self.process.kill()
        self.process.wait()


@contextmanager
def served(stores: Stores, log: Path) -> Iterator[Server]:
    """Serve the pages until the block ends."""
    server = Server(stores, log)
    try:
        server.wait()
        yield server
    finally:
        server.kill()


def prepare(centre: Centre) -> None:
    """Make the schema, the days, and the permits of the vehicles that will pass."""
    migrate(centre.engine)
    ensure_days(centre)
    ensure_scan_days(centre)
    now = centre.now()
    kinds: Mapping[PermitClass, list[str]] = {PermitClass.YELLOW: YELLOW, PermitClass.GREEN: GREEN}
    for kind, plates in kinds.items():
        grant_permits(centre, "bench", [a_permit(plate, kind, now) for plate in plates])


def walls(centre: Centre, count: int) -> list[Place]:
    """Return the walls, displays of every screen in turn."""
    return [
        Place(
            f"wall-{n}",
            f"/wall/{(screen := SCREENS[n % len(SCREENS)])}",
            f"ioc_screen={add_display(centre, f'wall-{n}', screen)}",
        )
        for n in range(count)
    ]


def desks(centre: Centre, count: int) -> list[Place]:
    """Return the desks: people of every role, many with a district of their own, signed in."""
    today = local_day(centre.now(), centre.city.zone)
    units = [unit for unit in centre.city.units.values() if unit.is_in_force(today)]
    districts = sorted({unit.district_code for unit in units if unit.district_code})
    found = []
    for n in range(count):
        role, page, is_local = DESKS[n % len(DESKS)]
        scope = districts[n % len(districts)] if is_local and districts else None
        user = User(f"desk-{n}", role, f"Desk {n}", scope)
        hashed, now = _hashed(PASSWORD), centre.now()
        transact(centre.engine, lambda conn, u=user, h=hashed, t=now: add_user(conn, u, h, t))
        session = sign_in(centre, user.name, PASSWORD, f"bench-{n}")
        cookie = f"ioc_session={session.token}"
        found.append(Place(user.name, f"/{page.value}", cookie, user))
    return found


class Traffic:
    """Reads that come in at an even rate; one in forty stops a vehicle."""

    def __init__(self, centre: Centre, rate: float) -> None:
        self._centre, self._step, self.sent = centre, 1 / rate, 0
        self._pick = random.Random(7)
        self.log: list[Sent] = []

    def send(self) -> None:
        """Send one read and note it."""
        self.sent += 1
        is_stop = self.sent % STOP_EVERY == 0
        plate = self._pick.choice(YELLOW if is_stop else GREEN)
        # A yellow permit is stopped on main roads alone.
        camera = "cam-117" if is_stop else self._pick.choice(CAMERAS)
        at, clock = time.monotonic(), time.time()
        read = a_read(f"b-{self.sent}", plate, self._centre.now(), camera)
        record_read(self._centre, "bench", read)
        self.log.append(Sent(at, clock, self.sent))

    def run(self, seconds: float) -> None:
        """Send for so long; what cannot be sent in time is sent as soon as it can be."""
        begun = time.monotonic()
        for n in range(round(seconds / self._step)):
            time.sleep(max(0.0, begun + n * self._step - time.monotonic()))
            self.send()

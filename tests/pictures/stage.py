"""The pages of a made-up city over a real port: own stores, real core, one account a role."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import uvicorn

from dashboards.app import create_app
from ioc.access.model import Role
from ioc.centre import Centre, open_centre
from ioc.db import migrate, open_engine
from ioc.embedded.stores import open_stores
from ioc.settings import Settings
from tests.accounts import an_account
from tests.pictures.city import fill

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
PASSWORD = "a long word of the pictures"
ACCOUNTS = tuple(Role)


@dataclass
class Stage:
    """Where the pages answer, and the clock of their centre: it runs, and can be set."""

    url: str = ""
    centre: Centre | None = None
    _ahead: timedelta = timedelta()
    _begun: float = field(default_factory=monotonic)

    def __call__(self) -> datetime:
        return NOON + self._ahead + timedelta(seconds=monotonic() - self._begun)

    def set(self, at: datetime) -> None:
        """Let it be `at` now, and go on from there."""
        self._ahead, self._begun = at - NOON, monotonic()


@contextmanager
def stage() -> Iterator[Stage]:
    """Yield the stage of a city in the afternoon of 4 October 2021; nothing is left of it."""
    clock = Stage()
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="ioc-pictures-", dir=memory if memory.is_dir() else None))
    env = {name: os.environ[name] for name in ("PATH", "IOC_PG_BIN") if name in os.environ}
    try:
        with open_stores(folder, env, settings={"fsync": "off"}) as stores:
            settings = Settings(
                city="hue",
                config_dir=ROOT / "config",
                state_dir=folder,
                evidence_dir=folder / "evidence",
                database_url=stores.database_url(),
                redis_url=stores.redis_url,
                secret="a-secret-of-the-pictures-0123456789abcdef",
                is_demo=True,
            )
            engine = open_engine(settings.database_url)
            migrate(engine)
            engine.dispose()
            with open_centre(settings, now=clock) as centre:
                for role in ACCOUNTS:
                    an_account(centre, role.value, PASSWORD, role)
                fill(centre, clock.set, NOON)
                clock.centre = centre
                with served(create_app(centre)) as clock.url:
                    yield clock
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Yield the address of `app`, which tells nobody the true time: the stage has its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, access_log=False, date_header=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()

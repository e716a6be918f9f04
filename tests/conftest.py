"""What every test stands on: real stores of our own, one server a test process.

`stores` runs PostgreSQL and Valkey for the test process (one pair a worker under pytest-xdist);
`centre` is opened on a database cloned from a migrated template, with a clock that stands still
until a test moves it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import certifi
import psycopg2
import pytest
import redis
from psycopg2.sql import SQL, Identifier
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ioc.centre import Centre, open_centre
from ioc.city import load_city
from ioc.db import migrate, open_engine
from ioc.embedded.state import State, holder_of
from ioc.embedded.stores import Stores, open_stores
from ioc.roads import CityRoads
from ioc.settings import Settings
from ioc.vehicles.service import make_days
from ioc.venues.service import make_days as make_scan_days

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
TEMPLATE = "template_ioc"
# Nothing of the caller's installation reaches a test: neither his stores nor his secrets.
KEPT = {"IOC_PG_BIN", "IOC_PLATES"}
NUMBERS = count(1)
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2_000_000_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-unsafe-swiftshader",
]

READERS = """
[joining]
together_s = 4
[belief]
at_half = 0.4
at_top = 0.93
unsaid = 0.7
weight = 30
[broker]
host = "127.0.0.1"
port = 1883
tls = false
[[camera]]
id = "cam-001"
maker = "hikvision"
[[camera]]
id = "cam-002"
maker = "dahua"
zone = "Asia/Ho_Chi_Minh"
[[camera]]
id = "cam-003"
maker = "onvif"
topic = "gates/cam-003"
[[camera]]
id = "cam-117"
maker = "hikvision"
from = ["10.1.0.0/16"]
"""

for name in [name for name in os.environ if name.startswith("IOC_") and name not in KEPT]:
    del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: one at the end would leave the other workers idle.

    One that waits for processes and one that keeps a core at work in turn, not all of a kind at
    the same time.
    """
    waiting, working = {"faults"}, {"browser", "plates"}
    turns: list[dict[str, int]] = [{}, {}]
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        for kind, of_kind in enumerate((waiting, working)):
            if marks & of_kind:
                turns[kind].setdefault(_file_of(item), 2 * len(turns[kind]) + kind)
    turn = {**turns[1], **turns[0]}
    items.sort(key=lambda item: turn.get(_file_of(item), len(items)))


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash passwords by the same function at its least cost: 0.2 s of a core is its purpose.

    That the product takes them is told by test_a_password_is_kept_at_its_full_cost; processes of
    their own do.
    """
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PasswordHash, "recommended", lambda: quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let every client of HTTP trust one authority of the world, not 140: it reads them each time.

    A thousand clients of the suite speak to 127.0.0.1 without TLS; 30 ms of a core each.
    """
    end = "-----END CERTIFICATE-----\n"
    every = Path(certifi.where()).read_text(encoding="ascii", errors="ignore")
    one = tmp_path_factory.mktemp("trust") / "one.pem"
    one.write_text(every.partition(end)[0] + end, encoding="ascii")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(certifi, "where", lambda: str(one))
        yield


@dataclass
class Clock:
    """The time of a test; it stands still until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> datetime:
        """Move on by a timedelta of `parts` (seconds=…, minutes=…) and return the new time."""
        self.at += timedelta(**parts)
        return self.at


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """PostgreSQL and Valkey of this test process, with a migrated template database."""
    env = {name: os.environ[name] for name in ("PATH", "IOC_PG_BIN") if name in os.environ}
    # Hundreds of databases come and go: in memory where there is room, and no test cuts the power.
    # Vacuum has nothing to do there, and no owner may drop a database in which it works.
    quick = {
        "fsync": "off",
        "full_page_writes": "off",
        "max_wal_size": "256MB",
        "autovacuum": "off",
    }
    folder = _folder_in_memory() or tmp_path_factory.mktemp("stores")
    with removed_at_end(folder), open_stores(folder, env, settings=quick) as running:
        _admin(running, SQL("CREATE DATABASE {}").format(Identifier(TEMPLATE)))
        engine = open_engine(running.database_url(database=TEMPLATE))
        migrate(engine)
        engine.dispose()
        prepared = _settings(running, TEMPLATE, folder)
        with open_centre(prepared, now=lambda: NOW) as template:
            # Three days of sixty: the others are made when a test needs them, as a centre does.
            days = [NOW.date() + timedelta(days=n) for n in (-1, 0, 1)]
            make_days(template, days)
            make_scan_days(template, days)
        yield running


def _settings(stores: Stores, database: str, state: Path) -> Settings:
    return Settings(
        city="hue",
        config_dir=ROOT / "config",
        state_dir=state,
        evidence_dir=state / "evidence",
        database_url=stores.database_url(database=database),
        redis_url=stores.redis_url,
        secret="a-secret-of-the-tests-0123456789abcdef",
        is_demo=True,
    )


@pytest.fixture
def database(stores: Stores) -> Iterator[str]:
    """The name of a database of this test's own, migrated and empty."""
    name = f"test_{next(NUMBERS)}"
    # Copied as files: the other way would write seven hundred files into the log first.
    make = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    _admin(stores, make.format(Identifier(name), Identifier(TEMPLATE)))
    yield name
    _drop(stores, name)


@pytest.fixture
def database_url(stores: Stores, database: str) -> str:
    """The address of this test's database, for its owner."""
    return stores.database_url(database=database)


@pytest.fixture
def redis_url(stores: Stores) -> str:
    """The address of the live memory, emptied."""
    with redis.Redis.from_url(stores.redis_url) as client:
        client.flushall()
    return stores.redis_url


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state folder of this test's own."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def settings(stores: Stores, database: str, redis_url: str, state_dir: Path) -> Settings:
    """The settings of a demo city on this test's stores."""
    return _settings(stores, database, state_dir)


@pytest.fixture
def clock() -> Clock:
    """The clock of `centre`: `clock.at` may be set, `clock.advance(minutes=5)` moves it."""
    return Clock()


@pytest.fixture(scope="session")
def hue_roads() -> CityRoads:
    """The road graphs of Huế, and with them the city: read once, for they never change."""
    return CityRoads(load_city(ROOT / "config" / "hue"))


@pytest.fixture
def centre(settings: Settings, clock: Clock, hue_roads: CityRoads) -> Iterator[Centre]:
    """The centre of Huế on stores of its own, at 2021-10-04 07:32:08 UTC."""
    with open_centre(settings, now=clock, city=hue_roads.city) as opened:
        vars(opened)["roads"] = hue_roads  # where the property would keep what it lays
        yield opened


@pytest.fixture(scope="session")
def config_read_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of config/ whose cameras read themselves, as READERS says."""
    folder = tmp_path_factory.mktemp("config") / "config"
    shutil.copytree(ROOT / "config", folder)
    (folder / "hue" / "readers.toml").write_text(READERS, encoding="utf-8")
    return folder


@pytest.fixture
def read_twice(centre: Centre, config_read_twice: Path) -> Centre:
    """The centre, with cameras of every maker."""
    return replace(centre, settings=replace(centre.settings, config_dir=config_read_twice))


@pytest.fixture
def under(centre: Centre, stores, database: str) -> Iterator[Callable[[str], Centre]]:
    """The centre as the service of a name opens it."""
    engines = []

    def open_under(service: str) -> Centre:
        engine = open_engine(stores.database_url(f"ioc_{service}", database))
        engines.append(engine)
        return replace(centre, engine=engine)

    yield open_under
    for engine in engines:
        engine.dispose()


@pytest.fixture
def service_env(settings: Settings) -> dict[str, str]:
    """The environment that gives a child process the settings of this test."""
    return {
        **os.environ,
        "IOC_CITY": settings.city,
        "IOC_CONFIG": str(settings.config_dir),
        "IOC_STATE": str(settings.state_dir),
        "IOC_EVIDENCE": str(settings.evidence_dir),
        "IOC_DATABASE_URL": settings.database_url,
        "IOC_REDIS_URL": settings.redis_url,
        "IOC_SECRET": settings.secret,
        "IOC_DEMO": "1",
    }


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser: $CHROMIUM, the system's, Debian's package, Playwright's download."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not Path(named).exists():
            pytest.fail(f"CHROMIUM={named}: there is no such file")
        return named
    found = system_browser() or _debian_browser() or _playwright_browser()
    if found is None:
        pytest.fail(
            "no browser: install chromium (apt-get install chromium, or playwright install"
            " chromium) or set CHROMIUM to its path; without one, -m 'not browser' runs the rest"
        )
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    """One running browser a test process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    """A fresh page, 1600 x 900, Vietnamese, with no cookie of another test."""
    context = browser.new_context(viewport={"width": 1600, "height": 900}, locale="vi-VN")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()


def _folder_in_memory() -> Path | None:
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return None
    for left in MEMORY.glob("ioc-tests-*"):
        if time.time() - left.stat().st_mtime > 60 and holder_of(State(left)) is None:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix="ioc-tests-", dir=MEMORY))


@contextmanager
def removed_at_end(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drop(stores: Stores, name: str) -> None:
    drop = SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name))
    for _ in range(100):
        try:
            return _admin(stores, drop)
        except psycopg2.errors.InsufficientPrivilege:
            # Somebody is just connecting and has no role yet: nobody may end that.
            time.sleep(0.05)
    return _admin(stores, drop)


def _admin(stores: Stores, statement) -> None:
    url = stores.database_url(database="postgres").replace("+psycopg2", "")
    conn = psycopg2.connect(url)
    conn.autocommit = True
    with conn.cursor() as cursor:
        cursor.execute(statement)
    conn.close()


def system_browser() -> str | None:
    return next((at for at in map(shutil.which, BROWSERS) if at), None)


def _debian_browser() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        if subprocess.run(["apt-get", *step], env=env, check=False).returncode:
            return None
    return system_browser()


def _playwright_browser() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        at = Path(playwright.chromium.executable_path)
        if not at.exists():
            subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        return str(at) if at.exists() else None

"""The store is destroyed under load and made anew from its archive: equal, nothing lost."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc import audit
from ioc.archiving import age_archive, bases, first_segment, keep_archive, log_of
from ioc.backups import backups
from ioc.centre import Centre, open_centre
from ioc.clock import utc_now
from ioc.contents import Held, contents, differences
from ioc.db import migrate, transact
from ioc.embedded.process import wait_until
from ioc.embedded.replica import ROLE, followers, let_follow, running_postgres, wait_for
from ioc.embedded.stores import Stores, open_stores
from ioc.errors import IocError, NotFound
from ioc.evidence import keep, load
from ioc.intake import IntakeStatus
from ioc.log_receiver import NAME
from ioc.restoring import restore
from ioc.rewinding import rewind
from ioc.settings import load_settings
from ioc.subjects.model import About, RequestKind, Subject
from ioc.subjects.service import erase, receive
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_reads
from ioc.vehicles.upkeep import ensure_days
from ioc.venues.model import Scan, Sender, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.upkeep import ensure_scan_days

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

CODE = "046085000001|191000001|Nguyễn Văn An|07031985|Nam|1 Lê Lợi, Huế|14092021"
MINE = "75C20302"


@contextmanager
def opened(stores: Stores, folder: Path, city) -> Iterator[Centre]:
    env = {
        **stores.demo_environment(),
        "IOC_STATE": str(folder / "own"),
        "IOC_BACKUPS": str(folder / "backups"),
        "IOC_EVIDENCE": str(folder / "evidence"),
        "IOC_SECRET": "a-secret-of-the-tests-0123456789abcdef",
    }
    with open_centre(load_settings(env), city=city) as centre:
        migrate(centre.engine)
        ensure_days(centre)
        ensure_scan_days(centre)
        yield centre


@contextmanager
def archived(centre: Centre, stores: Stores) -> Iterator[None]:
    """Keep the archive, and let every commit wait for it."""
    engine = running_postgres(stores.state.path)
    let_follow(engine, NAME)
    stop = threading.Event()
    keeper = threading.Thread(target=keep_archive, args=(centre, engine.url(ROLE), stop))
    keeper.start()
    try:
        assert wait_until(lambda: bases(centre.settings.backup_dir) != [], 30)
        wait_for(stores.state.path, [NAME])
        assert wait_until(lambda: is_waited_for(stores), 30)
        yield
    finally:
        stop.set()
        keeper.join()


def is_waited_for(stores: Stores) -> bool:
    with suppress(IocError):
        return [one.is_waited_for for one in followers(stores.state.path)] == [True]
    return False


class Load:
    """Reads with pictures, and scans, until stopped; what was acknowledged."""

    def __init__(self, centre: Centre, name: str) -> None:
        self.centre, self.name, self.stop = centre, name, threading.Event()
        self.reads: list[str] = []
        self.scans = 0
        self.pictures: list[str] = []
        self.threads = [threading.Thread(target=work) for work in (self._read, self._scan)]

    def _read(self) -> None:
        for n in range(1_000_000):
            if self.stop.is_set():
                return
            with suppress(IocError):
                at = datetime.now(UTC)
                picture = keep(self.centre, b"\xff\xd8\xff" + f"{self.name}{n}".encode(), "frame", "cam-117", at)  # fmt: skip  # noqa: E501
                read = PlateRead(
                    f"{self.name}{n}", "cam-117", f"75A{n % 99:05}", 0.99, at, Heading.IN,
                    frame_picture=picture,
                )  # fmt: skip
                if record_reads(self.centre, "box", [read])[0].receipt.status is KEPT:
                    self.reads.append(read.id)
                    self.pictures.append(picture)

    def _scan(self) -> None:
        desk = ScanDesk(self.centre)
        for n in range(1_000_000):
            if self.stop.is_set():
                return
            with suppress(IocError):
                scan = Scan(f"{self.name}{n}", "dong-ba-01", CODE, Way.IN, datetime.now(UTC))
                told = desk.record_parties([(Sender("gate"), [scan])])[0][0]
                self.scans += told.status is KEPT

    @contextmanager
    def at_work(self) -> Iterator["Load"]:
        for thread in self.threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join()


@dataclass
class Destroyed:
    """What a store held before it was destroyed: contents, and what senders were told."""

    folder: Path
    then: datetime
    held_then: dict[str, Held]
    held: dict[str, Held]
    reads: list[str]
    scans: int
    pictures: list[str]


@pytest.fixture(scope="module")
def destroyed(tmp_path_factory: pytest.TempPathFactory, hue_roads) -> Destroyed:
    """A store killed under load, and its disk and its pictures gone; the archive is left."""
    folder, city = tmp_path_factory.mktemp("archive"), hue_roads.city
    with (
        open_stores(folder / "first", {}) as stores,
        opened(stores, folder, city) as centre,
        archived(centre, stores),
    ):
        with Load(centre, "a").at_work() as early:
            assert wait_until(lambda: len(early.reads) > 30 and early.scans > 30, 30)
        mine = PlateRead("mine", "cam-117", MINE, 0.99, utc_now(), Heading.IN)
        record_reads(centre, "box", [mine])
        then, held_then = utc_now(), contents(centre)
        with Load(centre, "b").at_work() as late:
            assert wait_until(lambda: len(late.reads) > 30 and late.scans > 30, 30)
            stores.postgres.process.kill()
            stores.postgres.process.wait()
            assert stores.restart_dead() == ["postgres"]
            assert wait_until(lambda: is_waited_for(stores), 30), "the archive follows again"
            many = len(late.reads)
            assert wait_until(lambda: len(late.reads) > many + 10, 30)
        held, pictures = contents(centre), early.pictures + late.pictures
        saved = centre.settings.backup_dir / "pictures"
        assert wait_until(lambda: len(list(saved.glob("??/??/*.jpg"))) >= len(pictures), 30)
        stores.postgres.process.kill()
        stores.postgres.process.wait()
    shutil.rmtree(folder / "first")
    shutil.rmtree(folder / "evidence")
    return Destroyed(
        folder, then, held_then, held, early.reads + late.reads, early.scans + late.scans, pictures
    )


@pytest.fixture(scope="module")
def anew(destroyed: Destroyed, hue_roads) -> Iterator[Centre]:
    """A centre on an empty store in place of the one that is gone."""
    with (
        open_stores(destroyed.folder / "second", {}) as stores,
        opened(stores, destroyed.folder, hue_roads.city) as centre,
    ):
        yield centre


def ask(centre: Centre, question: str) -> list:
    return transact(centre.engine, lambda conn: list(conn.execute(text(question)).scalars()))


def test_it_is_made_anew_with_all_that_was_acknowledged(destroyed: Destroyed, anew) -> None:
    latest = rewind(anew, None)
    assert restore(anew, latest.folder.name, "shell:root").differences == []
    assert differences(destroyed.held, contents(anew)) == []
    kept = ask(anew, "SELECT read_id FROM sightings")
    assert set(destroyed.reads) <= set(kept)
    assert len(kept) == len(set(kept))
    assert ask(anew, "SELECT count(*) FROM scans")[0] >= destroyed.scans
    assert all(load(anew, name) for name in destroyed.pictures)
    audit.seal(anew)
    audit.verify(anew)
    assert not list(anew.settings.backup_dir.glob(".*")), "nothing is left of the making"


def test_back_at_an_instant_it_is_as_it_was_but_for_what_was_to_be_forgotten(
    destroyed: Destroyed, anew
) -> None:
    restore(anew, rewind(anew, None).folder.name, "shell:root")
    asked = receive(anew, RequestKind.ERASURE, Subject(About.PLATE, MINE), "CCCD seen", "minh")
    assert erase(anew, asked.no, "minh").erased == {"sightings": 1}
    earlier = rewind(anew, destroyed.then)
    assert earlier.made_at == destroyed.then
    done = restore(anew, earlier.folder.name, "shell:root")
    assert (done.is_chain_whole, done.erased, done.differences) == (True, 1, [])
    changed = {one.split(":")[0] for one in differences(destroyed.held_then, contents(anew))}
    assert {"erasures", "sightings", "subject_requests"} <= changed
    assert ask(anew, f"SELECT count(*) FROM sightings WHERE plate = '{MINE}'") == [0]
    many = destroyed.held_then["sightings"].rows
    assert ask(anew, "SELECT count(*) FROM sightings") == [many - 1 + done.erased]
    audit.seal(anew)
    audit.verify(anew)
    assert earlier.folder in [one.folder for one in backups(anew)]
    with pytest.raises(NotFound):
        rewind(anew, destroyed.then - timedelta(days=1))


def test_copies_and_log_age_with_the_backups(destroyed: Destroyed, anew) -> None:
    root = anew.settings.backup_dir
    [base] = bases(root)
    log = log_of(base)
    age_archive(anew, anew.now() - timedelta(days=1))
    assert min(file.name for file in log.iterdir()) >= first_segment(base)
    later = replace(anew, now=lambda: utc_now() + timedelta(days=15))
    assert age_archive(later, later.now()) == 1
    assert bases(root) == []
    assert all(file.suffix for file in log.iterdir()), "only what still grows"


KEPT = IntakeStatus.RECORDED

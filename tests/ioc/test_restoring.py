"""A backup put back is the store of then, without what was purged or erased since."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc import audit, certificates
from ioc.backups import DUMP, Backup, back_up
from ioc.breaches.service import breaches, open_breach
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, NotFound, Unavailable
from ioc.evidence import keep, load, path_of
from ioc.overview import figures
from ioc.restoring import restore
from ioc.subjects.model import About, RequestKind, Subject
from ioc.subjects.service import erase, receive, requests
from ioc.upkeep import purge_and_certify
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import trail
from tests.ioc.rows import add_row

JPEG = b"\xff\xd8\xff\xe0 a picture"
OLD, MINE, LATER = "29A00001", "75C20302", "43C16839"


def a_read(centre: Centre, plate: str, days_ago: float = 0) -> None:
    at = centre.now() - timedelta(days=days_ago)
    read = PlateRead(f"{plate}-{days_ago}", "cam-117", plate, 0.99, at, Heading.IN)
    record_read(centre, "box", read)


def seen(centre: Centre, plate: str) -> int:
    return len(trail(centre, plate, centre.now() - timedelta(days=400)))


@pytest.fixture
def backup(centre: Centre) -> Backup:
    """A store with a read of forty days ago, one of today, a look-up, a picture; backed up."""
    a_read(centre, OLD, 40)
    a_read(centre, MINE)
    keep(centre, JPEG, "frame", "cam-117", centre.now() - timedelta(days=40))
    audit.record(centre, "an officer", "trail_seen", f"plate:{MINE}", "case 17", {})
    audit.seal(centre)
    return back_up(centre)


def test_a_restore_forgets_again_what_was_purged_and_erased(
    centre: Centre, backup: Backup, clock
) -> None:
    before = figures(centre).values
    a_read(centre, LATER)
    audit.record(centre, "an officer", "trail_seen", f"plate:{LATER}", "case 18", {})
    asked = receive(
        centre, RequestKind.ERASURE, Subject(About.PLATE, MINE), "CCCD seen at the desk", "minh"
    )
    outcome = erase(centre, asked.no, "minh")
    assert outcome.erased == {"sightings": 1}
    open_breach(centre, "a phone was lost", ["scans"], 12, centre.now(), "minh")
    clock.advance(days=1)
    audit.seal(centre)
    restored = restore(centre, backup.folder.name, "shell:root")
    assert restored.is_chain_whole
    assert restored.differences == []
    assert (restored.erased, seen(centre, MINE)) == (1, 0), "what was erased is erased again"
    assert seen(centre, LATER) == 0, "what came in since the backup is lost, and nothing hides it"
    assert seen(centre, OLD) == 1
    assert figures(centre).values["reads_today"] == 0
    assert before["reads_today"] == 1
    # What answers for people does not go back in time.
    audit.seal(centre)
    looked = transact(centre.engine, lambda conn: conn.execute(SUBJECTS).scalars().all())
    assert {f"plate:{MINE}", f"plate:{LATER}", f"backup:{backup.folder.name}"} <= set(looked)
    assert audit.verify(centre) == len(looked)
    [request] = requests(centre, is_open=False)
    assert request.outcome == {"erased": {"sightings": 1}, "held": {}}
    assert [one.what for one, _ in breaches(centre)] == ["a phone was lost"]
    record_read(centre, "box", PlateRead("n", "cam-117", LATER, 0.99, clock.at, Heading.IN))
    audit.record(centre, "an officer", "trail_seen", "plate:new", "case 19", {})
    audit.seal(centre)
    audit.verify(centre)


def test_what_passed_its_day_since_the_backup_does_not_come_back(
    centre: Centre, backup: Backup, clock
) -> None:
    clock.advance(days=13)
    clock.advance(days=7.5)
    with pytest.raises(Conflict, match="older than backups are kept"):
        restore(centre, backup.folder.name, "shell:root")
    clock.advance(days=-7.5)
    # Forty days and thirteen: the next week it is sixty.
    policy = centre.city.policy
    object.__setattr__(policy, "backups", timedelta(days=30))
    clock.advance(days=7.5)
    try:
        purge_and_certify(centre)
        assert not path_of(centre, NAME(JPEG)).exists()
        restored = restore(centre, backup.folder.name, "shell:root")
        assert restored.purged > 0
        assert restored.pictures == 0
        assert seen(centre, OLD) == 0
        assert certificates.verify(centre) == 2
    finally:
        object.__setattr__(policy, "backups", timedelta(days=14))


def test_services_find_their_rights_again(centre: Centre, backup: Backup, under) -> None:
    restore(centre, backup.folder.name, "shell:root")
    assert purge_and_certify(under("timekeeper")).says["backups"]["removed"] == 0
    assert certificates.verify(centre) == 2
    a_read(under("vision"), LATER)


def test_pictures_come_back_from_a_lost_folder_and_age_with_the_backups(
    centre: Centre, backup: Backup, clock
) -> None:
    name = NAME(JPEG)
    saved = centre.settings.backup_dir / "pictures" / name[:2] / name[2:4] / f"{name}.jpg"
    assert saved.read_bytes() == JPEG
    path_of(centre, name).unlink()
    assert restore(centre, backup.folder.name, "shell:root").pictures == 1
    assert load(centre, name) == JPEG
    clock.advance(days=21)
    purge_and_certify(centre)
    assert not path_of(centre, name).exists()
    assert not saved.exists()
    clock.advance(days=14)
    purge_and_certify(centre)
    assert list(centre.settings.backup_dir.rglob(f"{name}.jpg")), "as long as its backups"
    clock.advance(days=1)
    purge_and_certify(centre)
    assert not list(centre.settings.backup_dir.rglob(f"{name}.jpg"))


def test_a_store_of_another_chain_takes_the_heads_of_the_backup(
    centre: Centre, backup: Backup
) -> None:
    def tamper(conn) -> None:
        for table in ("audit", "audit_link"):
            conn.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        conn.execute(text("DELETE FROM audit_link"))
        conn.execute(text("DELETE FROM audit"))

    transact(centre.engine, tamper)
    restored = restore(centre, backup.folder.name, "shell:root")
    assert not restored.is_chain_whole
    audit.seal(centre)
    assert audit.verify(centre) > 0


def test_a_restore_that_cannot_be_whole_changes_nothing(centre: Centre, backup: Backup) -> None:
    a_read(centre, LATER)
    with pytest.raises(NotFound):
        restore(centre, "../state", "shell:root")
    dump = backup.folder / DUMP
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unavailable, match="was changed"):
        restore(centre, backup.folder.name, "shell:root")
    dump.write_bytes(whole)
    with centre.engine.connect() as other:
        other.execute(text("SELECT 1"))
        with pytest.raises(Conflict, match="stop the services"):
            restore(centre, backup.folder.name, "shell:root")
    manifest = backup.folder / "manifest.json"
    said = manifest.read_text(encoding="utf-8")
    manifest.write_text(re.sub(r"2021-10-04", "2021-10-05", said), encoding="utf-8")
    with pytest.raises(Unavailable, match="manifest was changed"):
        restore(centre, backup.folder.name, "shell:root")
    assert seen(centre, LATER) == 1


def test_a_load_that_breaks_off_is_rolled_back(
    centre: Centre, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_read(centre, LATER)
    broken = "BEGIN;\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\nSELECT 1/0;\n"
    monkeypatch.setattr("ioc.restoring._prepare", lambda conn, backup: (True, broken))
    with pytest.raises(Unavailable, match="nothing was restored"):
        restore(centre, backup.folder.name, "shell:root")
    assert seen(centre, LATER) == 1


def NAME(picture: bytes) -> str:  # noqa: N802
    import hashlib

    return hashlib.sha256(picture).hexdigest()


def test_sign_ins_are_in_no_backup(centre: Centre, backup: Backup, clock) -> None:
    transact(centre.engine, lambda conn: add_row(conn, "sign_in_attempts", centre.now()))
    clock.advance(seconds=1)
    second = back_up(centre)
    restore(centre, second.folder.name, "shell:root")
    rows = "SELECT count(*) FROM sign_in_attempts"
    assert transact(centre.engine, lambda conn: conn.execute(text(rows)).scalar_one()) == 0


SUBJECTS = text("SELECT subject FROM audit ORDER BY no")

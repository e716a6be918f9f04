"""`ioc doctor` finds each fault put in on purpose by its name, and nothing where all is well."""

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from ioc import audit
from ioc.access.model import Right, Role
from ioc.access.service import create_key, create_user
from ioc.backups import STAMP
from ioc.centre import Centre, open_centre
from ioc.clock import utc_now
from ioc.condition import Conditions
from ioc.db import LEADER_LOCK, migrate, transact
from ioc.doctor.cli import app
from ioc.doctor.model import Diagnosis
from ioc.doctor.premises import open_premises
from ioc.doctor.service import checks, examine
from ioc.embedded.postgres import SERVICE_ROLES
from ioc.embedded.process import free_port
from ioc.embedded.stores import Stores, open_stores
from ioc.labels import CONFIG_DIR, Language, load_labels
from ioc.settings import load_settings
from ioc.vehicles.service import make_days
from ioc.venues.service import make_days as make_scan_days

SECRET = "8f0c1d9be4a7425bb1c7d36a90e2f5487c3b6d1e2f40a958"


@dataclass
class Place:
    """An installation in order: what its processes are told, its stores, its centre."""

    env: dict[str, str]
    stores: Stores
    centre: Centre
    ports: Mapping[str, int]
    now: Callable[[], datetime] = utc_now
    seen: list[str] = field(default_factory=list)

    def examined(self, but: str = "") -> Diagnosis:
        asked = [check for check in checks() if check.name != but]
        with open_premises(self.env, self.ports, self.now, self.centre.city) as premises:
            return examine(premises, asked)

    def found(self) -> set[str]:
        return {one.name for one in self.examined().findings}

    def run(self, statement: str, **values: Any) -> None:
        transact(self.centre.engine, lambda conn: conn.execute(text(statement), values))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A sound installation on stores of its own: the tests' others do not wait for the disk."""
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() else tmp_path_factory.getbasetemp()
    folder = base / f"ioc-tests-doctor-{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        with ExitStack() as opened:
            stores = opened.enter_context(open_stores(folder, {"PATH": os.environ["PATH"]}))
            config = folder / "config"
            shutil.copytree(CONFIG_DIR, config)
            env = {
                "PATH": os.environ["PATH"],
                "IOC_STATE": str(folder),
                "IOC_CONFIG": str(config),
                "IOC_DATABASE_URL": stores.database_url(),
                "IOC_REDIS_URL": stores.redis_url,
                "IOC_SECRET": SECRET,
                "IOC_EVIDENCE_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                **{
                    f"IOC_DATABASE_URL_{role.removeprefix('ioc_').upper()}": stores.database_url(
                        role
                    )
                    for role in SERVICE_ROLES
                },
            }
            centre = opened.enter_context(open_centre(load_settings(env)))
            ports = {"dashboards": free_port(), "ingest": free_port()}
            at = Place(env, stores, centre, ports)
            make_sound(at)
            leader = opened.enter_context(centre.engine.connect())
            leader.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LEADER_LOCK})
            leader.commit()
            at.leader = leader  # type: ignore[attr-defined]
            yield at
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_sound(at: Place) -> None:
    """Do what an operator does: schema, days, an administrator, a key, a backup."""
    centre = at.centre
    migrate(centre.engine)
    today = centre.now().astimezone(centre.city.zone).date()
    days = [today + timedelta(days=n) for n in range(4)]
    make_days(centre, days)
    make_scan_days(centre, days)
    create_user(centre, "quan-tri", "a long password of hers", Role.ADMIN, "Quản trị")
    create_key(centre, "gate", [Right.SCANS])
    audit.seal(centre)
    at.centre.settings.evidence_dir.mkdir()
    (centre.settings.backup_dir / utc_now().strftime(STAMP)).mkdir(parents=True)
    for name in ("ingest", "dashboards", "timekeeper"):
        centre.live.beat(f"service:{name}", {}, ttl_s=3600)


def test_a_sound_installation_is_clean(place: Place) -> None:
    report = place.examined()
    assert not report.findings
    assert not report.skipped
    assert report.looked > 20
    run = doctor(place, "--language", "en")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"Nothing is wrong ({report.looked} checks).\n"


@contextmanager
def told(place: Place, **env: str) -> Iterator[None]:
    """Tell the processes something else."""
    before = dict(place.env)
    place.env.update(env)
    try:
        yield
    finally:
        place.env.clear()
        place.env.update(before)


@contextmanager
def done(place: Place, statement: str, undone: str, **values: Any) -> Iterator[None]:
    place.run(statement, **values)
    try:
        yield
    finally:
        place.run(undone)


@contextmanager
def replaced(path: Path, content: str | None = None) -> Iterator[None]:
    """Put something else in the place of a file or folder: a file, or nothing."""
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    if content is not None:
        path.write_text(content)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        aside.rename(path)


@contextmanager
def written(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(change(before or ""), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink()
        if before is not None:
            path.write_text(before, encoding="utf-8")


def blind_site(cameras: str) -> str:
    """Take the one camera of a quarantine site away."""
    return "".join(row for row in cameras.splitlines(True) if ",kcl-quan-su," not in row)


@contextmanager
def listening(port: int) -> Iterator[None]:
    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *told: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", port), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def nobody_leads(place: Place) -> Iterator[None]:
    leader = place.leader  # type: ignore[attr-defined]
    leader.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LEADER_LOCK})
    leader.commit()
    yield
    leader.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LEADER_LOCK})
    leader.commit()


@contextmanager
def archive_begun(place: Place) -> Iterator[None]:
    """Let the store keep its log for an archive that nobody runs."""
    url = place.stores.database_url("postgres").replace("+psycopg2", "")
    conn = psycopg2.connect(url)
    conn.autocommit = True
    conn.cursor().execute("SELECT pg_create_physical_replication_slot('archive', true)")
    yield
    conn.cursor().execute("SELECT pg_drop_replication_slot('archive')")
    conn.close()


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(bits)
    yield
    path.chmod(before)


@contextmanager
def clock_ahead(place: Place, **parts: float) -> Iterator[None]:
    place.now = lambda: utc_now() + timedelta(**parts)
    yield
    place.now = utc_now


@contextmanager
def disk_left(share: float) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        room = SimpleNamespace(
            total=1_000, used=1_000 - int(share * 1_000), free=int(share * 1_000)
        )
        patched.setattr(shutil, "disk_usage", lambda _path: room)
        yield


@contextmanager
def camera_lost(place: Place) -> Iterator[None]:
    place.centre.live.beat("camera:cam-001", {"state": "lost"}, ttl_s=3600)
    yield
    place.centre.live.beat("camera:cam-001", {"state": "lost"}, ttl_s=1)
    place.centre.live._memory.client.delete("ioc:beat:camera:cam-001")


NOTICE = """
    INSERT INTO notices (id, channel, topic, about, recipient, dedupe, subject, body, words, terms,
        facts, pictures, put_at, next_at, state)
    VALUES (gen_random_uuid(), 'mail', 't', 'a', 'r', 'd', 's', 'b', '{}', '{}', '{}', '{}',
        now() - interval '1 hour', now() - interval '1 hour', :state)
"""
OLD_AUDIT = """
    WITH entry AS (
        INSERT INTO audit (at, actor, action, subject, detail)
        VALUES (now() - interval '1 hour', 'a', 'b', 'c', '{}') RETURNING no
    )
    INSERT INTO audit_open (no) SELECT no FROM entry
"""
FUTURE = "{:%Y%m%d}"


def faults(at: Place) -> dict[str, list[Callable[[], Any]]]:
    """Return how each fault is put in, by the name it is to be found by."""
    env, state = at.env, Path(at.env["IOC_STATE"])
    owner = env["IOC_DATABASE_URL"]
    port = at.stores.postgres.port  # type: ignore[union-attr]
    tomorrow = FUTURE.format(utc_now().astimezone(at.centre.city.zone) + timedelta(days=1))
    backup = next((state / "backups").glob("*Z"))
    ago = backup.with_name((utc_now() - timedelta(days=3)).strftime(STAMP))
    notices = "DELETE FROM notices"

    @contextmanager
    def backup_aged() -> Iterator[None]:
        backup.rename(ago)
        yield
        ago.rename(backup)

    @contextmanager
    def row_unsealed() -> Iterator[None]:
        at.run(OLD_AUDIT)
        yield
        audit.seal(at.centre)

    @contextmanager
    def day_gone() -> Iterator[None]:
        at.run(f"SELECT drop_scans_day('{tomorrow}')")
        yield
        zone = at.centre.city.zone
        make_scan_days(at.centre, [(utc_now().astimezone(zone) + timedelta(days=1)).date()])

    return {
        "settings_wrong": [
            lambda: told(at, IOC_CITY="nowhere"),
            lambda: told(at, IOC_SECRET="short"),
            lambda: told(at, IOC_DATABASE_URL=""),
            lambda: told(at, IOC_DATABASE_URL="mysql://x"),
        ],
        "secret_weak": [lambda: told(at, IOC_SECRET="a" * 40)],
        "password_weak": [
            lambda: told(at, IOC_DATABASE_URL_VISION=f"postgresql+psycopg2://ioc:ioc@h:{port}/ioc"),
            lambda: told(at, IOC_REDIS_URL="redis://valkey.example:6379/0"),
        ],
        "evidence_key_wrong": [lambda: told(at, IOC_EVIDENCE_KEY="c2hvcnQ=")],
        "folder_closed": [lambda: replaced(state / "evidence", "a file, no folder")],
        "state_open": [lambda: mode(state, 0o755)],
        "disk_full": [lambda: disk_left(0.05), lambda: disk_left(0.01)],
        "port_taken": [lambda: listening(at.ports["ingest"])],
        "store_away": [
            lambda: told(at, IOC_DATABASE_URL=owner.replace(str(port), str(free_port())))
        ],
        "store_refuses": [lambda: told(at, IOC_DATABASE_URL=owner.replace("@", "x@"))],
        "live_away": [
            lambda: told(at, IOC_REDIS_URL=f"redis://:{'x' * 20}@127.0.0.1:{free_port()}/0")
        ],
        "schema_missing": [
            lambda: done(
                at,
                "ALTER TABLE alembic_version RENAME TO gone",
                "ALTER TABLE gone RENAME TO alembic_version",
            )
        ],
        "schema_behind": [lambda: revision(at, "0001")],
        "schema_ahead": [lambda: revision(at, "9999")],
        "rights_lacking": [
            lambda: done(
                at,
                "REVOKE SELECT ON permits FROM ioc_vision",
                "GRANT SELECT ON permits TO ioc_vision",
            )
        ],
        "rights_beyond": [
            lambda: done(
                at,
                "GRANT DELETE ON sightings TO ioc_ingest",
                "REVOKE DELETE ON sightings FROM ioc_ingest",
            ),
            lambda: done(
                at,
                "GRANT SELECT (phone) ON reporters TO ioc_dashboards",
                "REVOKE SELECT (phone) ON reporters FROM ioc_dashboards",
            ),
        ],
        "role_refused": [
            lambda: told(
                at, IOC_DATABASE_URL_INGEST=env["IOC_DATABASE_URL_INGEST"].replace("@", "x@")
            )
        ],
        "commits_unsafe": [
            lambda: done(
                at,
                "ALTER ROLE ioc SET synchronous_commit = off",
                "ALTER ROLE ioc RESET synchronous_commit",
            )
        ],
        "clock_skew": [
            lambda: clock_ahead(at, seconds=3),
            lambda: clock_ahead(at, seconds=-60),
        ],
        "config_wrong": [
            lambda: written(
                at.centre.settings.city_dir / "rules.toml", lambda s: s + "\n[strange]\n"
            )
        ],
        "config_hole": [
            lambda: written(at.centre.settings.city_dir / "cameras.csv", blind_site),
        ],
        "services_silent": [
            lambda: told(at, IOC_REDIS_URL=at.stores.valkey.url(1)),  # type: ignore[union-attr]
            # Where cameras are asked, somebody has to ask them.
            lambda: written(
                at.centre.settings.city_dir / "readers.toml",
                lambda s: s + '\n[[camera]]\nid = "cam-001"\nmaker = "dahua"\npull = "http://a"\n',
            ),
        ],
        "archive_away": [lambda: archive_begun(at)],
        "clock_stands": [lambda: nobody_leads(at)],
        "days_missing": [day_gone],
        "audit_unsealed": [row_unsealed],
        "audit_broken": [
            lambda: written(
                state / audit.HEADS, lambda lines: lines + f"{utc_now():%Y-%m-%d} {'00' * 31}ff\n"
            )
        ],
        "notices_stuck": [lambda: done(at, NOTICE, notices, state="waiting")],
        "notices_given_up": [lambda: done(at, NOTICE, notices, state="given_up")],
        "backup_missing": [lambda: told(at, IOC_BACKUPS=str(state / "elsewhere"))],
        "backup_old": [backup_aged],
        "cameras_silent": [lambda: camera_lost(at)],
        "nobody_administers": [
            lambda: done(
                at, "UPDATE users SET disabled_at = now()", "UPDATE users SET disabled_at = NULL"
            )
        ],
        "factor_offered": [lambda: told(at, IOC_SECOND_FACTOR="offered")],
        "keys_old": [
            lambda: done(
                at,
                "UPDATE api_keys SET created_at = now() - interval '500 days'",
                "UPDATE api_keys SET created_at = now()",
            )
        ],
        "keys_unused": [
            lambda: done(
                at,
                "UPDATE api_keys SET created_at = now() - interval '200 days'",
                "UPDATE api_keys SET created_at = now()",
            )
        ],
        "weights_wrong": [lambda: told(at, IOC_WEIGHTS=str(state / "config"))],
    }


def revision(at: Place, number: str) -> Any:
    known = transact(
        at.centre.engine,
        lambda conn: conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one(),
    )
    change = "UPDATE alembic_version SET version_num = '{}'"
    return done(at, change.format(number), change.format(known))


# What comes of a fault besides: a store that is away leaves a service without its address, too.
WITH = {
    "store_away": set(),
    "password_weak": {"role_refused", "live_away"},
    "live_away": set(),
    "schema_missing": {"rights_lacking", "rights_beyond"},
}


def test_each_fault_is_found_by_its_name_and_told_in_both_languages(place: Place) -> None:
    known, secrets = faults(place), {SECRET, *passwords(place)}
    labels = load_labels(CONFIG_DIR / "labels")
    assert len(known) > 30
    for name, ways in known.items():
        for put_in in ways:
            with put_in():
                # Reading the whole folder of a city takes longer than all the rest of it.
                report = place.examined(but="" if name.startswith("config_") else "city")
            found = {one.name for one in report.findings}
            assert name in found, (name, found)
            assert found <= {name} | WITH.get(name, set()), (name, found)
            for one in report.findings:
                for key in (f"doctor_finding.{one.name}", f"doctor_remedy.{one.name}"):
                    for language in Language:
                        words = labels[key][language].format_map(one.values)
                        assert not [secret for secret in secrets if secret in words], key
    assert not place.found()


def passwords(at: Place) -> set[str]:
    return {at.stores.state.secret(name) for name in ("ioc", "valkey", *SERVICE_ROLES)}


def test_the_command_tells_a_machine_and_a_person_and_ends_with_1(place: Place) -> None:
    with told(place, IOC_DATABASE_URL=place.env["IOC_DATABASE_URL"].replace("@", "x@")):
        run = doctor(place, "--json")
        shown = CliRunner(env=place.env).invoke(app, list(ports(place)))
    assert (run.returncode, run.stderr) == (1, "")
    report = json.loads(run.stdout)
    assert report["sound"] is False
    (finding,) = [one for one in report["findings"] if one["name"] == "store_refuses"]
    assert set(finding["finding"]) == set(finding["remedy"]) == {"vi", "en"}
    assert finding["severity"] == "fault"
    # With the store away nothing is claimed of what stands in it.
    assert report["skipped"]["audit"] == "city"
    assert report["skipped"]["schema"] == "store"
    assert "Cơ sở dữ liệu tại" in shown.stdout
    assert "→" in shown.stdout
    assert not [word for word in passwords(place) if word in run.stdout + shown.stdout]


def ports(at: Place) -> tuple[str, ...]:
    return ("--port", str(at.ports["dashboards"]), "--api-port", str(at.ports["ingest"]))


def doctor(at: Place, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ioc.cli", "doctor", *ports(at), *words]
    return subprocess.run(command, env=at.env, capture_output=True, text=True, check=False)


def test_a_port_at_which_our_own_service_answers_is_not_taken(place: Place) -> None:
    class Ours(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status":"alive"}')

        def log_message(self, *told: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", place.ports["ingest"]), Ours) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert "port_taken" not in place.found()
        server.shutdown()


def test_the_condition_is_shown_to_prometheus(place: Place) -> None:
    shown = {one.name: one.samples[0].value for one in Conditions(place.centre).collect()}
    assert shown["ioc_store_up"] == 1
    assert shown["ioc_timekeepers_leading"] == 1
    assert shown["ioc_days_ahead"] == 3
    assert shown["ioc_audit_unsealed"] == shown["ioc_notices_waiting"] == 0
    assert 0 < shown["ioc_backup_age_seconds"] < 600
    assert 0 < shown["ioc_disk_free_share"] <= 1


def test_a_hung_listener_is_not_waited_for(place: Place) -> None:
    began = datetime.now(UTC)
    with socket.create_server(("127.0.0.1", place.ports["ingest"])):
        assert "port_taken" in place.found()
    assert datetime.now(UTC) - began < timedelta(seconds=15)

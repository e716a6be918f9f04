"""`ioc admin`: on the configured stores or on those of a demo's folder, running or not."""

import json
import os
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ioc import audit
from ioc.access.model import Role
from ioc.access.service import key_of, sign_in
from ioc.alerts.service import raise_alert
from ioc.centre import Centre
from ioc.cli import main
from ioc.clock import utc_now
from ioc.db import transact
from ioc.embedded.stores import Stores, open_stores
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits, permits_of
from ioc.seeding import seed_demo
from ioc.vehicles.model import Heading, PlateRead, Reason
from ioc.vehicles.recording import record_read, record_reads
from tests.ioc.test_alerts import a_cause

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Told:
    """What a command answered."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    """Run one `ioc admin` command in this process, in an environment of its own."""

    def run(env: dict[str, str], *words: str) -> Told:
        with monkeypatch.context() as patched:
            for name in [name for name in os.environ if name.startswith("IOC_")]:
                patched.delenv(name)
            for name, value in env.items():
                patched.setenv(name, value)
            capfd.readouterr()
            code = main(["admin", *words])
        return Told(code, *capfd.readouterr())

    return run


def a_read(centre: Centre, name: str, **changes: object) -> PlateRead:
    at = centre.now() - timedelta(seconds=1)
    values = {"camera": "cam-001", "plate": "43C16839", "confidence": 0.99, "seen_at": at}
    return PlateRead(name, **{**values, "direction": Heading.IN, **changes})  # type: ignore[arg-type]


def test_recount_says_what_is_off_and_exits_1(centre: Centre, service_env, admin) -> None:
    record_read(centre, "box", a_read(centre, "1"))
    good = admin(service_env, "recount")
    assert (good.returncode, good.stdout) == (0, "every tally equals its facts\n")
    tamper = "UPDATE tally SET n = 7 WHERE metric = 'read'"
    transact(centre.engine, lambda conn: conn.execute(text(tamper)))
    bad = admin(service_env, "recount")
    assert bad.returncode == 1
    assert bad.stdout == "2021-10-04 read cam-001: tally 7, facts 1\n"


def test_verify_audit_says_what_was_changed_and_exits_1(centre: Centre, service_env, admin) -> None:
    audit.record(centre, "an officer", "look_up_plate", "plate:1", None, {})
    audit.seal(centre)
    assert "1 rows" in admin(service_env, "verify-audit").stdout
    transact(
        centre.engine,
        lambda conn: [
            conn.execute(text("ALTER TABLE audit DISABLE TRIGGER USER")),
            conn.execute(text("UPDATE audit SET actor = 'nobody'")),
        ],
    )
    bad = admin(service_env, "verify-audit")
    assert bad.returncode == 1
    assert "row 1 was changed" in bad.stderr


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"IOC_DATABASE_URL": ""}, "IOC_DATABASE_URL"),
        ({"IOC_DATABASE_URL": "mysql://x"}, "IOC_DATABASE_URL"),
        ({"IOC_DATABASE_URL": "postgresql+psycopg2://x@127.0.0.1:1/x"}, "does not answer"),
        ({"IOC_CITY": "atlantis"}, "atlantis"),
        ({"IOC_AS_OF": "yesterday"}, "IOC_AS_OF"),
    ],
)
def test_a_wrong_setting_is_named(service_env, admin, change: dict[str, str], says: str) -> None:
    told = admin({**service_env, **change}, "recount")
    assert told.returncode != 0
    assert says in told.stderr


def test_only_a_demo_is_filled(service_env, admin) -> None:
    told = admin({**service_env, "IOC_DEMO": ""}, "seed-demo")
    assert told.returncode != 0
    assert "IOC_DEMO" in told.stderr


def test_a_demo_folder_is_worked_on_stopped_and_running(tmp_path: Path, admin) -> None:
    env = {name: os.environ[name] for name in ("PATH", "IOC_PG_BIN") if name in os.environ}
    state = tmp_path / "demo"
    first = admin(env, "seed-demo", "--json", "--state", str(state))
    assert first.returncode == 0, first.stderr
    known = json.loads(first.stdout)
    assert set(known["users"]) == {role.value for role in Role}
    with open_stores(state, env):
        again = admin(env, "seed-demo", "--json", "--state", str(state))
        assert json.loads(again.stdout) == known
        assert admin(env, "recount", "--state", str(state)).returncode == 0
        assert "police" in admin(env, "users", "list", "--state", str(state)).stdout
        assert admin(env, "purge", "--state", str(state)).returncode == 0
    assert admin(env, "verify-audit", "--state", str(state)).returncode == 0


@pytest.fixture
def secret(stores: Stores):
    return stores.state.secret


def test_a_seeded_demo_lets_its_people_in_once_and_for_all(centre: Centre, secret) -> None:
    first = seed_demo(centre, secret)
    assert seed_demo(centre, secret) == first
    for role, user in first["users"].items():
        session = sign_in(centre, user["name"], user["password"], "127.0.0.1")
        assert session.user.role == role
        assert len(user["password"]) >= 16
    assert key_of(centre, first["api_key"]).source == "demo"


def test_what_was_posted_with_the_key_of_a_demo_outlives_its_next_start(
    centre: Centre, secret
) -> None:
    key = key_of(centre, seed_demo(centre, secret)["api_key"])
    now = centre.now()
    posted = Permit("1", "38A99993", PermitClass.RED, now, now + timedelta(days=1))
    grant_permits(centre, key.source, [posted])
    seed_demo(centre, secret)
    [held] = permits_of(centre, "38A99993")
    assert held.id == "1"


# What no vehicle of the scenes shows: doubt, lists, clones, what no camera of ours tells.
UNSHOWN = {
    *(Reason.UNSURE_READ, Reason.RED_OVERDUE, Reason.CLONED, Reason.LOOKS_DIFFER),
    *(Reason.STOLEN, Reason.WANTED, Reason.QUARANTINE_BREAKER),
    *(Reason.WRONG_WAY, Reason.OUT_OF_HOURS, Reason.NOT_READ, Reason.FOREIGN),
}


def test_a_seeded_demo_shows_every_reason(centre: Centre, secret, clock) -> None:
    """Each vehicle that passes a demo camera is read there once, on the first day and later."""
    demo = tomllib.loads((ROOT / "config/hue/demo.toml").read_text(encoding="utf-8"))
    for day in range(3):
        clock.advance(days=day)
        seed_demo(centre, secret)
        reads = [
            a_read(centre, f"{day}-{camera['id']}-{plate}", camera=camera["id"], plate=plate)
            for camera in demo["camera"]
            for plate in demo["pool"][camera["source"].partition("pool=")[2]]
        ]
        reads = [
            read
            if read.camera != "cam-010"
            else a_read(centre, read.id, camera="cam-010", plate=read.plate, direction=Heading.OUT)
            for read in reads
        ]
        verdicts = [result.verdict for result in record_reads(centre, "box", reads)]
        seen = {verdict.reason for verdict in verdicts if verdict}
        assert set(Reason) - seen == UNSHOWN
        green = [entry["plate"] for entry in demo["vehicle"] if entry.get("permit") == "green"]
        assert len(permits_of(centre, green[0])) == 1


def test_channels_are_listed_and_tried(centre: Centre, service_env, admin) -> None:
    told = admin(service_env, "notices", "try", "mail", "--recipient", "a@b.vn")
    assert told.returncode == 0
    told = admin(service_env, "notices", "list")
    line = next(line for line in told.stdout.splitlines() if "mail" in line)
    assert line.split("│")[2].strip() == "1"
    assert admin(service_env, "notices", "try", "fax").returncode == 1


def test_the_alarm_report_tells_the_load_and_no_plate(centre: Centre, service_env, admin) -> None:
    now = utc_now()
    for number in range(12):
        cause = a_cause(number, plate=f"43C{10000 + number}", seen_at=now)
        transact(centre.engine, lambda conn, cause=cause: raise_alert(conn, centre, cause))
    transact(centre.engine, lambda conn: conn.execute(text("UPDATE alerts SET raised_at = now()")))
    told = admin(service_env, "alarm-report", "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert (report["raised"], report["open"], report["false_share"]) == (12, 12, None)
    assert report["peak_per_operator_10_min"] == 12 / centre.city.limits.operators
    assert report["noisy"] == [
        {"camera": "cam-001", "rule": "R-K1", "raised": 12, "ended": 0, "false": 0}
    ]
    shown = admin(service_env, "alarm-report", "--days", "1")
    assert "cam-001" in shown.stdout
    assert "none ended" in shown.stdout
    assert "43C100" not in told.stdout + shown.stdout
    assert admin(service_env, "alarm-report", "--days", "0").returncode != 0


def test_two_stores_with_the_same_contents_are_equal_and_a_change_is_named(
    centre: Centre, service_env, admin, tmp_path: Path
) -> None:
    record_read(centre, "box", a_read(centre, "1"))
    then = str(tmp_path / "then.json")
    assert admin(service_env, "contents", "--into", then).returncode == 0
    equal = admin(service_env, "contents", "--compare", then)
    assert (equal.returncode, equal.stdout.split(": ")[1]) == (0, "equal\n")
    transact(centre.engine, lambda conn: conn.execute(text("UPDATE intake SET ref = 'x'")))
    other = admin(service_env, "contents", "--compare", then)
    assert (other.returncode, other.stdout) == (1, "intake: 1 rows, of another content\n")
    record_read(centre, "box", a_read(centre, "2"))
    assert "intake: 1 rows then, 2 now" in admin(service_env, "contents", "--compare", then).stdout
    (tmp_path / "then.json").write_text("[1]")
    wrong = admin(service_env, "contents", "--compare", then)
    assert (wrong.returncode, "holds no contents of a store" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("restore",), "give the name of a backup, or --until"),
        (("restore", "x", "--until", "latest"), "give the name of a backup, or --until"),
        (("restore", "--until", "yesterday"), "'yesterday' is no instant"),
        (("restore", "--until", "2026-11-28T07:30"), "no offset"),
        (("restore", "--until", "latest"), "no base 'latest'"),
        (("archive",), "IOC_ARCHIVE_URL: is not set"),
    ],
)
def test_what_is_missing_for_a_restore_is_named(
    service_env, admin, words: tuple[str, ...], fault: str
) -> None:
    told = admin(service_env, *words)
    assert told.returncode in (1, 2)
    assert fault in told.stderr

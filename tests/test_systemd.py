"""The units of deploy/systemd are such as systemd takes, closed to what they need not."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from ioc.cli import root_command
from tests.compose import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("ioc*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
# Of 10, as systemd counts it: 10 is a program that may do everything.
MOST_EXPOSED = "25"
analyse = shutil.which("systemd-analyze")


def read(unit: Path) -> dict[str, dict[str, list[str]]]:
    """Return the values of a unit by section and key; a key may stand more than once."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = found.setdefault(heading[1], {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_starts_a_command_of_ours_as_nobody_special(unit: Path) -> None:
    service = read(unit)["Service"]
    words = shlex.split(service["ExecStart"][0])
    assert words[0].endswith("/bin/ioc")
    words = [word.replace("%i", "1") for word in words]
    node, context, rest = root_command(), None, words[1:]
    while hasattr(node, "get_command") and not rest[0].startswith("-"):
        context = typer.Context(node, parent=context)
        child = node.get_command(context, rest[0])
        assert child is not None, words
        node, rest = child, rest[1:]
    node.make_context(words[1], list(rest), parent=context)
    assert service["User"] == service["Group"] == ["ioc"]
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["ProtectSystem"] == ["strict"]
    # No secret stands in a unit, which everybody may read.
    assert "PASSWORD" not in unit.read_text()
    assert all(at.startswith("/etc/ioc/") for at in service["EnvironmentFile"])


def test_the_target_wants_what_is_there() -> None:
    wanted = read(ROOT / "deploy" / "systemd" / "ioc.target")["Unit"]["Wants"][0].split()
    assert set(wanted) <= {unit.name for unit in UNITS}
    # Waits without a camera to hear; whether the log is kept, and where, is for people to say.
    assert "ioc-listening.service" in wanted
    assert "ioc-archive.service" not in wanted


@pytest.mark.skipif(analyse is None, reason="this machine has no systemd")
def test_systemd_finds_nothing_wrong_and_little_open(tmp_path: Path) -> None:
    """Under a user and at a path that this machine has; all else is as it stands."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        text = text.replace("/srv/ioc/.venv/bin/ioc", "/bin/true").replace("=ioc\n", "=root\n")
        (tmp_path / unit.name).write_text(text)
    units = [str(tmp_path / unit.name) for unit in UNITS]
    run = subprocess.run(
        [analyse, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in run.stderr.splitlines() if "ioc" in line]
    assert not ours
    for unit in SERVICES:
        if unit.name == "ioc-backup.service":
            continue
        at = str(tmp_path / unit.name)
        (tmp_path / unit.name).write_text(
            (tmp_path / unit.name).read_text().replace("=root", "=ioc")
        )
        done = subprocess.run(
            [analyse, "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", at],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-400:]

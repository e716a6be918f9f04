"""What must not stand in the repository: foreign addresses in pins, machine paths, big files."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST_BYTES = 12_000_000


def tracked() -> list[Path]:
    run = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if run.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_pins_carry_no_address() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_no_lock_file_and_no_large_file_is_tracked() -> None:
    files = tracked()
    assert not [file for file in files if file.name in ("uv.lock", "pylock.toml")]
    assert not [file for file in files if file.stat().st_size > LARGEST_BYTES]


def test_every_dependency_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    names = [re.split(r"[\[><=; ]", line)[0].lower() for line in wanted]
    assert not [name for name in names if f"{name}==" not in pins]


def test_migrations_stand_in_one_line() -> None:
    """Two that follow the same one would each be skipped wherever the other ran first."""
    files = sorted((ROOT / "ioc" / "migrations" / "versions").glob("*.py"))
    named = re.compile(r'^(revision|down_revision)\b.*?"(\w+)"', re.MULTILINE)
    told = [dict(named.findall(file.read_text(encoding="utf-8"))) for file in files]
    assert [one["revision"] for one in told] == [file.name[:4] for file in files]
    assert [one.get("down_revision") for one in told[1:]] == [one["revision"] for one in told[:-1]]

"""Every fault of the table on one running installation under load: nothing acknowledged is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.suite.report import named
from tests.faults.suite.table import FAULTS

pytestmark = pytest.mark.faults

ROUNDS = 10
ROOT = Path(__file__).resolve().parents[2]
SUITE = (sys.executable, "-m", "tests.faults.suite")


@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_by_any_fault(tmp_path: Path) -> None:
    """In one process of its own, in namespaces of its own: disks are mounted, clocks moved."""
    into = tmp_path / "outcomes.json"
    done = subprocess.run(
        [*SUITE, "--short", "--into", into], capture_output=True, text=True, check=False
    )
    outcomes = json.loads(into.read_text()) if into.exists() else []
    assert [(one["id"], one["faults"]) for one in outcomes if one["faults"]] == [], done.stdout
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    tried = [one for one in outcomes if not one["untried"]]
    assert {one["id"] for one in outcomes} >= {fault.id for fault in FAULTS if fault.in_short}
    assert sum(one["lost"] for one in tried) == 0
    assert sum(one["acknowledged"] for one in tried) > 1_000


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_ten_rounds_in_any_order() -> None:
    """Broken off, it goes on where it was: what came of each fault lies in its file."""
    folder = Path(os.environ.get("IOC_SOAK", ROOT / ".soak"))
    folder.mkdir(exist_ok=True)
    words = ["--rounds", str(ROUNDS), "--into", folder / "faults.json"]
    subprocess.run([*SUITE, *words], check=True)


def test_the_page_names_every_fault_that_is_tried() -> None:
    assert named() == [fault.what for fault in FAULTS]
    assert len({fault.id for fault in FAULTS}) == len(FAULTS)

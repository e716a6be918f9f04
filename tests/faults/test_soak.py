"""A room that is looked at for two hours, resumable: `make soak`, on demand alone.

The same code in short: `python -m tests.benchmarks.soak --minutes 4 --kills 2 --pushes 60`.
"""

import os
from pathlib import Path

import pytest

from tests.benchmarks.soak import faults_of, run

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]

ROOT = Path(__file__).resolve().parents[2]
MINUTES, SPEED, KILLS, SAMPLE_S = 120, 20, 10, 20


def test_nothing_grows_and_every_wall_comes_back() -> None:
    """Broken off, it goes on where it was: its minutes, pushes and kills lie in its folder."""
    folder = Path(os.environ.get("IOC_SOAK", ROOT / ".soak"))
    assert faults_of(run(folder, MINUTES, SPEED, KILLS, SAMPLE_S)) == []

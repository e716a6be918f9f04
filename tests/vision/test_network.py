"""A library that runs our networks tells nobody of it."""

import subprocess
import sys
from pathlib import Path


def test_the_first_start_writes_no_identity_and_loads_no_teller(tmp_path: Path) -> None:
    asked = (
        "import sys, vision.network as n; n.openvino.Core();"
        "print([m for m, v in sys.modules.items() if m.startswith('openvino_telemetry') and v])"
    )
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [sys.executable, "-c", asked], env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
    assert not list(tmp_path.iterdir())
    assert run.stderr == ""

"""Which model read a plate, as far as the centre can tell."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ioc.vehicles.model import Sighting

SHIPPED = Path(__file__).resolve().parents[2] / "vision" / "weights"
NOT_TOLD = "model of a read: its source does not tell which weights read it"
NO_WEIGHTS = "shipped weights: this process holds none"


def weights_facts(sightings: Sequence[Sighting]) -> tuple[dict[str, Any], list[str]]:
    """Return the weights of this installation, the sources of the reads, and what is unknown."""
    file = Path(os.environ.get("IOC_WEIGHTS") or SHIPPED) / "manifest.json"
    unknown = [NOT_TOLD] if sightings else []
    try:
        content = file.read_bytes()
        files = json.loads(content)["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {"weights": None, "reads": _sources(sightings)}, [*unknown, NO_WEIGHTS]
    weights = {"manifest_sha256": hashlib.sha256(content).hexdigest(), "files": files}
    return {"weights": weights, "reads": _sources(sightings)}, unknown


def _sources(sightings: Sequence[Sighting]) -> list[dict[str, Any]]:
    return [
        {"sighting": one.ref, "source": one.source, "id": one.read.id, "weights": None}
        for one in sightings
    ]

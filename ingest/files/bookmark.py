"""How far an import came, in a file beside the imported one: a killed import goes on from there.

It may be lost or be a batch behind: what is read again is known by its ids and counted as repeated.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.files.rows import Spot

HEAD_BYTES = 65_536
BEGINNING = Spot(0, 0)


@dataclass
class Bookmark:
    """How far a file was worked off.

    Attributes:
        of: what it belongs to: the file as it is, its kind, source and columns.
        spot: end of the last row whose batch was answered.
        counts: answers until there.
        refused_bytes: size of the file of refused rows until there.
    """

    path: Path
    of: str
    spot: Spot = BEGINNING
    counts: Counter[str] = field(default_factory=Counter)
    refused_bytes: int = 0

    def save(self) -> None:
        """Write it in the place of the last one, whole or not at all."""
        written = self.path.with_name(f"{self.path.name}.new")
        said = {
            "of": self.of,
            "spot": list(self.spot),
            "counts": dict(self.counts),
            "refused_bytes": self.refused_bytes,
        }
        written.write_text(json.dumps(said), encoding="utf-8")
        written.replace(self.path)

    def remove(self) -> None:
        """Forget it: the file was worked off."""
        self.path.unlink(missing_ok=True)


def open_bookmark(file: Path, told: Sequence[str]) -> Bookmark:
    """Return where an import of `file` stopped, told of it the same; else its beginning."""
    path = file.with_name(f"{file.stem}.import.json")
    blank = Bookmark(path, _fingerprint(file, told))
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["of"] != blank.of:
            return blank
        counts = Counter({str(name): int(n) for name, n in said["counts"].items()})
        offset, line = said["spot"]
        return Bookmark(
            path, blank.of, Spot(int(offset), int(line)), counts, int(said["refused_bytes"])
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return blank


def _fingerprint(file: Path, told: Sequence[str]) -> str:
    state = file.stat()
    with file.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    digest = hashlib.sha256(head)
    digest.update(json.dumps([state.st_size, state.st_mtime_ns, *told]).encode())
    return digest.hexdigest()

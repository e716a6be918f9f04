"""The ledger of erasures beside the backups: whoever puts an old store back erases them again.

A line says of whom to the centre's secret alone. What is in the store and what is in the file are
made one, so that neither the loss of a disk nor an old backup forgets an erasure.
"""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.subjects import store
from ioc.subjects.model import About, Erasure

FILE = "erasures.log"


def keep_ledger(centre: Centre) -> list[Erasure]:
    """Bring the store's ledger and the file's together, and return it, oldest first."""
    file = centre.settings.backup_dir / FILE
    told = _read(file)

    def work(conn: Connection) -> list[Erasure]:
        store.add_erasures(conn, told)
        return store.erasures(conn)

    whole = transact(centre.engine, work)
    if {one.mark for one in whole} != {one.mark for one in told}:
        _write(file, whole)
    return whole


def _read(file: Path) -> list[Erasure]:
    if not file.exists():
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    return [
        Erasure(
            UUID(line["mark"]),
            About(line["about"]),
            bytes.fromhex(line["sealed"]),
            datetime.fromisoformat(line["erased_at"]),
            line["actor"],
        )
        for line in lines
    ]


def _write(file: Path, ledger: Sequence[Erasure]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        for one in ledger:
            line = {
                "mark": str(one.mark),
                "about": one.about.value,
                "sealed": one.sealed.hex(),
                "erased_at": one.erased_at.isoformat(),
                "actor": one.actor,
            }
            out.write(json.dumps(line) + "\n")
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)

"""Files that were imported: which, by whom, when, and what became of their rows.

A row is written before the first batch and finished after the last: one without an end was broken
off, or is under way.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import transact
from ioc.intake import IntakeStatus

LONGEST_NAME = 200


def begin(centre: Centre, file: str, sha256: str, what: tuple[str, str], actor: str) -> int:
    """Note that an import begins and return its number; `what` is (kind, source) of its rows.

    Of the file its name is kept, and not where it lay.
    """
    kind, source = what
    name = "".join(char if char.isprintable() else "?" for char in PurePath(file).name)
    row = {"file": name[:LONGEST_NAME], "sha256": sha256, "kind": kind, "source": source}
    values = {**row, "actor": actor, "at": centre.now()}
    return int(transact(centre.engine, lambda conn: conn.execute(BEGIN, values).scalar_one()))


def finish(centre: Centre, no: int, counts: Mapping[str, int]) -> None:
    """Note that an import came to its end, and how many of its rows were taken or refused."""
    values = {status.value: counts.get(status.value, 0) for status in IntakeStatus}
    told = {**values, "no": no, "at": centre.now()}
    transact(centre.engine, lambda conn: conn.execute(FINISH, told))


def drop(centre: Centre, before: datetime) -> int:
    """Delete what is known of imports that began before an instant; return how many."""
    return transact(centre.engine, lambda conn: conn.execute(DROP, {"before": before}).rowcount)


BEGIN = text("""
    INSERT INTO import_runs (file, sha256, kind, source, actor, began_at)
    VALUES (:file, :sha256, :kind, :source, :actor, :at) RETURNING no
""")
FINISH = text("""
    UPDATE import_runs SET ended_at = :at, recorded = :recorded, repeated = :repeated,
        refused = :refused
    WHERE no = :no
""")
DROP = text("DELETE FROM import_runs WHERE began_at < :before")

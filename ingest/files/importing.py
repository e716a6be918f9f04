"""A file becomes facts, batch by batch; what is refused stands in a file beside it."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from ingest.files.bookmark import Bookmark, open_bookmark
from ingest.files.columns import Reading, resolve
from ingest.files.kinds import SHAPES, Kind
from ingest.files.refused import RefusedFile
from ingest.files.rows import Rows
from ingest.files.shapes import Local
from ingest.files.sheets import SheetRows, is_workbook
from ingest.files.writing import (
    VALID,
    Batch,
    Order,
    outcomes,
    writer,
    writing_processes,
)
from ingest.names import load_names
from ingest.reasons import Reasons
from ioc import audit, import_runs
from ioc.access.rules import require_name
from ioc.administered import shell_actor
from ioc.centre import Centre
from ioc.errors import InvalidInput, Unavailable
from ioc.intake import IntakeStatus

BATCH = 1_000
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Manner:
    """How a file is imported.

    Attributes:
        reading: what its columns are, where their headings do not say so.
        is_dry: nothing is written; rows are only looked at, and counted as valid or refused.
        writers: processes that write; with one, this process does it.
    """

    reading: Reading | None = None
    is_dry: bool = False
    writers: int = 1


def import_file(
    centre: Centre,
    file: Path,
    kind: Kind,
    source: str,
    advance: Advance,
    manner: Manner | None = None,
) -> Counter[str]:
    """Import the rows of `file` and return how many were recorded, repeated and refused.

    The same file again changes nothing: a row is known by its id, or by its content where it has
    none. An import that was broken off goes on where it stopped. `advance` is told how many bytes
    more were worked off.

    Raises:
        InvalidInput: the file cannot be read, or its header is wrong; nothing was imported. Or a
            line is not UTF-8; what stood before it is imported.
        Unavailable: the store does not answer, or the refused rows cannot be written; begin
            again, nothing is counted twice.
    """
    require_name("source", source)
    manner = manner or Manner()
    try:
        with file.open("rb") as opened:
            rows = _rows(opened, centre)
            order = _order(centre, rows, kind, source, manner)
            bookmark = open_bookmark(file, _told(order))
            run = None if manner.is_dry else _begin(centre, file, order)
            with RefusedFile(file, rows.header, rows.separator, bookmark.refused_bytes) as refused:
                _import(centre, rows, order, (bookmark, refused), (advance, manner.writers))
    except FileNotFoundError:
        raise InvalidInput("file", f"there is no file {file}") from None
    except OSError as fault:
        raise Unavailable(f"{file}: {fault}") from fault
    if run is not None:
        import_runs.finish(centre, run, bookmark.counts)
        actor, name = f"file:{source}", f"{kind.value}_imported"
        audit.record(centre, actor, name, source, None, bookmark.counts)
    bookmark.remove()
    return bookmark.counts


def _begin(centre: Centre, file: Path, order: Order) -> int:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    what = (order.kind.value, order.source)
    return import_runs.begin(centre, file.name, digest, what, shell_actor())


def _rows(opened: IO[bytes], centre: Centre) -> Rows | SheetRows:
    return SheetRows(opened, centre.city.zone) if is_workbook(opened) else Rows(opened)


def _order(
    centre: Centre, rows: Rows | SheetRows, kind: Kind, source: str, manner: Manner
) -> Order:
    reading = manner.reading or Reading()
    shape = SHAPES[kind]
    names = load_names(centre.settings.config_dir / "columns.toml")
    columns = resolve(rows.header, shape.columns, shape.needed, names, reading)
    local = Local(centre.city.zone, reading.times, reading.days)
    return Order(kind, source, tuple(columns), local, manner.is_dry)


def _told(order: Order) -> list[str]:
    return [str(part) for part in astuple(order)]


def _import(
    centre: Centre,
    rows: Rows | SheetRows,
    order: Order,
    kept: tuple[Bookmark, RefusedFile],
    how: tuple[Advance, int],
) -> None:
    (bookmark, refused), (advance, writers) = kept, how
    reasons = Reasons(centre.settings.config_dir)
    statuses = [VALID, "refused"] if order.is_dry else [status.value for status in IntakeStatus]
    bookmark.counts.update(dict.fromkeys(statuses, 0))
    done = 0
    if bookmark.spot.line:
        rows.go_to(bookmark.spot)
        done = bookmark.spot.offset
        advance(done)
    with ExitStack() as running:
        if writers > 1:
            processes = writing_processes(centre.settings, order, writers)
            write = running.enter_context(processes)
        else:
            write = writer(centre, order)
        for end, counts, faulty in outcomes(_batches(rows), write, writers):
            for row, why in faulty:
                refused.add(row, why, reasons.in_vietnamese(why))
            bookmark.counts.update(counts)
            bookmark.spot, bookmark.refused_bytes = end, refused.size()
            bookmark.save()
            advance(end.offset - done)
            done = end.offset


def _batches(rows: Rows | SheetRows) -> Iterator[Batch]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield Batch(batch, rows.spot)

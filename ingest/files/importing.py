"""A file becomes facts, batch by batch; what is refused stands in a file beside it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from ingest.files.kinds import SHAPES, Item, Kind, Shape
from ingest.files.rows import RefusedFile, Row, Rows
from ingest.files.sheets import SheetRows, is_workbook
from ioc import audit
from ioc.access.rules import require_name
from ioc.centre import Centre
from ioc.errors import InvalidInput, Unavailable
from ioc.intake import IntakeStatus

BATCH = 1_000
Advance = Callable[[int], None]


def import_file(
    centre: Centre, file: Path, kind: Kind, source: str, advance: Advance
) -> Counter[str]:
    """Import the rows of `file` and return how many were recorded, repeated and refused.

    The same file again changes nothing: a row is known by its id, or by its content where it has
    none. `advance` is told how many bytes more were worked off.

    Raises:
        InvalidInput: the file cannot be read, or its header is wrong; nothing was imported. Or a
            line is not UTF-8; what stood before it is imported.
        Unavailable: the store does not answer, or the refused rows cannot be written; begin
            again, nothing is counted twice.
    """
    require_name("source", source)
    try:
        with file.open("rb") as opened:
            shape = SHAPES[kind]
            rows = _rows(opened, shape, centre)
            refused = RefusedFile(file, rows.columns, rows.separator)
            try:
                return _import(centre, rows, refused, (kind, source), advance)
            finally:
                refused.close()
    except FileNotFoundError:
        raise InvalidInput("file", f"there is no file {file}") from None
    except OSError as fault:
        raise Unavailable(f"{file}: {fault}") from fault


def _rows(opened: IO[bytes], shape: Shape, centre: Centre) -> Rows | SheetRows:
    if is_workbook(opened):
        return SheetRows(opened, shape.needed, shape.columns, centre.city.zone)
    return Rows(opened, shape.needed, shape.columns)


def _import(
    centre: Centre,
    rows: Rows | SheetRows,
    refused: RefusedFile,
    sender: tuple[Kind, str],
    advance: Advance,
) -> Counter[str]:
    kind, source = sender
    counts = Counter({status.value: 0 for status in IntakeStatus})
    done = 0
    for batch in _batches(rows):
        faulty = [(row, row.fault) for row in batch if row.fault is not None]
        good = [row for row in batch if row.fault is None]
        items: list[Item] = [SHAPES[kind].item(row.values) for row in good]
        for row, result in zip(good, SHAPES[kind].record(centre, source, items), strict=True):
            counts[result["status"]] += 1
            if result["status"] == IntakeStatus.REFUSED:
                faulty.append((row, str(result["why"])))
        counts[IntakeStatus.REFUSED.value] += sum(row.fault is not None for row in batch)
        for row, why in sorted(faulty, key=lambda pair: pair[0].line):
            refused.add(row, why)
        advance(rows.read_bytes - done)
        done = rows.read_bytes
    audit.record(centre, f"file:{source}", f"{kind.value}_imported", source, None, counts)
    return counts


def _batches(rows: Rows | SheetRows) -> Iterator[Sequence[Row]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch

"""A list as a file: CSV or XLSX, in the filter, the scope and the masks of who takes it away.

Every file says who took it, when, why and what was chosen: the mark of where a copy came from.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from dashboards.auth import Viewer
from dashboards.tables.cells import text_of
from dashboards.tables.model import Table
from dashboards.words import Words
from ioc.centre import Centre
from ioc.listing import MOST_DEEP, MOST_ROWS, Ask

MEMORY = 8_000_000
# A table program runs a cell that begins so as a formula: what a sender wrote stays text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
FORMATS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Taken:
    """A file that was made, and how many rows are in it."""

    file: IO[bytes]
    rows: int


def make_file(
    centre: Centre, table: Table, who: Viewer, ask: Ask, words: Words, form: tuple[str, str]
) -> Taken:
    """Return a list as a file; `form` is the format and why it is wanted."""
    kind, why = form
    heads = [words.say(f"column.{one.name}") for one in table.columns]
    origin = _origin(centre, table, who, ask, words, why)
    file = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - closed once it is sent
    try:
        write = _write_csv if kind == "csv" else _write_xlsx
        count = write(file, heads, _lines(centre, table, who, ask, words), origin)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Taken(file, count)


def _lines(
    centre: Centre, table: Table, who: Viewer, ask: Ask, words: Words
) -> Iterator[list[str]]:
    for first in range(0, MOST_DEEP, MOST_ROWS):
        page = table.rows(centre, who, replace(ask, first=first, most=MOST_ROWS)).rows
        for row in page:
            yield [text_of(one, row, words, centre.city) for one in table.columns]
        if len(page) < MOST_ROWS:
            return


def _origin(
    centre: Centre, table: Table, who: Viewer, ask: Ask, words: Words, why: str
) -> list[tuple[str, str]]:
    now = centre.now()
    chosen = "; ".join(f"{name}={','.join(value)}" for name, value in sorted(ask.where.items()))
    return [
        (words.say("sheet.list"), words.say(f"list.{table.name}")),
        (words.say("sheet.taken_by"), who.name),
        (words.say("sheet.taken_at"), f"{words.day(now)} {words.time(now)}"),
        (words.say("sheet.scope"), who.scope or words.say("sheet.everywhere")),
        (words.say("sheet.chosen"), chosen or words.say("filter.any")),
        (words.say("sheet.purpose"), why or "–"),
    ]


def _write_csv(
    file: IO[bytes],
    heads: Sequence[str],
    lines: Iterator[list[str]],
    origin: Sequence[tuple[str, str]],
) -> int:
    # With its mark of bytes a table program reads it as UTF-8, and Vietnamese stands right.
    out = TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(out)
    writer.writerow(heads)
    count = 0
    for line in lines:
        writer.writerow([_plain(cell) for cell in line])
        count += 1
    writer.writerow([])
    for name, value in origin:
        writer.writerow([f"# {name}", _plain(value)])
    out.detach()
    return count


def _write_xlsx(
    file: IO[bytes],
    heads: Sequence[str],
    lines: Iterator[list[str]],
    origin: Sequence[tuple[str, str]],
) -> int:
    import xlsxwriter  # noqa: PLC0415 - of many lists few are taken away

    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(origin[0][1][:31])
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heads) - 1, 20)
    sheet.set_footer("&L" + " · ".join(value for _, value in origin[:4]).replace("&", "&&")[:250])
    sheet.write_row(0, 0, heads, bold)
    count = 0
    for count, line in enumerate(lines, 1):
        sheet.write_row(count, 0, line)
    about = book.add_worksheet("IOC")
    about.set_column(0, 1, 40)
    for at, pair in enumerate(origin):
        about.write_row(at, 0, pair)
    book.close()
    return count


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell

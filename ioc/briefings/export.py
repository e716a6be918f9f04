"""An issue as tables, for XLSX and CSV: every number that stands on it, as a number."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from ioc.briefings.edition import Edition
from ioc.briefings.model import Figure

Value = int | float | str | None
DAY = timedelta(days=1)
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST_TITLE = 31


@dataclass(frozen=True)
class Table:
    """One sheet of a workbook."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def xlsx_of(edition: Edition) -> bytes:
    """Return the workbook; the same edition gives the same bytes."""
    out = BytesIO()
    workbook = Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    made_at = edition.end.replace(tzinfo=None)
    subject = edition.text(edition.book.subject)
    workbook.set_properties({"title": subject, "author": _say(edition, "issued"),
                             "created": made_at})  # fmt: skip
    strong, day = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "#,##0"})
    for table in tables_of(edition):
        sheet = workbook.add_worksheet(table.title[:LONGEST_TITLE])
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, table.head, strong)
        for n, row in enumerate(table.rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(n, column, value)
                elif value is not None:
                    sheet.write_number(n, column, value, day if isinstance(value, int) else None)
        sheet.autofit()
    workbook.close()
    return out.getvalue()


def csv_of(edition: Edition) -> bytes:
    """Return the figures as CSV in UTF-8, marked so that spreadsheets read its letters right."""
    table, out = figures_table(edition), StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.head)
    writer.writerows([_plain(value) for value in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def tables_of(edition: Edition) -> tuple[Table, ...]:
    """Return every table of an edition."""
    return (
        figures_table(edition),
        _days(edition),
        _units(edition),
        _alerts(edition),
        _sources(edition),
        _points(edition),
        _issue(edition),
    )


def figures_table(edition: Edition) -> Table:
    """Return the figures, one a row, each with its change, source, age, wholeness and gap."""
    names = (
        *("id", "figure", "unit", "kind", "value", "day", "before", "usual_low", "usual_high"),
        *("source", "as_of", "reported", "expected", "late", "against", "gap"),
    )
    rows = tuple(_figure_row(figure, edition) for figure in edition.contents.figures)
    return Table(_say(edition, "figures"), _heads(edition, names), rows)


def _figure_row(figure: Figure, edition: Edition) -> tuple[Value, ...]:
    low, high = figure.band or (None, None)
    return (
        figure.id,
        edition.figure_name(figure.id),
        edition.unit_name(figure.id),
        edition.words.say(f"figure_kind.{figure.kind}"),
        *(figure.value, figure.day, figure.before, low, high),
        edition.source_name(figure.source),
        edition.moment(figure.as_of),
        *(figure.reported, figure.expected, figure.late, figure.against, figure.gap),
    )


def _days(edition: Edition) -> Table:
    figures = edition.contents.figures
    count = max((len(figure.series) for figure in figures), default=0)
    days = [edition.day - DAY * n for n in range(count - 1, -1, -1)]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (day.isoformat(), *(figure.series[n] for figure in figures)) for n, day in enumerate(days)
    )
    head = (_say(edition, "day_of"), *(edition.figure_name(figure.id) for figure in figures))
    return Table(_say(edition, "days"), head, rows)


def _units(edition: Edition) -> Table:
    """Return the day by commune; what few people stand in is told as under so many."""
    figures, hidden = edition.contents.figures, f"<{edition.book.suppress_under}"
    rows: list[tuple[Value, ...]] = []
    for name, people in sorted(edition.contents.units.items()):
        unit = edition.city.units.get(name)
        counts = [figure.units.get(name, 0) for figure in figures]
        shown: list[Value] = [hidden if n is None else n for n in counts]
        place = (name, name, "") if unit is None else (unit.code, unit.name, unit.district)
        rows.append((*place, people, *shown))
    names = _heads(edition, ("code", "commune", "district", "people"))
    head = (*names, *(edition.figure_name(figure.id) for figure in figures))
    return Table(_say(edition, "units"), head, tuple(rows))


def _alerts(edition: Edition) -> Table:
    rules = edition.book.alerts
    rows = tuple(
        (
            edition.text(rules[line.index].name)
            if 0 <= line.index < len(rules)
            else edition.words.say("briefing.other"),
            *(line.n, line.before, line.ended, line.false),
        )
        for line in edition.contents.alerts
    )
    names = ("rule", "cases", "before", "ended", "false")
    return Table(_say(edition, "alerts"), _heads(edition, names), rows)


def _sources(edition: Edition) -> Table:
    rows = tuple(
        (
            edition.source_name(line.id),
            edition.moment(line.as_of),
            *(line.reported, line.expected, line.held, line.whole, line.late),
        )
        for line in edition.contents.sources
    )
    names = ("source", "as_of", "reported", "expected", "value", "against", "late")
    return Table(_say(edition, "sources"), _heads(edition, names), rows)


def _points(edition: Edition) -> Table:
    rows = tuple(
        (
            edition.figure_name(one.figure),
            " ".join(edition.say(saying).replace("|", "") for saying in one.says),
            one.rule,
            edition.words.say(f"rule_kind.{one.kind}"),
            one.score / 1000,
        )
        for one in edition.contents.sentences
    )
    names = ("figure", "sentence", "rule_id", "rule", "score")
    return Table(_say(edition, "points"), _heads(edition, names), rows)


def _issue(edition: Edition) -> Table:
    issue, words = edition.issue, edition.words
    lines: list[tuple[str, str, str, str]] = []
    if issue is not None:
        for one in issue.signatures:
            role = edition.role_name(one.role)
            lines.append((words.say(one.stage), one.name, role, words.stamp_of(one.at)))
        lines.append((_say(edition, "digest"), issue.digest, issue.name,
                      words.stamp_of(issue.frozen_at)))  # fmt: skip
    else:
        lines.append((words.say("briefing.draft"), "", "", ""))
    if edition.copy is not None:
        n, of, who = edition.copy
        lines.append((words.say("briefing.copy", n=n, of=of, who=who).strip(), "", "", ""))
    head = _heads(edition, ("stage", "name", "role", "at"))
    return Table(_say(edition, "issue"), head, tuple(lines))


def _heads(edition: Edition, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(_say(edition, name) for name in names)


def _say(edition: Edition, name: str) -> str:
    return edition.words.say(f"briefing_file.{name}")


def _plain(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

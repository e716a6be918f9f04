"""The three tables of the sheet: alerts of vehicles, another period, how whole the sources were."""

from dataclasses import dataclass

from ioc.briefings.edition import Edition
from ioc.briefings.marks import badge
from ioc.briefings.model import AlertLine, SourceLine
from ioc.briefings.sheet import Face, Ink, Item, Text, fitted, rule
from ioc.permits.model import PermitClass

TOP, FIRST, STEP = 720.0, 783.0, 19.6
SIZE, SMALL = 15.0, 14.2
ROOM = 122.0
DASH = "–"


@dataclass(frozen=True)
class Cell:
    """One cell: its right edge, or its left one where `anchor` is start."""

    x: float
    text: str
    face: Face = Face.MEDIUM
    ink: Ink = Ink.TEXT
    anchor: str = "end"


def tables(edition: Edition) -> list[Item]:
    """Return the tables beside one another."""
    return [*_alerts(edition), *_milestones(edition), *_sources(edition)]


def _alerts(edition: Edition) -> list[Item]:
    words, left, right = edition.words, 40.0, 458.0
    columns = (left + 250, left + 342, right)
    heads = [words.say(f"briefing.{name}") for name in ("cases", "on_before", "misread")]
    items = _head(edition, "briefing.alerts", (left, right))
    items.append(Text(left + 24, FIRST - 20, words.say("briefing.rule"), size=SMALL, ink=Ink.THIRD))
    items += _headings(columns, heads)
    y = FIRST
    for line in edition.contents.alerts:
        items += _alert(line, edition, columns, y)
        y += STEP
    whole = AlertLine(-1, *(sum(getattr(a, name) for a in edition.contents.alerts)
                            for name in ("n", "before", "ended", "false")))  # fmt: skip
    ack = edition.contents.ack_median_s
    name = (
        words.say("briefing.total")
        if ack is None
        else words.say("briefing.total_ack", ack=words.say("briefing.seconds", n=words.number(ack)))
    )
    items.append(rule(left, right, y - 14.5, 1.0, Ink.EDGE))
    items.append(Text(left + 24, y, name, size=SIZE))
    return [*items, *_alert_numbers(whole, edition, columns, y)]


def _alert(
    line: AlertLine, edition: Edition, columns: tuple[float, float, float], y: float
) -> list[Item]:
    rules = edition.book.alerts
    known = rules[line.index] if 0 <= line.index < len(rules) else None
    name = edition.words.say("briefing.other") if known is None else edition.text(known.name)
    items: list[Item] = [Text(64, y, fitted(name, Face.MEDIUM, SIZE, 178), size=SIZE)]
    if known is not None and known.permit_class in set(PermitClass):
        items += badge(PermitClass(known.permit_class), edition.words, (49, y - 5.5), 15)
    return [*items, *_alert_numbers(line, edition, columns, y)]


def _alert_numbers(
    line: AlertLine, edition: Edition, columns: tuple[float, float, float], y: float
) -> list[Item]:
    words = edition.words
    share = words.percent(line.false / line.ended, 1) if line.ended else DASH
    texts = (words.number(line.n), words.signed(line.n - line.before), share)
    faces = (Face.SEMIBOLD, Face.MEDIUM, Face.MEDIUM)
    return _cells([Cell(x, t, f) for x, t, f in zip(columns, texts, faces, strict=True)], y)


def _milestones(edition: Edition) -> list[Item]:
    left, right = 492.0, 902.0
    items = _head(edition, "briefing.milestones", (left, right))
    title = edition.text(edition.book.milestones_title)
    items.append(Text(left, FIRST - 20, title, size=SMALL, ink=Ink.THIRD))
    y = FIRST
    for name, n in edition.book.milestones:
        text = fitted(edition.text(name), Face.MEDIUM, SIZE, 320)
        number = Cell(right, edition.words.number(n), Face.SEMIBOLD)
        items += _cells([Cell(left, text, anchor="start"), number], y)
        y += STEP
    note = edition.words.say("briefing.not_added")
    return [*items, Text(left, y, note, size=SMALL, ink=Ink.THIRD)]


def _sources(edition: Edition) -> list[Item]:
    words, left, right = edition.words, 936.0, 1412.0
    columns = (left + 303, left + 396, right)
    heads = [words.say(f"briefing.{name}") for name in ("until", "whole", "came_late")]
    items = _head(edition, "briefing.sources", (left, right))
    name = words.say("briefing.source_name")
    items.append(Text(left, FIRST - 20, name, size=SMALL, ink=Ink.THIRD))
    items += _headings(columns, heads)
    # Seven sources and more still end above the signatures.
    step = min(STEP, ROOM / max(1, len(edition.contents.sources)))
    for n, line in enumerate(edition.contents.sources):
        items += _source(line, edition, columns, FIRST + n * step)
    return items


def _source(
    line: SourceLine, edition: Edition, columns: tuple[float, float, float], y: float
) -> list[Item]:
    until = edition.moment(line.as_of) if line.as_of else DASH
    name = fitted(edition.source_name(line.id), Face.MEDIUM, SIZE, 205)
    strong = (Face.SEMIBOLD, Ink.ALARM) if line.is_late else (Face.MEDIUM, Ink.TEXT)
    return _cells(
        [
            Cell(936.0, name, anchor="start"),
            Cell(columns[0], until, *strong),
            Cell(columns[1], _whole(line, edition)),
            Cell(columns[2], edition.words.number(line.late)),
        ],
        y,
    )


def _whole(line: SourceLine, edition: Edition) -> str:
    words = edition.words
    if line.held is not None and line.whole:
        return words.percent(line.held / line.whole, 2)
    if line.reported is not None and line.expected:
        return f"{words.number(line.reported)}/{words.number(line.expected)}"
    return DASH


def _head(edition: Edition, title: str, edges: tuple[float, float]) -> list[Item]:
    left, right = edges
    text = edition.words.say(title)
    return [rule(left, right, TOP), Text(left, TOP + 22, text, Face.SEMIBOLD, 16, level=3)]


def _headings(columns: tuple[float, float, float], texts: list[str]) -> list[Item]:
    cells = [Cell(x, text, ink=Ink.THIRD) for x, text in zip(columns, texts, strict=True)]
    return _cells(cells, FIRST - 20, SMALL)


def _cells(cells: list[Cell], y: float, size: float = SIZE) -> list[Item]:
    return [Text(one.x, y, one.text, one.face, size, one.ink, one.anchor) for one in cells]

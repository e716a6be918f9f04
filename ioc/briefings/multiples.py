"""The eight small multiples: figure, change, what it is held against, its days, its source."""

from datetime import timedelta

from ioc.briefings import charts
from ioc.briefings.edition import Edition
from ioc.briefings.marks import badge
from ioc.briefings.model import Figure, FigureChart, FigureContext, FigureKind
from ioc.briefings.sheet import Face, Group, Ink, Item, Text, fitted, rule, run, sized, width_of
from ioc.clock import day_bounds
from ioc.permits.model import PermitClass

COLUMNS = (40.0, 272.5, 505.0, 737.5)
ROWS = (268.0, 495.0)
WIDE, HIGH = 206.0, 204.0
SMALL = 14.2
# From the usual size down to the least that is printed.
LARGE = (38.0, 34.0, 30.0, 26.0)
SIZES = (15.4, 14.8, SMALL)
DAY = timedelta(days=1)


def multiples(edition: Edition) -> list[Item]:
    """Return the figures in two rows of four."""
    places = [(x, y) for y in ROWS for x in COLUMNS]
    return [
        _multiple(figure, edition, place)
        for figure, place in zip(edition.contents.figures, places, strict=False)
    ]


def _multiple(figure: Figure, edition: Edition, place: tuple[float, float]) -> Group:
    (x, y), words, shown = place, edition.words, edition.rule(figure.id)
    name, value = edition.figure_name(figure.id), words.number(figure.value)
    items: list[Item] = [
        rule(x, x + WIDE, y),
        Text(x, y + 23, fitted(name, Face.SEMIBOLD, 16, WIDE), Face.SEMIBOLD, 16, level=3),
        Text(x, y + 59, value, Face.SEMIBOLD, sized(value, Face.SEMIBOLD, LARGE, WIDE)),
        *_change(figure, edition, (x, y + 79)),
    ]
    has_classes = shown is not None and shown.context is FigureContext.CLASSES
    if has_classes:
        items += _classes(figure, edition, (x, y + 98))
    elif shown is not None:
        items += _context(shown.context, figure, edition, (x, y + 98))
    area = (x, y + 110.0, WIDE, 53.0)
    if shown is not None and shown.chart is FigureChart.BAND:
        items += charts.line(figure.series, figure.band, area)
    else:
        items += charts.bars(figure.series, area)
    items += _axis(figure, edition, (x, y + 178))
    said = f"{name}: {value}. {_change_text(figure, edition)}"
    return Group(tuple(items), figure.id, said, (x, y, WIDE, HIGH))


def _change(figure: Figure, edition: Edition, at: tuple[float, float]) -> list[Item]:
    """Return the change: its number strong, what it is of beside it."""
    text = _change_text(figure, edition)
    size = sized(text, Face.SEMIBOLD, SIZES, WIDE)
    number, _, rest = text.partition(" ")
    if not any(char.isdigit() for char in number):
        return [Text(*at, fitted(text, Face.MEDIUM, size, WIDE), Face.MEDIUM, size)]
    room = WIDE - width_of(number + " ", Face.SEMIBOLD, size)
    shown = " " + fitted(rest, Face.MEDIUM, size, room)
    parts = [Text(0, 0, number, Face.SEMIBOLD, size), Text(0, 0, shown, Face.MEDIUM, size)]
    return run(*at, parts)


def _change_text(figure: Figure, edition: Edition) -> str:
    words = edition.words
    if figure.kind == FigureKind.TOTAL:
        return words.say("briefing.by_day", change=words.signed(figure.day))
    if figure.kind == FigureKind.OPEN:
        moved = figure.parts
        return words.say(
            "briefing.moved",
            change=words.signed(figure.day),
            came=words.number(moved.get("came", 0)),
            left=words.number(moved.get("left", 0)),
        )
    if not figure.before:
        return words.say("briefing.no_before")
    share = (figure.day - figure.before) / figure.before
    sign = "+" if round(share * 100) > 0 else ""
    return words.say("briefing.against_before", change=sign + words.percent(share))


def _context(
    context: FigureContext, figure: Figure, edition: Edition, at: tuple[float, float]
) -> list[Item]:
    found = _context_part(context, figure, edition)
    if found is None:
        return []
    text, ink = found
    face = Face.SEMIBOLD if ink is Ink.ALARM else Face.MEDIUM
    size = sized(text, face, SIZES, WIDE)
    return [Text(*at, fitted(text, face, size, WIDE), face, size, ink)]


def _context_part(
    context: FigureContext, figure: Figure, edition: Edition
) -> tuple[str, Ink] | None:
    words, parts = edition.words, figure.parts
    if context is FigureContext.REPORTED and figure.expected:
        more = (figure.reported or 0) - parts.get("reported_before", 0)
        values = {"n": words.number(figure.reported or 0), "of": words.number(figure.expected)}
        return words.say("briefing.reported", change=words.signed(more), **values), Ink.TEXT
    if context is FigureContext.POPULATION and parts.get("population"):
        share = words.percent(figure.value / parts["population"], 1)
        return words.say("briefing.population", share=share), Ink.TEXT
    if context is FigureContext.AGAINST:
        return _against(figure, edition), Ink.TEXT
    if context is FigureContext.SHARE and figure.value:
        share = words.percent(parts.get("part", 0) / figure.value)
        shown = edition.rule(figure.id)
        day = "" if shown is None or shown.since is None else f"{shown.since:%d/%m/%Y}"
        return words.say("briefing.share_in", day=day, share=share), Ink.TEXT
    if context is FigureContext.OVERDUE:
        n = parts.get("overdue", 0)
        text = words.say("briefing.overdue", n=words.number(n))
        if figure.band is not None and figure.series[-1] > figure.band[1]:
            text += words.say("briefing.over_band")
        return text, Ink.ALARM if n else Ink.TEXT
    return _usual(figure, edition)


def _against(figure: Figure, edition: Edition) -> str:
    words = edition.words
    if not figure.against:
        return words.say("briefing.against_none")
    share = words.percent(figure.value / figure.against, 2)
    gap = words.number(figure.gap or 0)
    return words.say("briefing.against", share=share, whole=words.number(figure.against), gap=gap)


def _usual(figure: Figure, edition: Edition) -> tuple[str, Ink] | None:
    if figure.band is None:
        return None
    low, high = (edition.words.number(edge) for edge in figure.band)
    return edition.words.say("briefing.usual", low=low, high=high), Ink.TEXT


def _classes(figure: Figure, edition: Edition, at: tuple[float, float]) -> list[Item]:
    """Return how many of each pass: sign and number, three times."""
    (x, y), items = at, []
    for kind in PermitClass:
        number = edition.words.number(figure.parts.get(kind.value, 0))
        items += [*badge(kind, edition.words, (x + 8, y - 5.5), 16)]
        items.append(Text(x + 21, y, number, Face.SEMIBOLD, 15.4))
        x += 21 + width_of(number, Face.SEMIBOLD, 15.4) + 16
    return items


def _axis(figure: Figure, edition: Edition, at: tuple[float, float]) -> list[Item]:
    """Return the first and the last day, then the source; it stands out where it was late."""
    (x, y), zone = at, edition.city.zone
    first = edition.day - DAY * (len(figure.series) - 1)
    days = [edition.words.day(day_bounds(day, zone)[0])[:5] for day in (first, edition.day)]
    text = edition.words.say(
        "briefing.source",
        source=edition.short_source(figure.source),
        at=edition.moment(figure.as_of),
    )
    shown = fitted(text, Face.MEDIUM, SMALL, WIDE + 18)
    ink = Ink.ALARM if figure.is_late else Ink.THIRD
    return [
        Text(x, y, days[0], Face.MEDIUM, SMALL, Ink.SECOND),
        Text(x + WIDE, y, days[1], Face.MEDIUM, SMALL, Ink.SECOND, "end"),
        Text(x, y + 19, shown, Face.MEDIUM, SMALL, ink),
    ]

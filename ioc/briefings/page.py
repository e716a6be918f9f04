"""The sheet of an issue: heading, three points, small multiples, map, tables, sign-off."""

from datetime import datetime

from ioc.briefings.edition import Edition
from ioc.briefings.mapped import city_map
from ioc.briefings.marks import bridge
from ioc.briefings.model import Sentence, Signature, Stage
from ioc.briefings.multiples import multiples
from ioc.briefings.rules import signature_of
from ioc.briefings.sheet import (
    Face,
    Group,
    Ink,
    Item,
    Sheet,
    Text,
    fitted,
    rule,
    run,
    sized,
    width_of,
    wrapped,
)
from ioc.briefings.tables import tables
from ioc.clock import day_bounds
from ioc.labels import Language

LEFT, RIGHT = 40.0, 1412.0
POINTS = (40.0, 509.0, 978.0)
POINT_WIDE, INDENT = 404.0, 30.0
PROSE, LEADING, MOST_LINES = 16.0, 23.6, 4
SIGNS, SIGN_WIDE = (40.0, 397.0, 755.0), 322.0
SMALL = 14.2


def sheet_of(edition: Edition) -> Sheet:
    """Return the whole page."""
    title = f"{edition.words.say('briefing.title')} · {edition.text(edition.book.subject)}"
    return Sheet(
        title,
        (
            *_heading(edition),
            *_points(edition),
            *multiples(edition),
            *city_map(edition),
            *tables(edition),
            *_signatures(edition),
            *_foot(edition),
        ),
    )


def _heading(edition: Edition) -> list[Item]:
    words, book = edition.words, edition.book
    title = words.say("briefing.title")
    x = LEFT + width_of(title, Face.BOLD, 41) + 20
    right = RIGHT - 94
    centre = edition.text(book.centre)
    end = right - width_of(centre, Face.SEMIBOLD, 16.6)
    subject = fitted(_subject(edition), Face.SEMIBOLD, 16.6, end - x - 24)
    return [
        Text(LEFT, 89, title, Face.BOLD, 41, level=1),
        Text(x, 66, subject, Face.SEMIBOLD, 16.6),
        *run(x, 88, _cut_off(edition)),
        Text(right, 66, centre, Face.SEMIBOLD, 16.6, anchor="end"),
        *_code(edition, right),
        *bridge(RIGHT - 70, 85, 66),
        rule(LEFT, RIGHT, 103, 3),
    ]


def _subject(edition: Edition) -> str:
    subject, issue, words = edition.text(edition.book.subject), edition.issue, edition.words
    if issue is None:
        return f"{subject}. {words.say('briefing.draft_short')}"
    number = words.say("briefing.issue", number=issue.number)
    if issue.version > 1:
        number += f", {words.say('briefing.version', version=issue.version)}"
    return f"{subject}. {number}"


def _cut_off(edition: Edition) -> list[Text]:
    words = edition.words
    start, _ = day_bounds(edition.day, edition.city.zone)
    if edition.issue is None:
        when = f"{words.weekday(start)} {words.day(start)}"
        return [Text(0, 0, when, Face.SEMIBOLD, 16.6)]
    at = edition.issue.cut_off
    when = f"{words.minute(at)} {_weekday(at, edition)} {words.day(at)}"
    period = words.say("briefing.period", day=words.day(start)[:5])
    return [
        Text(0, 0, words.say("briefing.cut_off"), Face.MEDIUM, 16.6, Ink.SECOND),
        Text(0, 0, when, Face.SEMIBOLD, 16.6),
        Text(0, 0, period, Face.MEDIUM, 16.6, Ink.SECOND),
    ]


def _weekday(at: datetime, edition: Edition) -> str:
    """Return the day of the week as it stands in a sentence: Vietnamese begins it small."""
    name = edition.words.weekday(at)
    return name[:1].lower() + name[1:] if edition.words.language is Language.VI else name


def _code(edition: Edition, right: float) -> list[Item]:
    words, issue = edition.words, edition.issue
    if issue is None:
        text = words.say("briefing.draft")
        return [Text(right, 88, text, Face.MEDIUM, 16.6, Ink.ALARM, "end")]
    wide = width_of(issue.code, Face.MONO, 15.6)
    text = words.say("briefing.frozen")
    return [
        Text(right - wide, 88, text, Face.MEDIUM, 16.6, Ink.SECOND, "end"),
        Text(right, 88, issue.code, Face.MONO, 15.6, anchor="end"),
    ]


def _points(edition: Edition) -> list[Item]:
    found = edition.contents.sentences
    return [
        _point(n, sentence, edition, x)
        for n, (sentence, x) in enumerate(zip(found, POINTS, strict=False), 1)
    ]


def _point(n: int, sentence: Sentence, edition: Edition, x: float) -> Group:
    """Return one point: its headline, whose call to act is marked, and what more there is."""
    headline, *more = [edition.say(one) for one in sentence.says]
    plain, _, urgent = headline.partition("|")
    y = 136.0
    room = POINT_WIDE
    size = sized(plain + urgent, Face.PROSE_BOLD, (19.5, 18.5, 17.5, 16.5, 15.5), room)
    parts = [Text(0, 0, plain, Face.PROSE_BOLD, size, level=2)]
    if urgent:
        parts.append(Text(0, 0, urgent, Face.PROSE_BOLD, size, Ink.ALARM))
    number = Text(x, y, str(n), Face.SEMIBOLD, 23, Ink.ALARM if urgent else Ink.TEXT)
    items: list[Item] = [number, *run(x + INDENT, y, parts)]
    lines = wrapped(" ".join(more), Face.PROSE, PROSE, room)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], fitted(" ".join(lines[MOST_LINES - 1 :]),
                                                  Face.PROSE, PROSE, room)]  # fmt: skip
    for k, line in enumerate(lines):
        items.append(Text(x + INDENT, y + 28 + k * LEADING, line, Face.PROSE, PROSE, Ink.SECOND))
    said = " ".join((plain + urgent, *more))
    area = (x, y - 22, POINT_WIDE + INDENT, 32 + LEADING * len(lines))
    return Group(tuple(items), sentence.figure, said, area)


def _signatures(edition: Edition) -> list[Item]:
    items: list[Item] = [rule(LEFT, RIGHT, 912, 3)]
    for stage, x in zip(Stage, SIGNS, strict=True):
        items += _signature(stage, edition, x)
    return items


def _signature(stage: Stage, edition: Edition, x: float) -> list[Item]:
    words = edition.words
    lines = [line for line in edition.book.signs if line.stage is stage]
    signed = [
        one
        for line in lines
        if edition.issue is not None and (one := signature_of(edition.issue, line)) is not None
    ]
    names = ", ".join(one.name for one in signed)
    wanted = ", ".join(edition.role_name(line.role) for line in lines)
    y, times = 936.0, fitted(_times(signed, edition), Face.MEDIUM, SMALL, SIGN_WIDE)
    return [
        Text(x, y, words.say(stage), size=15),
        Text(
            x,
            y + 33,
            fitted(names or wanted, Face.SEMIBOLD if names else Face.MEDIUM, 15, SIGN_WIDE),
            Face.SEMIBOLD if names else Face.MEDIUM,
            15,
            Ink.TEXT if names else Ink.THIRD,
        ),
        rule(x, x + SIGN_WIDE, y + 41, 1.0, Ink.EDGE),
        Text(x, y + 57, times, size=SMALL, ink=Ink.SECOND),
    ]


def _times(signed: list[Signature], edition: Edition) -> str:
    """Return as what each signed, and when."""
    words = edition.words
    if not signed:
        return words.say("briefing.unsigned")
    times = ", ".join(f"{edition.role_name(one.role)} {words.minute(one.at)}" for one in signed)
    return words.say("briefing.signed", times=times, day=words.day(signed[-1].at))


def _foot(edition: Edition) -> list[Item]:
    words = edition.words
    text = words.say("briefing.page")
    if edition.copy is not None:
        n, of, who = edition.copy
        text += words.say("briefing.copy", n=n, of=of, who=who)
    elif edition.taken is not None:
        who, at = edition.taken
        text += words.say("briefing.taken", who=who, at=f"{words.moment(at)}")
    text += words.say("briefing.suppressed", n=edition.book.suppress_under)
    text += words.say("briefing.later")
    x, items = 1112.0, []
    for n, line in enumerate(wrapped(text, Face.MEDIUM, SMALL, RIGHT - x)[:4]):
        items.append(Text(x, 936 + n * 18.4, line, size=SMALL, ink=Ink.SECOND))
    return list(items)

"""Behind a figure: what it is, where it comes from, what it lacks, and its list by commune."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from ioc.access.model import Page
from ioc.briefings.edition import Edition
from ioc.briefings.model import Figure, FigureKind
from ioc.clock import day_bounds
from ioc.places import Unit
from ioc.scopes import Reach

DAY = timedelta(days=1)
Pair = tuple[str, str]


def source(edition: Edition, name: str, pages: Collection[Page]) -> Html:
    """Return what is known of a figure beside its number; nothing where none is chosen.

    `pages` are those that the viewer can open: a desk that he cannot is not offered.
    """
    figure = edition.contents.figure(name)
    if figure is None:
        return Html("")
    words, rule = edition.words, edition.rule(name)
    pairs = [*_numbers(figure, edition), *_wholeness(figure, edition), *_chosen(figure, edition)]
    listed = el(
        "button",
        key_cap("L"),
        el("span", words.say("briefing_page.list")),
        data_look="list",
        data_hotkey="KeyL",
    )
    desk = None
    if rule is not None and rule.desk:
        href = rule.desk.format(day=edition.contents.day)
        page = Page(href.strip("/").split("?", maxsplit=1)[0])
        name_of = words.say("briefing_page.desk", desk=words.say(page))
        desk = el("a", name_of, href=href) if page in pages else None
    return join(
        [
            el("h2", words.say("briefing_page.source_of", figure=edition.figure_name(name))),
            el("dl", [(el("dt", key), el("dd", value)) for key, value in pairs]),
            el("p", listed, desk, cls="ways"),
        ]
    )


def _numbers(figure: Figure, edition: Edition) -> list[Pair]:
    words = edition.words
    change = figure.kind == FigureKind.OPEN
    pairs = [
        (words.say(f"figure_kind.{figure.kind}"), words.number(figure.value)),
        (
            words.say("briefing_file.day"),
            words.signed(figure.day) if change else words.number(figure.day),
        ),
        (
            words.say("briefing_file.before"),
            words.signed(figure.before) if change else words.number(figure.before),
        ),
    ]
    if figure.band is not None:
        low, high = (words.number(edge) for edge in figure.band)
        pairs.append((words.say("briefing_page.usual"), f"{low}–{high}"))
    return pairs


def _wholeness(figure: Figure, edition: Edition) -> list[Pair]:
    words = edition.words
    pairs = [
        (words.say("briefing_file.source"), edition.source_name(figure.source)),
        (words.say("briefing_file.as_of"), edition.moment(figure.as_of)),
        (words.say("briefing_file.late"), words.number(figure.late)),
    ]
    if figure.expected is not None:
        n, of = words.number(figure.reported or 0), words.number(figure.expected)
        pairs.append((words.say("briefing_file.reported"), f"{n}/{of}"))
    if figure.against:
        pairs.append((words.say("briefing_file.against"), words.number(figure.against)))
        pairs.append((words.say("briefing_file.gap"), words.number(figure.gap or 0)))
    return pairs


def _chosen(figure: Figure, edition: Edition) -> list[Pair]:
    """Return which rule put the figure among the three points, if one did."""
    words = edition.words
    return [
        (
            words.say("briefing_file.rule"),
            f"{one.rule} · {words.say(f'rule_kind.{one.kind}')}"
            if one.rule
            else words.say(f"rule_kind.{one.kind}"),
        )
        for one in edition.contents.sentences
        if one.figure == figure.id
    ]


def figure_list(edition: Edition, name: str, reach: Reach) -> Html:
    """Return the list behind a figure: its day by commune, as far as the viewer sees, its days."""
    figure = edition.contents.figure(name)
    if figure is None:
        return Html("")
    words = edition.words
    title = words.say("briefing_page.list_of", figure=edition.figure_name(name), day=_day(edition))
    back = el("button", key_cap("L"), el("span", words.say("briefing_page.back")), data_look="list")
    note = words.say("briefing.suppressed", n=edition.book.suppress_under)
    return join(
        [
            el("header", el("h2", title), back),
            el("p", note, cls="quiet"),
            el("div", _districts(figure, edition, reach), _days(figure, edition), cls="lists"),
        ]
    )


def _districts(figure: Figure, edition: Edition, reach: Reach) -> Html:
    words = edition.words
    groups: dict[str, list[Unit]] = defaultdict(list)
    for name in edition.contents.units:
        unit = edition.city.units.get(name)
        if unit is not None and reach.covers_unit(name):
            groups[unit.district].append(unit)
    heads = (words.say("briefing_file.commune"), words.say("briefing_file.day"),
             words.say("briefing_page.per_thousand"))  # fmt: skip
    tables = [
        el(
            "section",
            el("h3", district),
            _table(heads, [_unit(unit, figure, edition) for unit in units]),
        )
        for district, units in sorted(groups.items())
    ]
    return el("div", tables, cls="by-district")


def _unit(unit: Unit, figure: Figure, edition: Edition) -> Sequence[str]:
    n, words = figure.units.get(unit.id, 0), edition.words
    if n is None:
        return unit.name, words.say("briefing_page.under", n=edition.book.suppress_under), "–"
    people = edition.contents.units.get(unit.id, 0)
    rate = words.number(n * 1000 / people, 1) if people else "–"
    return unit.name, words.number(n), rate


def _days(figure: Figure, edition: Edition) -> Html:
    words, zone = edition.words, edition.city.zone
    last = len(figure.series) - 1
    rows = [
        (words.day(day_bounds(edition.day - DAY * (last - n), zone)[0]), words.number(value))
        for n, value in reversed(list(enumerate(figure.series)))
    ]
    heads = (words.say("briefing_file.day_of"), words.say("briefing_file.value"))
    title = words.say("briefing_file.days")
    return el("section", el("h3", title), _table(heads, rows), cls="by-day")


def compared(edition: Edition, other: Edition | None, choices: Sequence[Pair]) -> Html:
    """Return the figures of two issues beside one another; first, which one to compare with."""
    words = edition.words
    options = [
        el("option", text, value=name, selected=other is not None and _name(other) == name)
        for name, text in choices
    ]
    choice = el(
        "label",
        words.say("briefing_page.compare_with"),
        el("select", el("option", "–", value=""), options, id="briefing-with"),
    )
    title = el("h2", words.say("briefing_page.compare"))
    if other is None:
        return join([title, choice])
    rows = []
    for figure in edition.contents.figures:
        known = other.contents.figure(figure.id)
        if known is not None:
            name = edition.figure_name(figure.id)
            numbers = (words.number(figure.value), words.number(known.value))
            rows.append((name, *numbers, words.signed(figure.value - known.value)))
    heads = ("", _name(edition), _name(other), words.say("briefing_page.difference"))
    return join([title, choice, _table(heads, rows)])


def _name(edition: Edition) -> str:
    return "" if edition.issue is None else edition.issue.name


def _day(edition: Edition) -> str:
    return edition.words.day(day_bounds(edition.day, edition.city.zone)[0])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    head = el("tr", [el("th", name, scope="col") for name in heads])
    body = [
        el("tr", [el("td", cell, cls="num" if n else None) for n, cell in enumerate(row)])
        for row in rows
    ]
    return el("table", el("thead", head), el("tbody", body))

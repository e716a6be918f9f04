"""Open reports by who holds them and by field: bars of how long they wait, what is late."""

from collections.abc import Callable, Sequence
from datetime import datetime

from dashboards.components import icon, key_cap
from dashboards.figures.bands import ageing_row
from dashboards.markup import Html, el, join
from dashboards.panels.report_words import agency_name, group_name
from dashboards.words import Words
from ioc.reports.board import Board, Standings
from ioc.reports.offered import Catalogue

# Rows that have room; what is left over is told in one more.
AGENCIES, GROUPS = 9, 10
BAR_PX = 196
STEPS = ("day", "three", "week", "longer")
# So many overdue, or such a share of what is open, and a row needs a person.
MANY, SHARE = 5, 0.2


def by_agency(board: Board, chosen: str, known: Catalogue, words: Words) -> Html:
    """Return one row an agency, the most open first; a click or C shows its reports alone."""

    def name(key: str) -> str:
        return agency_name(key, known, words)

    lines = board.agencies
    top = max((line.open for line in lines), default=1)
    rows = [
        _row(
            line,
            name,
            ("agency", line.key == chosen),
            (_ages(line, top), _oldest(line, board, words)),
            words,
        )
        for line in _shown(lines, AGENCIES, chosen)
    ]
    legend = [
        join([el("i", cls=f"age-{n}"), el("span", words.say(f"wall.age_{step}"))])
        for n, step in enumerate(STEPS)
    ]
    head = el(
        "header",
        el("h2", words.say("reports.by_agency"), " ", key_cap("C")),
        el("small", words.say("reports.by_agency_how")),
    )
    heads = el(
        "p",
        el("span", [el("span", part, cls="step") for part in legend], cls="legend-ages"),
        *[el("span", words.say(f"reports.col_{name}")) for name in ("open", "late", "oldest")],
        cls="board-heads",
    )
    return join([head, heads, el("ol", rows), _rest(lines, AGENCIES, words)])


def by_group(board: Board, chosen: str, known: Catalogue, words: Words) -> Html:
    """Return one row a field, the most open first; a click or L shows its reports alone."""

    def name(key: str) -> str:
        return group_name(key, known, words)

    lines = board.groups
    top = max((line.open for line in lines), default=1)
    rows = [
        _row(line, name, ("group", line.key == chosen), (_late_share(line, top), None), words)
        for line in _shown(lines, GROUPS, chosen)
    ]
    head = el(
        "header",
        el("h2", words.say("reports.by_group"), " ", key_cap("L")),
        el("small", words.say("reports.by_group_how")),
    )
    return join([head, el("ol", rows), _rest(lines, GROUPS, words)])


def _shown(lines: Sequence[Standings], room: int, chosen: str) -> list[Standings]:
    """Return the rows that have room, with the chosen one among them."""
    shown = list(lines[:room])
    if chosen and all(line.key != chosen for line in shown):
        shown[room - 1 :] = [line for line in lines if line.key == chosen]
    return shown


def _row(
    line: Standings,
    name: Callable[[str], str],
    pick: tuple[str, bool],
    drawn: tuple[Html, str | None],
    words: Words,
) -> Html:
    (bar, oldest), (kind, is_chosen) = drawn, pick
    return el(
        "li",
        el(
            "button",
            el("span", name(line.key), cls="who-acts"),
            bar,
            el("b", words.number(line.open)),
            _late(line, words),
            None if oldest is None else el("span", oldest, cls="oldest"),
            type="button",
            data_pick=kind,
            data_value=line.key,
            aria_pressed="true" if is_chosen else "false",
        ),
        cls="is-chosen" if is_chosen else None,
    )


def _late(line: Standings, words: Words) -> Html:
    needs = line.overdue >= MANY or (line.overdue > 1 and line.overdue >= SHARE * line.open)
    sign = icon("clock") if needs else None
    return el("span", sign, words.number(line.overdue), cls="late is-due" if needs else "late")


def _ages(line: Standings, top: int) -> Html:
    return ageing_row(line.ageing.steps, BAR_PX * line.open / top)


def _late_share(line: Standings, top: int) -> Html:
    whole = BAR_PX * line.open / top
    late = whole * line.overdue / line.open if line.open else 0.0
    parts = [el("i", cls="is-late", style=f"width:{late:.0f}px") if late else None]
    parts.append(el("i", style=f"width:{whole - late:.0f}px"))
    return el("span", parts, cls="late-share", aria_hidden="true")


def _oldest(line: Standings, board: Board, words: Words) -> str:
    at: datetime | None = line.ageing.oldest_at
    return "\u2013" if at is None else words.age(board.as_of - at)


def _rest(lines: Sequence[Standings], room: int, words: Words) -> Html | None:
    rest = lines[room:]
    if not rest:
        return None
    told = words.say(
        "reports.others",
        n=words.number(len(rest)),
        open=words.number(sum(line.open for line in rest)),
        late=words.number(sum(line.overdue for line in rest)),
    )
    return el("p", told, cls="others")

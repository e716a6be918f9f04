"""The line of totals of the desk of reports: what is open, late, came and went."""

from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.reports.board import MONTH, Board

DAY_S = 86_400


def totals(board: Board, centre: str, words: Words) -> Html:
    """Return the seven figures, each with what it is of, and the way to its list.

    `centre` is the agency that holds what no other does.
    """
    unassigned = f"standing=open&state=received&agency={centre}"
    whole = board.whole
    share = whole.overdue / whole.open if whole.open else 0.0
    late = words.say("reports.overdue_share", share=words.percent(share, 1))
    cells = [
        _cell(words.number(whole.open), _usual(board, words), "standing=open", cls="is-hero"),
        _cell(
            words.number(whole.overdue),
            late,
            "standing=overdue",
            cls="is-hero is-due" if whole.overdue else "is-hero",
        ),
        _cell(words.number(board.received), words.say("reports.received"), "standing=&span=day"),
        _cell(words.number(board.closed), words.say("reports.closed"), "standing=closed"),
        _cell(_median(board, words), words.say("reports.median", n=MONTH.days), "standing=closed"),
        _cell(
            words.number(board.reopened),
            words.say("reports.reopened", n=MONTH.days),
            "standing=&state=reopened",
        ),
        _cell(
            words.number(board.unassigned),
            _unassigned(board, words),
            unassigned,
        ),
    ]
    return el("ul", cells, cls="report-totals")


def _cell(figure: str, told: str, chosen: str, cls: str = "") -> Html:
    """Return one figure, the way to its list."""
    href = f"/reports?list=reports&{chosen}#list"
    return el("li", el("a", el("b", figure), el("small", told), href=href), cls=cls or None)


def _usual(board: Board, words: Words) -> str:
    if board.usual is None:
        return words.say("reports.open")
    low, high = (words.number(round(end)) for end in board.usual)
    return words.say("reports.open_usual", low=low, high=high)


def _median(board: Board, words: Words) -> str:
    if board.median is None:
        return "\u2013"
    days = board.median.total_seconds() / DAY_S
    if days < 1:
        return words.age(board.median)
    return words.say("reports.days", n=words.number(days, 1))


def _unassigned(board: Board, words: Words) -> str:
    if board.unassigned_at is None:
        return words.say("reports.unassigned")
    age = words.age(board.as_of - board.unassigned_at)
    return words.say("reports.unassigned_oldest", age=age)

"""Breaches of which the authority was not told: how long there is for it, on two desks alike."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.breaches.model import Breach


def left_of(breach: Breach, now: datetime, words: Words) -> str:
    """Return how long there is to tell the authority, or for how long it is overdue."""
    if breach.told_at is not None:
        return "–"
    key = "breaches.left" if now <= breach.due_at else "breaches.over"
    return words.say(key, age=words.age(abs(breach.due_at - now)))


def breach_lines(untold: Sequence[Breach], now: datetime, words: Words) -> Html:
    """Return one line a breach that is to be told, by number alone; nothing where there is none."""
    if not untold:
        return Html("")
    lines = [
        el("li", words.say("breaches.rail_line", no=one.no, left=left_of(one, now, words)))
        for one in untold
    ]
    return join([el("h2", words.say("breaches.rail")), el("ul", lines, cls="breach-lines")])

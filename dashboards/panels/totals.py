"""The figures on top of a desk: each a link to the list it counts, with its age and its context."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.components import age_badge
from dashboards.markup import Html, el
from dashboards.words import Words


@dataclass(frozen=True)
class Total:
    """One figure: what it says, of what, where it leads.

    `context` is the denominator, the span, or what is usual; `is_due` marks work for a person.
    """

    value: str
    text: str
    href: str
    context: str = ""
    is_due: bool = False


def totals(items: Sequence[Total], as_of: datetime, words: Words, *, period_s: int = 10) -> Html:
    """Return the figures in a row, and how old they are."""
    return el(
        "nav",
        [
            el(
                "a",
                el("b", one.value, cls="is-due" if one.is_due else None),
                el("span", one.text),
                el("small", one.context) if one.context else None,
                href=one.href,
            )
            for one in items
        ],
        age_badge(as_of, period_s, words),
        cls="desk-totals",
        aria_label=words.say("desk_totals.about"),
    )

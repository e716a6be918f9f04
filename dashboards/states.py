"""A tile when it has no number: nothing happened, it is not there yet, its source failed.

A tile is never blank: 0 has the time of the last case, a wait has its seconds, a failure says what
failed, the last good number with its time, and when it is tried again.
"""

from datetime import datetime, timedelta

from dashboards.components import tile
from dashboards.markup import Html, el
from dashboards.words import Words


def nothing(title: str, last_at: datetime | None, words: Words) -> Html:
    """Return a tile of which nothing is to be told: 0, and when there was something last."""
    told = (
        words.say("state.never")
        if last_at is None
        else words.say("state.last_at", time=words.minute(last_at))
    )
    return tile(
        title, el("span", words.number(0), cls="figure-value"), el("p", told, cls="context")
    )


def loading(title: str, waited_s: int, words: Words) -> Html:
    """Return a tile that waits for its first number: blocks of its final size, seconds counted."""
    age = el("span", el("i"), words.age(timedelta(seconds=waited_s)), cls="age is-waiting")
    blocks = [el("i", cls="block is-figure"), el("i", cls="block")]
    said = el("span", words.say("state.loading"), cls="sr-only")
    return tile(title, said, *blocks, age=age, name="is-loading")


def failed(title: str, last: str, last_at: datetime, retry_s: int, words: Words) -> Html:
    """Return a tile whose source does not answer; `last` is its last good number."""
    return tile(
        title,
        el("b", words.say("state.failed"), cls="failed-why"),
        el(
            "p",
            words.say("state.failed_last", n=last, time=words.minute(last_at), next=retry_s),
            cls="context",
        ),
        name="is-failed",
    )

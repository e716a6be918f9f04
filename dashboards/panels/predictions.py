"""Where a vehicle is due next: three cameras with the time it takes there, as rows."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.places import City
from ioc.vehicles.model import Predicted


def due_rows(due: Sequence[Predicted], seen_at: datetime, city: City, words: Words) -> Html | None:
    """Return the likely next cameras of a vehicle last seen at an instant, None where none is."""
    if not due:
        return None
    return el(
        "ol",
        [_row(n, one, seen_at, city, words) for n, one in enumerate(due, 1)],
        cls="due-rows",
        aria_label=words.say("case.due"),
    )


def mark_of(number: int) -> str:
    """Return the mark that ties a row to its place on the map."""
    return f"K{number}"


def _row(n: int, one: Predicted, seen_at: datetime, city: City, words: Words) -> Html:
    camera = city.cameras.get(one.camera)
    least, usual = (
        max(1, round((at - seen_at).total_seconds() / 60)) for at in (one.earliest_at, one.usual_at)
    )
    span = str(least) if least >= usual else f"{least}–{usual}"
    return el(
        "li",
        el("b", mark_of(n), cls="due-mark"),
        el("span", camera.name if camera else one.camera),
        el("span", words.say("case.due_in", span=span)),
        el("time", words.time(one.usual_at)),
    )

"""The top line of the wall: how many alerts are open, and the cards of those to be handled."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.components import badge, index_disc, late_mark, priority_tag, time_bar
from dashboards.markup import Html, el
from dashboards.panels.reasons import class_of
from dashboards.plates import plate_text
from dashboards.words import Words
from ioc.alerts.model import AlertState, Priority
from ioc.places import City
from ioc.snapshot import TickerLine, WallSnapshot

PER_PAGE = 3


def count(snapshot: WallSnapshot, words: Words) -> Html:
    """Return how many alerts are open, by priority, and how many nobody took in time."""
    total = sum(snapshot.by_priority.values())
    counts = {priority: snapshot.by_priority.get(priority, 0) for priority in Priority}
    # Colour is work for a person: where there is none the tag is grey.
    tags = [
        [priority_tag(priority, is_any=n > 0), el("b", words.number(n))]
        for priority, n in counts.items()
    ]
    overdue = el("span", words.say("wall.overdue", n=words.number(snapshot.overdue)), cls="urgent")
    showing = el("small", id="showing")
    return el(
        "div",
        el("span", words.number(total), cls="figure-value"),
        el(
            "div",
            el("p", words.say("wall.alerts_flood" if snapshot.is_flood else "wall.alerts_open")),
            el("div", tags, cls="by-priority"),
            el("div", overdue if snapshot.overdue else None, " ", showing if total else None),
        ),
        cls="alert-count",
    )


def cards(lines: Sequence[TickerLine], city: City, now: datetime, words: Words) -> Html:
    """Return the cards in pages of three; pages are turned by a hard cut, P1 stand first."""
    if not lines:
        return el("p", words.say("wall.no_alerts", time=words.minute(now)), cls="no-cards")
    pages = [lines[n : n + PER_PAGE] for n in range(0, len(lines), PER_PAGE)]
    drawn = [
        el(
            "div",
            [_card(line, n * PER_PAGE + k, city, words) for k, line in enumerate(page, 1)],
            cls="card-page",
            hidden=n > 0,
            data_showing=words.say(
                "wall.showing", first=n * PER_PAGE + 1, last=n * PER_PAGE + len(page)
            ),
        )
        for n, page in enumerate(pages)
    ]
    return el("div", drawn, _urgent(lines), cls="cards", data_pages=True, role="log")


def _urgent(lines: Sequence[TickerLine]) -> Html | None:
    """Return the mark by which a screen of several pages stays on its first one."""
    raised = [line for line in lines if line.calls]
    if not raised:
        return None
    return el(
        "i",
        hidden=True,
        data_urgent_at=max(line.raised_at for line in raised).isoformat(),
        data_waits=any(line.state is AlertState.NEW for line in raised),
    )


def place_of(camera: str, city: City) -> str:
    """Return the name of a camera's place; its lane, behind a comma, is for the desk."""
    return city.cameras[camera].name.split(",")[0] if camera in city.cameras else camera


def _card(line: TickerLine, number: int, city: City, words: Words) -> Html:
    permit_class = class_of(line.reason)
    is_urgent = line.calls or line.is_overdue
    taken = line.state is not AlertState.NEW
    return el(
        "article",
        el(
            "div",
            index_disc(number),
            priority_tag(line.priority),
            badge(permit_class, words, 34) if permit_class else None,
            el("strong", words.say(f"short_reason.{line.reason}")),
        ),
        el("div", _which(line, words), el("span", place_of(line.camera, city), cls="place")),
        _running(line, words, taken=taken),
        cls="card is-urgent" if is_urgent else "card",
        aria_live="assertive" if line.calls else "polite",
    )


def _which(line: TickerLine, words: Words) -> Html:
    """Return the plate, or how many alerts of one camera and rule the card stands for."""
    if line.together == 1:
        return plate_text(line.plate)
    return el("b", words.say("wall.together", n=words.number(line.together)), cls="together")


def _running(line: TickerLine, words: Words, *, taken: bool) -> Html:
    if line.late_s is not None and not taken:
        return late_mark(line.late_s, words, line.seen_at)
    return _in_work(line, words) if taken else time_bar(line.raised_at, line.due_at, words)


def _in_work(line: TickerLine, words: Words) -> Html:
    return el(
        "div",
        el("b", cls="run-time"),
        el("span", words.say(line.state), cls="place"),
        cls="run is-taken",
        data_since=line.raised_at.isoformat(),
    )

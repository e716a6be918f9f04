"""The search of plates: what is asked and why, what was found, a trail, requests for old trails."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.choosers import field
from dashboards.words import Words
from ioc.lookups.model import Findings, Found, RequestState, TrailRequest
from ioc.lookups.rules import KNOWN
from ioc.places import City
from ioc.vehicles.model import Sighting
from ioc.vehicles.plate import display

SPANS = (1, 7, 30)
# Further back than is free: a second person decides.
LONG = 60


def form(words: Words, kinds: Sequence[str], *, free_days: int) -> Html:
    """Return what must be said before anything is looked up; Enter sends it.

    `kinds` are what can be searched: plate, person, card, report, camera. What is asked of plates
    alone is hidden while something else is searched.
    """
    is_plate = kinds[:1] == ["plate"]
    said = [el("option", words.say(f"search_kind.{kind}"), value=kind) for kind in kinds]
    days = sorted({min(span, free_days) for span in SPANS})
    options = [
        el("option", words.say("search.days", n=n), value=n, selected=n == days[-1]) for n in days
    ]
    return el(
        "form",
        head(words),
        el(
            "div",
            _labelled("search.what", el("select", said, name="kind"), words),
            _labelled("search.text", field("pattern", "search.pattern", words, 80), words),
            _labelled("desk.purpose", field("purpose", "desk.purpose", words, 200), words),
            _labelled("desk.case", field("case", "desk.case", words, 200), words),
            el(
                "label",
                el("span", words.say("search.span")),
                el("select", options, name="days"),
                data_only="plate",
                hidden=not is_plate,
            ),
            el(
                "label",
                el("input", type="checkbox", name="alike", value="1"),
                el("span", words.say("search.alike")),
                cls="check",
                data_only="plate",
                hidden=not is_plate,
            ),
            el("button", words.say("search.go"), type="submit", cls="go"),
            cls="search-fields",
        ),
        el(
            "p",
            words.say("search.how", n=KNOWN),
            cls="quiet",
            data_only="plate",
            hidden=not is_plate,
        ),
        data_quest="search",
    )


def head(words: Words) -> Html:
    """Return the title, what is noted, and how to leave."""
    return el(
        "header",
        el("h2", words.say("search.title")),
        el("small", words.say("search.noted")),
        el("button", key_cap("Esc"), words.say("keys.back"), type="button", data_shut=True),
    )


def found_rows(findings: Findings, city: City, words: Words) -> Html:
    """Return the plates that fit, each a button that opens its trail."""
    if not findings.found:
        return el("p", words.say("search.none"), cls="quiet")
    more = el("p", words.say("search.cut"), cls="quiet") if findings.is_cut else None
    rows = [_found(one, city, words) for one in findings.found]
    title = el("h3", words.say("search.found", n=len(rows)))
    return el("section", title, el("ol", rows), more, cls="found")


def trail_rows(
    plate: str, stops: Sequence[Sighting], since: datetime, city: City, words: Words
) -> Html:
    """Return where a plate was, newest first."""
    head = words.say("search.trail", plate=display(plate), time=words.moment(since))
    rows = [
        el(
            "tr",
            el("td", f"{words.time(stop.read.seen_at)} {words.day(stop.read.seen_at)}", cls="mono"),
            el("td", _place(stop, city)),
            el("td", words.say(stop.verdict.outcome)),
            el("td", words.number(stop.read.confidence, 2), cls="num"),
        )
        for stop in stops
    ]
    empty = el("p", words.say("case.no_trail"), cls="quiet")
    return el(
        "section", el("h3", head), el("table", rows) if rows else empty, _older(plate, words),
        cls="trail-rows",
    )  # fmt: skip


def requests(
    mine: Sequence[TrailRequest],
    waiting: Sequence[TrailRequest],
    now: datetime,
    words: Words,
    *,
    may_decide: bool,
) -> Html:
    """Return one's own requests for old trails, and those that wait for a second person."""
    parts = []
    if may_decide and waiting:
        head = el("h3", words.say("search.to_decide"))
        parts.append(el("section", head, el("ol", [_to_decide(one, words) for one in waiting])))
    if mine:
        head = el("h3", words.say("search.mine"))
        parts.append(el("section", head, el("ol", [_mine(one, now, words) for one in mine])))
    return join(parts)


def told(text: str, *, is_fault: bool = False) -> Html:
    """Return one line of answer."""
    return el("p", text, cls="fault" if is_fault else "quiet", role="alert" if is_fault else None)


def _found(one: Found, city: City, words: Words) -> Html:
    alike = None if one.is_exact else el("small", words.say("search.is_alike"), cls="is-doubtful")
    return el(
        "li",
        el(
            "button",
            el("b", display(one.plate), cls="mono"),
            el("span", words.moment(one.last.read.seen_at)),
            el("span", _place(one.last, city)),
            alike,
            type="button",
            data_quest="trail",
            data_plate=one.plate,
        ),
    )


def _older(plate: str, words: Words) -> Html:
    return el(
        "button",
        words.say("search.ask", n=LONG),
        type="button",
        data_quest="ask",
        data_plate=plate,
        cls="ask",
    )


def _to_decide(one: TrailRequest, words: Words) -> Html:
    return el(
        "li",
        _said(one, words),
        *[
            el(
                "button",
                words.say(f"search.{name}"),
                type="button",
                data_quest=name,
                data_request=one.id,
            )
            for name in ("approve", "refuse")
        ],
        cls="request",
    )


def _mine(one: TrailRequest, now: datetime, words: Words) -> Html:
    state = one.state(now)
    usable = one.usable_until if state is RequestState.APPROVED else None
    until = words.say("search.until", time=words.moment(usable)) if usable else None
    show = el(
        "button",
        words.say("search.show"),
        type="button",
        data_quest="old_trail",
        data_request=one.id,
    )
    state_said = el("b", words.say(state))
    return el("li", _said(one, words), state_said, until, show if usable else None, cls="request")


def _said(one: TrailRequest, words: Words) -> Html:
    told = words.say("search.request", plate=display(one.plate), time=words.moment(one.since))
    return el("span", told, ". ", el("small", f"{one.asked_by}: {one.purpose}, {one.case}"))


def _labelled(key: str, box: Html, words: Words) -> Html:
    return el("label", el("span", words.say(key)), box)


def _place(sighting: Sighting, city: City) -> str:
    camera = city.cameras.get(sighting.read.camera)
    return camera.name if camera else sighting.read.camera

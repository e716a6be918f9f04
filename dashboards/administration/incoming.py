"""What came in and was refused, with its reason; the platforms that are asked, and how far."""

import json
import re
from collections.abc import Mapping
from typing import Any

from dashboards.administration.imports import runs_with_refused
from dashboards.administration.parts import officer_of
from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Choice, Column, Filter, Kind, Opening, Table, words_of_choice
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.access.service import list_keys
from ioc.administration import registers, service
from ioc.centre import Centre
from ioc.errors import NotFound
from ioc.feeds.service import feed_states
from ioc.listing import Ask, Listed, paged

# What a fault quotes is what was sent: it may be a name or a number of a document.
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
HIDDEN = "'…'"
FEED_STATES = ("good", "failing")


def _refused(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = service.rows_of(centre, registers.REFUSED, ask, officer_of(who))
    told = [{**row, "why_refused": why_for(str(row["why"]), who)} for row in found.rows]
    return Listed(told, found.total)


def why_for(why: str, who: Viewer) -> str:
    """Return a reason as a viewer may read it: without what was sent, for who sees no person."""
    return why if who.may(Action.SEE_PERSON) else QUOTED.sub(HIDDEN, why)


def opened_item(opening: Opening) -> Mapping[str, str]:
    """Return one item that was refused; what it says only to whom may see persons, and noted.

    Raises:
        NotFound: there is none, or the viewer administers a part of the province.
    """
    words, who = opening.words, opening.who
    row = service.row_of(opening.centre, registers.REFUSED, opening.id, officer_of(who))
    facts = [
        (words.say("column.received_at"), words.moment(row["received_at"])),
        (words.say("column.source"), row["source"]),
        (words.say("column.item_id"), row["item_id"]),
        (words.say("column.field"), row["field"]),
    ]
    head = row_parts.head(row["kind"], words.say("refused.state"), why_for(row["why"], who))
    parts: list[Html] = [head, row_parts.facts(words.say("refused.facts"), facts)]
    if row["content"]:
        parts.append(_content(opening, row, words))
    return {"row-case": join(parts), "row-actions": ""}


def _content(opening: Opening, row: Mapping[str, Any], words: Words) -> Html:
    if not opening.who.may(Action.SEE_PERSON):
        names = ", ".join(_names(row["content"])) or "–"
        return row_parts.facts(words.say("refused.content"), [(words.say("refused.names"), names)])
    subject, purpose = f"refused:{row['ref']}", opening.purpose
    audit.record(opening.centre, opening.who.name, "refused_seen", subject, purpose, {})
    return el(
        "section",
        el("h3", words.say("refused.content")),
        el("pre", _pretty(row["content"])),
        cls="row-facts",
    )


def _names(content: str) -> list[str]:
    try:
        item = json.loads(content)
    except ValueError:
        return []
    return sorted(map(str, item)) if isinstance(item, dict) else []


def _pretty(content: str) -> str:
    try:
        return json.dumps(json.loads(content), ensure_ascii=False, indent=2)
    except ValueError:
        return content


def _sources(centre: Centre, _who: Viewer, _words: Words) -> list[Choice]:
    names = {key.source for key in list_keys(centre)} | set(feed_states(centre))
    return [(name, name) for name in sorted(names)]


def _feeds(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    rows = [
        {
            "ref": state.feed,
            "feed": state.feed,
            "feed_state": "failing" if state.failures else "good",
            "read_at": state.read_at,
            "items": state.items,
            "refused": state.refused,
            "failures": state.failures,
            "fault": state.fault,
            "cursor": state.cursor,
        }
        for state in (feed_states(centre).values() if who.scope is None else ())
    ]
    filters = {"feed_state": lambda row, value: row["feed_state"] == value}
    return paged(rows, ask, (("feed", False),), filters)


def opened_feed(opening: Opening) -> Mapping[str, str]:
    """Return how far one feed was read, and its last fault.

    Raises:
        NotFound: there is no such feed.
    """
    words, known = opening.words, feed_states(opening.centre)
    if opening.id not in known or opening.who.scope is not None:
        raise NotFound("feed", opening.id)
    one = known[opening.id]
    facts = [
        (words.say("column.read_at"), words.moment(one.read_at) if one.read_at else "–"),
        (words.say("column.items"), words.number(one.items)),
        (words.say("column.refused"), words.number(one.refused)),
        (words.say("column.cursor"), el("code", one.cursor or "–")),
    ]
    failed = [
        (words.say("column.failures"), words.number(one.failures)),
        (words.say("feeds.failed_at"), words.moment(one.failed_at) if one.failed_at else "–"),
        (words.say("column.fault"), one.fault or "–"),
    ]
    state = words.say("feed_state.failing" if one.failures else "feed_state.good")
    parts = [
        row_parts.head(one.feed, state, is_due=one.failures > 0),
        row_parts.facts(words.say("feeds.facts"), facts),
        row_parts.facts(words.say("feeds.faults"), failed),
    ]
    return {"row-case": join(parts), "row-actions": ""}


REFUSED = Table(
    "refused",
    Page.ADMIN,
    (
        Column("received_at", Kind.INSTANT, 160, is_sorted=False),
        Column("source", Kind.CODE, 150, is_sorted=False),
        Column("kind", Kind.CODE, 140, is_sorted=False),
        Column("field", Kind.CODE, 140, is_sorted=False),
        Column("why_refused", width=420, is_sorted=False),
        Column("item_id", Kind.CODE, 180, is_sorted=False),
        Column("no", Kind.NUMBER, 110),
    ),
    _refused,
    filters=(
        Filter("source", "V", _sources),
        Filter("run", "I", runs_with_refused),
        Filter("span", "T", words_of_choice("span", tuple(registers.SPANS)), "week"),
    ),
    order=(("no", True),),
    is_personal=True,
    purposes=("correction", "complaint"),
    opened=opened_item,
)  # fmt: skip
FEEDS = Table(
    "feeds",
    Page.ADMIN,
    (
        Column("feed", Kind.CODE, 180),
        Column("feed_state", width=150,
               told=lambda row, words, _: words.say(f"feed_state.{row['feed_state']}"),
               mark=lambda row: "is-due" if row["failures"] else ""),
        Column("read_at", Kind.INSTANT, 160),
        Column("items", Kind.NUMBER, 120),
        Column("refused", Kind.NUMBER, 120),
        Column("failures", Kind.NUMBER, 120),
        Column("fault", width=320, told=lambda row, _w, _c: row["fault"] or "–"),
        Column("cursor", Kind.CODE, 200, is_sorted=False),
    ),
    _feeds,
    filters=(Filter("feed_state", "S", words_of_choice("feed_state", FEED_STATES)),),
    order=(("feed", False),),
    opened=opened_feed,
)  # fmt: skip

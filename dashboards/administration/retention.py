"""What is deleted when: each kind of record, how long it is kept, before which day it is gone."""

from collections.abc import Mapping

from dashboards.auth import Viewer
from dashboards.markup import el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Column, Kind, Opening, Table
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.certificates import certificates
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, paged


def _rows(centre: Centre, _who: Viewer, ask: Ask) -> Listed:
    now = centre.now()
    rows = [
        {"ref": kind, "record": kind, "days": kept.days, "gone_before": now - kept}
        for kind, kept in centre.city.limits.retention.items()
    ]
    return paged(rows, ask, (("days", False), ("record", False)), {})


def opened(opening: Opening) -> Mapping[str, str]:
    """Return what one kind of record is and until when it is kept.

    Raises:
        NotFound: there is no such kind.
    """
    words, kept = opening.words, opening.centre.city.limits.retention.get(opening.id)
    if kept is None:
        raise NotFound("kind", opening.id)
    centre = opening.centre
    facts = [
        (words.say("column.days"), words.number(kept.days)),
        (words.say("column.gone_before"), words.day(centre.now() - kept)),
    ]
    parts = [
        row_parts.head(words.say(f"record.{opening.id}"), words.say("retention.nightly")),
        row_parts.facts(words.say("retention.facts"), facts),
        row_parts.facts(words.say("retention.certificate"), _certified(centre, words)),
    ]
    return {"row-case": join(parts), "row-actions": ""}


def _certified(centre: Centre, words: Words) -> list[tuple[str, object]]:
    """Return what the last certificate says; `ioc admin verify-certificates` checks it."""
    newest = next(iter(certificates(centre, 1)), None)
    if newest is None:
        return [(words.say("retention.last"), words.say("retention.none"))]
    removed = newest.says["removed"]
    return [
        (words.say("retention.last"), words.moment(newest.made_at)),
        (words.say("column.no"), words.number(newest.no)),
        (words.say("retention.removed"), words.number(sum(removed.values()))),
        (words.say("retention.signature"), el("code", newest.signature)),
    ]


TABLE = Table(
    "retention",
    Page.ADMIN,
    (
        Column(
            "record", width=420, told=lambda row, words, _: words.say(f"record.{row['record']}")
        ),
        Column("days", Kind.NUMBER, 160),
        Column("gone_before", Kind.DAY, 220),
    ),
    _rows,
    order=(("days", False),),
    opened=opened,
)

"""The city's files in force: which content since when, and what it was before."""

from collections.abc import Mapping

from dashboards.auth import Viewer
from dashboards.markup import el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Column, Filter, Kind, Opening, Table, words_of_choice
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.config_versions import digest_now, versions
from ioc.errors import NotFound
from ioc.listing import Ask, Listed, paged

SHORT = 12


def _rows(centre: Centre, _who: Viewer, ask: Ask) -> Listed:
    rows = [
        {
            "ref": f"{one.digest[:SHORT]}.{one.since:%Y%m%d%H%M%S}",
            "file": one.file,
            "version": one.version,
            "digest": one.digest[:SHORT],
            "since": one.since,
            "until": one.until,
        }
        for one in versions(centre)
    ]
    filters = {"force": lambda row, value: (row["until"] is None) == (value == "yes")}
    return paged(rows, ask, (("file", False), ("since", True)), filters)


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one content of a file, whether it lies there still, and the others before it.

    Raises:
        NotFound: there is none.
    """
    words, known = opening.words, versions(opening.centre)
    short, _, stamp = opening.id.partition(".")
    one = next(
        (v for v in known if v.digest.startswith(short) and f"{v.since:%Y%m%d%H%M%S}" == stamp),
        None,
    )
    if one is None or not short:
        raise NotFound("version", opening.id)
    lies = digest_now(opening.centre, one.file)
    is_changed = one.until is None and lies != one.digest
    state = words.say("force.yes" if one.until is None else "force.no")
    facts = [
        (words.say("column.version"), one.version),
        (words.say("column.since"), words.moment(one.since)),
        (words.say("column.until"), words.moment(one.until) if one.until else "–"),
        (words.say("versions.digest"), el("code", one.digest)),
    ]
    log = [
        (v.since, v.digest[:SHORT], words.say("versions.number", n=v.version) if v.version else "")
        for v in reversed(known)
        if v.file == one.file
    ]
    about = words.say("versions.changed") if is_changed else words.say("versions.same")
    parts = [
        row_parts.head(one.file, state, about if one.until is None else "", is_due=is_changed),
        row_parts.facts(words.say("versions.facts"), facts),
        row_parts.log(words.say("versions.past"), log, words),
    ]
    return {"row-case": join(parts), "row-actions": ""}


TABLE = Table(
    "versions",
    Page.ADMIN,
    (
        Column("file", Kind.CODE, 320),
        Column("version", Kind.NUMBER, 120),
        Column("digest", Kind.CODE, 170),
        Column("since", Kind.INSTANT, 170),
        Column("until", Kind.INSTANT, 170),
    ),
    _rows,
    filters=(Filter("force", "S", words_of_choice("force", ("yes", "no")), "yes"),),
    order=(("file", False),),
    opened=opened,
)

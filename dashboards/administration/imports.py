"""Files that were imported: who brought which, what was taken, what was refused and why."""

from collections.abc import Mapping

from dashboards.administration.parts import officer_of
from dashboards.auth import Viewer
from dashboards.markup import el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Choice, Column, Filter, Kind, Opening, Row, Table
from dashboards.tables.model import words_of_choice as choices
from dashboards.words import Words
from ioc.access.model import Page
from ioc.administration import registers, service
from ioc.centre import Centre
from ioc.listing import Ask, Listed
from ioc.places import City

STATES = ("whole", "refused", "open")
OFFERED = 50


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return service.rows_of(centre, registers.IMPORTS, ask, officer_of(who))


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one import: the file and its digest, what came of its rows, where the others are.

    Raises:
        NotFound: there is none, or the viewer administers a part of the province.
    """
    words, who = opening.words, officer_of(opening.who)
    row = service.row_of(opening.centre, registers.IMPORTS, opening.id, who)
    counts = [
        (words.say(f"column.{name}"), "–" if row[name] is None else words.number(row[name]))
        for name in ("recorded", "repeated", "refused")
    ]
    facts = [
        (words.say("column.kind"), row["kind"]),
        (words.say("column.source"), row["source"]),
        (words.say("column.actor"), row["actor"]),
        (words.say("column.began_at"), words.moment(row["began_at"])),
        (words.say("column.ended_at"), words.moment(row["ended_at"]) if row["ended_at"] else "–"),
        (words.say("column.digest"), el("code", row["sha256"])),
    ]
    state = state_of(row)
    case = [
        row_parts.head(row["file"], words.say(f"import_state.{state}"), is_due=state != "whole"),
        row_parts.facts(words.say("imports.rows"), counts),
        _refused(row, words) if row["refused"] or state == "open" else None,
        row_parts.facts(words.say("imports.file"), facts),
    ]
    return {"row-case": join(case), "row-actions": ""}


def _refused(row: Row, words: Words) -> object:
    stem = str(row["file"]).rpartition(".")[0] or str(row["file"])
    href = f"/admin?list=refused&span=&run={row['no']}"
    return el(
        "section",
        el("h3", words.say("list.refused")),
        el("p", el("a", words.say("imports.to_refused"), href=href, cls="begin")),
        el("p", words.say("imports.beside", file=f"{stem}.refused.csv"), cls="quiet"),
        cls="row-facts",
    )


def state_of(row: Row) -> str:
    """Return how an import stands: `whole`, with rows `refused`, or still `open`."""
    if row["ended_at"] is None:
        return "open"
    return "refused" if row["refused"] else "whole"


def runs_with_refused(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    """Return the last imports that had rows refused, to choose among: number and file."""
    ask = Ask(most=OFFERED, where={"import_state": ("refused", "open")})
    found = service.rows_of(centre, registers.IMPORTS, ask, officer_of(who)).rows
    return [(str(row["no"]), f"{row['no']} · {row['file']}") for row in found]


def _told_state(row: Row, words: Words, _city: City) -> str:
    return words.say(f"import_state.{state_of(row)}")


def _sources(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    ask = Ask(most=1000)
    found = service.rows_of(centre, registers.IMPORTS, ask, officer_of(who)).rows
    return [(name, name) for name in sorted({str(row["source"]) for row in found})]


TABLE = Table(
    "imports",
    Page.ADMIN,
    (
        Column("no", Kind.NUMBER, 90),
        Column("began_at", Kind.INSTANT, 160),
        Column("file", width=220),
        Column("kind", Kind.CODE, 120),
        Column("source", Kind.CODE, 140),
        Column("actor", Kind.CODE, 130),
        Column("import_state", width=190, told=_told_state, is_sorted=False,
               mark=lambda row: "" if state_of(row) == "whole" else "is-due"),
        Column("refused", Kind.NUMBER, 110),
        Column("recorded", Kind.NUMBER, 110),
        Column("repeated", Kind.NUMBER, 110),
        Column("ended_at", Kind.INSTANT, 160),
    ),
    _rows,
    filters=(
        Filter("import_state", "S", choices("import_state", STATES)),
        Filter("source", "V", _sources),
        Filter("span", "T", choices("span", tuple(registers.SPANS))),
    ),
    order=(("no", True),),
    opened=opened,
)  # fmt: skip

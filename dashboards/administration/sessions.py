"""Sessions: who is signed in, from where, since when; any of them can be ended."""

from collections.abc import Mapping

from dashboards.administration.parts import confirmed, officer_of, require_manager
from dashboards.auth import Viewer
from dashboards.markup import join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Column,
    Deed,
    Done,
    Filter,
    Kind,
    Opening,
    Table,
    words_of_choice,
)
from dashboards.tables.outcomes import done_each
from ioc.access.model import Action, Page, Role, Way
from ioc.access.rules import is_alive
from ioc.administration import registers, service
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.listing import Ask, Listed

END = "end"


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = service.rows_of(centre, registers.SESSIONS, ask, officer_of(who))
    now = centre.now()
    told = [
        {**row, "idle": not is_alive(Role(row["role"]), row["seen_at"], row["expires_at"], now)}
        for row in found.rows
    ]
    return Listed(told, found.total)


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one session, and that it can be ended.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    words = opening.words
    row = service.row_of(opening.centre, registers.SESSIONS, opening.id, officer_of(opening.who))
    moments = [
        (words.say(f"column.{name}"), words.moment(row[name]))
        for name in ("created_at", "seen_at", "expires_at")
    ]
    facts = [
        (words.say("column.came_from"), row["came_from"]),
        (words.say("column.way"), words.say(Way(row["way"]))),
        (words.say("sessions.agent"), row["agent"]),
        *moments,
    ]
    case = [
        row_parts.head(row["account"], words.say(Role(row["role"])), row["display_name"]),
        row_parts.facts(words.say("sessions.facts"), facts),
    ]
    if not opening.who.may(Action.MANAGE_ACCESS):
        return {"row-case": join(case), "row-actions": row_parts.read_only(words)}
    warning = words.say("sessions.warn", name=row["account"])
    end = confirmed("1", END, words.say("sessions.end"), warning, words)
    return {"row-case": join(case), "row-actions": end}


def done(deed: Deed) -> Done:
    """End sessions.

    Raises:
        Forbidden: his role changes nothing.
        InvalidInput: the step is none of a session's.
        NotFound: it is over, or lies outside his scope.
    """
    officer = require_manager()
    if deed.step != END:
        raise InvalidInput("step", "is none of a session's")
    said = deed.words.say("sessions.ended")
    return done_each(deed, said, lambda ref: service.end_session(deed.centre, officer, ref))


TABLE = Table(
    "sessions",
    Page.ADMIN,
    (
        Column("account", Kind.CODE, 170),
        Column("display_name", width=220),
        Column("role", width=180, told=lambda row, words, _: words.say(Role(row["role"]))),
        Column("came_from", Kind.CODE, 150),
        Column("way", width=140, told=lambda row, words, _: words.say(Way(row["way"]))),
        Column("seen_at", Kind.INSTANT, 160, mark=lambda row: "is-quiet" if row["idle"] else ""),
        Column("created_at", Kind.INSTANT, 160),
        Column("expires_at", Kind.INSTANT, 160),
    ),
    _rows,
    filters=(Filter("role", "V", words_of_choice("role", tuple(Role))),),
    order=(("seen_at", True),),
    opened=opened,
    done=done,
    picks=True,
)

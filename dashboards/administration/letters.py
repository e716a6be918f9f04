"""The outbox of notices: what was told whom by which channel, what waits, what was given up."""

from collections.abc import Mapping

from dashboards.administration.parts import officer_of, require_manager
from dashboards.auth import Viewer
from dashboards.markup import join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Choice,
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
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.administration import registers, service
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.listing import Ask, Listed
from ioc.notices.model import NoticeState
from ioc.notices.service import book

AGAIN = "again"


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return service.rows_of(centre, registers.LETTERS, ask, officer_of(who))


def opened(opening: Opening) -> Mapping[str, str]:
    """Return how one letter fared; neither its words nor its recipient.

    Raises:
        NotFound: there is none, or the viewer administers a part of the province.
    """
    words = opening.words
    row = service.row_of(opening.centre, registers.LETTERS, opening.id, officer_of(opening.who))
    state = NoticeState(row["state"])
    moments = [
        (words.say(f"column.{name}"), words.moment(row[name]) if row[name] else "–")
        for name in ("put_at", "next_at", "delivered_at")
    ]
    facts = [
        (words.say("column.channel"), row["channel"]),
        (words.say("column.about"), row["about"]),
        (words.say("column.attempts"), words.number(row["attempts"])),
        *moments,
        (words.say("column.fault"), row["fault"] or "–"),
    ]
    is_lost = state is NoticeState.GIVEN_UP
    case = [
        row_parts.head(row["topic"], words.say(state), is_due=is_lost),
        row_parts.facts(words.say("letters.facts"), facts),
    ]
    if not opening.who.may(Action.MANAGE_ACCESS):
        return {"row-case": join(case), "row-actions": row_parts.read_only(words)}
    locked = "" if is_lost else words.say("letters.not_lost")
    again = row_parts.action("1", AGAIN, words.say("letters.again"), locked=locked)
    return {"row-case": join(case), "row-actions": again}


def done(deed: Deed) -> Done:
    """Let letters go out again.

    Raises:
        Forbidden: his role changes nothing, or he administers a part of the province.
        InvalidInput: the step is none of a letter's.
        Conflict: it was not given up.
    """
    officer = require_manager()
    if deed.step != AGAIN:
        raise InvalidInput("step", "is none of a letter's")
    said = deed.words.say("letters.again")
    return done_each(deed, said, lambda ref: service.try_letter_again(deed.centre, officer, ref))


def _channels(centre: Centre, _who: Viewer, _words: Words) -> list[Choice]:
    return [(name, name) for name in sorted(book(centre).channels)]


TABLE = Table(
    "letters",
    Page.ADMIN,
    (
        Column("put_at", Kind.INSTANT, 160),
        Column("topic", Kind.CODE, 220),
        Column("channel", Kind.CODE, 140),
        Column("state", width=140, told=lambda row, words, _: words.say(NoticeState(row["state"])),
               mark=lambda row: "is-due" if row["state"] == NoticeState.GIVEN_UP else ""),
        Column("attempts", Kind.NUMBER, 100),
        Column("delivered_at", Kind.INSTANT, 160),
        Column("about", Kind.CODE, 200),
        Column("fault", width=300, told=lambda row, _w, _c: row["fault"] or "–"),
    ),
    _rows,
    filters=(
        Filter("state", "S", words_of_choice("notice_state", tuple(NoticeState))),
        Filter("channel", "V", _channels),
        Filter("span", "T", words_of_choice("span", tuple(registers.SPANS))),
    ),
    order=(("put_at", True),),
    opened=opened,
    done=done,
    picks=True,
)  # fmt: skip

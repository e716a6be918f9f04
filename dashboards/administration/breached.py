"""Breaches of personal data: the hours there are to tell the authority, what is owed to whom."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dashboards.administration.parts import (
    NEW,
    boxes,
    field,
    require_manager,
)
from dashboards.auth import Viewer
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.panels.breach_lines import left_of
from dashboards.tables.model import Column, Deed, Done, Filter, Kind, Opening, Row, Table
from dashboards.tables.model import words_of_choice as choices
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.administration.rules import require_whole
from ioc.breaches import service
from ioc.breaches.model import Breach, BreachStep, ClockState, Noted
from ioc.breaches.rules import clock_of
from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed, paged
from ioc.places import City

ENTER = "enter"
# How a time is typed at the desk: a browser's own field writes it as its maker likes.
WRITTEN = "%d/%m/%Y %H:%M"
ORDER = (("closed_at", True), ("due_at", False))
# What is done about a breach, by key: those of the file's life come in their order.
STEPS = (
    ("1", BreachStep.CONTAINED),
    ("2", BreachStep.AUTHORITY_TOLD),
    ("3", BreachStep.PEOPLE_TOLD),
    ("4", BreachStep.NOTED),
    ("5", BreachStep.CLOSED),
)
LATE = frozenset({ClockState.RUNNING, ClockState.OVERDUE})


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = () if who.scope is not None else service.breaches(centre)
    now = centre.now()
    rows = [
        {
            **vars(one),
            "ref": str(one.no),
            "kinds": ", ".join(one.kinds),
            "clock": clock,
            "left": one.due_at - now,
        }
        for one, clock in found
    ]
    filters = {
        "clock": lambda row, value: row["clock"] == value,
        "ended": lambda row, value: (row["closed_at"] is None) == (value == "no"),
    }
    return paged(rows, ask, (), filters)


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one breach: its clock, what is owed to whom, its file; or the form of a new one.

    Raises:
        NotFound: there is none, or the viewer's scope is not the whole province.
    """
    centre, words, who = opening.centre, opening.words, opening.who
    may_act = who.may(Action.MANAGE_ACCESS) and who.scope is None
    if opening.id == NEW:
        head = row_parts.head(words.say("breaches.new"), "", words.say("breaches.new_about"))
        return {"row-case": head, "row-actions": _form(opening) if may_act else ""}
    if who.scope is not None or not opening.id.isdecimal():
        raise NotFound("breach", opening.id)
    breach = service.breach_of(centre, int(opening.id[:12]))
    noted, clock = service.file_of(centre, breach.no), clock_of(breach, centre.now())
    is_due = breach.closed_at is None and clock in LATE
    title = words.say("breaches.one", no=breach.no)
    parts = [
        row_parts.head(title, words.say(clock), breach.what, is_due=is_due),
        _clock(opening, breach, noted),
        _owed(opening, noted),
        row_parts.steps(noted, words),
    ]
    actions = _actions(breach, noted, words) if may_act else row_parts.read_only(words)
    return {"row-case": join(parts), "row-actions": actions}


def _clock(opening: Opening, breach: Breach, noted: Sequence[Noted]) -> Html:
    words = opening.words
    people = words.say("breaches.unknown") if breach.people is None else words.number(breach.people)
    told = words.moment(breach.told_at) if breach.told_at else "–"
    return row_parts.facts(
        words.say("breaches.clock"),
        [
            (words.say("column.left"), left_of(breach, opening.centre.now(), words)),
            (words.say("column.due_at"), words.moment(breach.due_at)),
            (words.say("column.discovered_at"), words.moment(breach.discovered_at)),
            (words.say("breaches.declared"), noted[0].actor if noted else "–"),
            (words.say("column.told_at"), told),
            (words.say("column.kinds"),
             ", ".join(words.say(f"record.{kind}") for kind in breach.kinds)),
            (words.say("column.people"), people),
        ],
    )  # fmt: skip


def _owed(opening: Opening, noted: Sequence[Noted]) -> Html:
    """Return what is told to whom, what it says, and when it was done."""
    words = opening.words
    at = {one.step.value: one.at for one in noted}
    lines = []
    for duty in opening.centre.city.policy.duties:
        done = at.get(duty.step)
        said = (
            words.say("breaches.done", at=words.moment(done))
            if done
            else words.say("breaches.owed")
        )
        law = el("small", words.say("breaches.by_law", law=duty.law)) if duty.law else None
        lines.append(
            el(
                "li",
                el("b", duty.to[words.language]),
                el("span", said, cls=None if done else "is-due"),
                el("p", duty.what[words.language]),
                law,
            )
        )
    return el("section", el("h3", words.say("breaches.duties")), el("ul", lines), cls="row-owed")


def done(deed: Deed) -> Done:
    """Enter a breach, or note what was done about one.

    Raises:
        Forbidden: his role changes nothing, or he administers a part of the province.
        InvalidInput: a value cannot be used; it is named.
        NotFound: there is no such breach.
        Conflict: the step cannot follow.
    """
    officer, words, said = require_manager(), deed.words, deed.said
    require_whole(officer)
    [ref] = deed.ids[:1]
    if deed.step == ENTER:
        kinds = tuple(filter(None, said.get("kinds", "").split(",")))
        made = service.open_breach(
            deed.centre, said.get("what", ""), kinds, _people(said.get("people", "")),
            _instant(deed.centre, said.get("discovered_at", "")), officer.name,
        )  # fmt: skip
        left = left_of(made, deed.centre.now(), words)
        return Done(words.say("breaches.entered", no=made.no, left=left), (ref,))
    if not ref.isdecimal() or deed.step not in {step.value for _, step in STEPS}:
        raise InvalidInput("step", "is none of a breach's")
    step = BreachStep(deed.step)
    service.note_step(deed.centre, int(ref[:12]), step, said.get("note", ""), officer.name)
    return Done(words.say("breaches.stepped", no=ref, step=words.say(step)), (ref,))


def _people(said: str) -> int | None:
    if said and not said.isdecimal():
        raise InvalidInput("people", "is no whole number")
    return int(said) if said else None


def _instant(centre: Centre, said: str) -> datetime:
    try:
        at = datetime.strptime(said, WRITTEN)  # noqa: DTZ007 - it is of the city's zone
    except ValueError as fault:
        raise InvalidInput("discovered_at", "is no time") from fault
    return at.replace(tzinfo=centre.city.zone).astimezone(UTC)


def _actions(breach: Breach, noted: Sequence[Noted], words: Words) -> Html:
    taken = {one.step for one in noted}
    parts = []
    for key, step in STEPS:
        locked = ""
        if breach.closed_at is not None:
            locked = words.say("breaches.is_closed")
        elif step is BreachStep.AUTHORITY_TOLD and step in taken:
            locked = words.say("breaches.told")
        elif step is BreachStep.CLOSED and breach.told_at is None:
            locked = words.say("breaches.not_told")
        title, name = words.say(step), f"form-{step}"
        parts.append(row_parts.action(key, step, title, locked=locked, form=name))
        if not locked:
            parts.append(row_parts.form(name, title, [row_parts.note(words)], words))
    return join(parts)


def _form(opening: Opening) -> Html:
    centre, words = opening.centre, opening.words
    now = centre.now().astimezone(centre.city.zone)
    kinds = [(kind, words.say(f"record.{kind}")) for kind in centre.city.policy.kinds]
    fields = [
        field(words.say("column.what"), "what", limit=300),
        field(
            words.say("breaches.discovered"), "discovered_at", value=f"{now:{WRITTEN}}", limit=16
        ),
        field(words.say("breaches.people"), "people", limit=9, required=False),
        boxes(words.say("column.kinds"), "kinds", kinds),
    ]
    title = words.say("breaches.enter")
    begin = row_parts.action("1", ENTER, title, form=f"form-{ENTER}")
    return join([begin, row_parts.form(f"form-{ENTER}", title, fields, words)])


def _told_left(row: Row, words: Words, _city: City) -> str:
    if row["told_at"] is not None:
        return "–"
    key = "breaches.over" if row["clock"] == ClockState.OVERDUE else "breaches.left"
    return words.say(key, age=words.age(abs(row["left"])))


def _told_kinds(row: Row, words: Words, _city: City) -> str:
    return ", ".join(words.say(f"record.{kind}") for kind in str(row["kinds"]).split(", "))


TABLE = Table(
    "breaches",
    Page.ADMIN,
    (
        Column("no", Kind.NUMBER, 80),
        Column("what", width=300, is_sorted=False),
        Column("clock", width=170, told=lambda row, words, _: words.say(ClockState(row["clock"])),
               mark=lambda row: "is-due" if row["clock"] in LATE and not row["closed_at"] else ""),
        Column("left", width=170, told=_told_left),
        Column("due_at", Kind.INSTANT, 160),
        Column("discovered_at", Kind.INSTANT, 160),
        Column("kinds", width=240, told=_told_kinds, is_sorted=False),
        Column("people", Kind.NUMBER, 100),
        Column("told_at", Kind.INSTANT, 160),
        Column("closed_at", Kind.INSTANT, 160),
    ),
    _rows,
    action=Action.FOLLOW_BREACH,
    filters=(
        Filter("clock", "S", choices("clock_state", tuple(ClockState))),
        Filter("ended", "V", choices("breach_ended", ("no", "yes"))),
    ),
    opened=opened,
    done=done,
)  # fmt: skip

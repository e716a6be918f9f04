"""What health stations have to do: calls with their clocks, whom to reach, what was done."""

from collections.abc import Mapping

from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Column,
    Deed,
    Done,
    Filter,
    Kind,
    Opening,
    Row,
    Table,
    words_of_choice,
)
from dashboards.tables.outcomes import done_each
from dashboards.tables.scope import own_units, unit_choices, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.listing import Ask, Listed
from ioc.people import registers
from ioc.people.desk import list_of
from ioc.people.model import Task, TaskKind, TaskState, TaskStep
from ioc.people.rules import TASK_REASONED
from ioc.people.tasks import calls_of, contact_of, find_task, take_step
from ioc.places import City

STEPS = (
    ("1", TaskStep.REACHED),
    ("2", TaskStep.NO_ANSWER),
    ("3", TaskStep.REFER),
    ("4", TaskStep.CANCEL),
)
LATE = ("yes", "up", "no")


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = list_of(centre, registers.TASKS, ask, own_units(centre, who))
    now = centre.now()
    told = [{**row, "left": row["due_at"] - now} for row in found.rows]
    return Listed(told, found.total)


def _left(row: Row, words: Words, _city: City) -> str:
    """Return how much time is left for an open task, or by how much it is late."""
    if row["state"] != TaskState.OPEN:
        return "–"
    if row["left"].total_seconds() >= 0:
        return words.age(row["left"])
    return words.say("alert.overdue_by", age=words.age(-row["left"]))


def _late(row: Row) -> str:
    is_late = row["state"] == TaskState.OPEN and row["left"].total_seconds() < 0
    return "is-due" if is_late else ""


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one task; whom to reach, only for whom may see persons.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    units = own_units(centre, who)
    task = find_task(centre, opening.id, units)
    parts = [_head(task, centre, words)]
    if who.may(Action.SEE_PERSON):
        contact = contact_of(centre, opening.id, who.name, units)
        people = [(name, "" if born is None else str(born)) for name, born in contact.people]
        reached = [
            (words.say("entries.phone"), contact.phone),
            (words.say("entries.cell"), contact.cell),
            (words.say("entries.address"), contact.address),
            (words.say("column.origin"), contact.origin),
        ]
        parts.append(row_parts.facts(words.say("entries.people"), [*people, *reached]))
    parts.append(row_parts.steps(calls_of(centre, opening.id), words))
    return {"row-case": join(parts), "row-actions": _actions(task, who, words)}


def done(deed: Deed) -> Done:
    """Note what a station did about tasks.

    Raises:
        Forbidden: his role does not act for stations.
        InvalidInput: the step is none of theirs, or needs a reason.
        NotFound: a task lies outside his scope.
        Conflict: it is over.
    """
    who = viewer(Page.ENTRIES, Action.DECIDE_DECLARATION)
    if deed.step not in {step.value for _, step in STEPS}:
        raise InvalidInput("step", "is none of a station's")
    call = TaskStep(deed.step), deed.said.get("note") or None
    units = own_units(deed.centre, who)
    said = deed.words.say(TaskStep(deed.step))
    return done_each(deed, said, lambda ref: take_step(deed.centre, ref, call, who.name, units))


def _head(task: Task, centre: Centre, words: Words) -> Html:
    now = centre.now()
    is_late = task.state is TaskState.OPEN and task.due_at <= now
    state = words.say(task.state)
    if is_late:
        state = words.say("alert.overdue_by", age=words.age(now - task.due_at))
    about = words.say(
        "entries.task_about",
        unit=unit_name(task.unit, centre.city),
        due=words.moment(task.due_at),
        n=words.number(task.tries),
    )
    return row_parts.head(words.say(task.kind), state, about, is_due=is_late)


def _actions(task: Task, who: Viewer, words: Words) -> Html:
    if not who.may(Action.DECIDE_DECLARATION):
        return row_parts.read_only(words)
    locked = "" if task.state is TaskState.OPEN else words.say("row.locked")
    parts = []
    for key, step in STEPS:
        form = f"form-{step.value}" if step in TASK_REASONED else ""
        parts.append(row_parts.action(key, step, words.say(step), locked=locked, form=form))
        if form:
            parts.append(row_parts.form(form, words.say(step), [row_parts.note(words)], words))
    return join(parts)


TABLE = Table(
    "tasks",
    Page.ENTRIES,
    (
        Column("due_at", Kind.INSTANT, 150),
        Column("left", width=150, told=_left, mark=_late, is_sorted=False),
        Column("kind", width=170, told=worded("kind", TaskKind)),
        Column("day", Kind.NUMBER, 80),
        Column("unit", width=180, told=placed("unit")),
        Column("state", width=160, told=worded("state", TaskState)),
        Column("tries", Kind.NUMBER, 90),
        Column("done_at", Kind.INSTANT, 150),
        Column("done_by", width=120),
    ),
    _rows,
    filters=(
        Filter("state", "S", words_of_choice("task_state", tuple(TaskState)), TaskState.OPEN),
        Filter("late", "H", words_of_choice("late", LATE)),
        Filter("unit", "U", unit_choices),
        Filter("kind", "M", words_of_choice("task_kind", tuple(TaskKind))),
    ),
    order=(("due_at", False),),
    opened=opened,
    done=done,
    picks=True,
)

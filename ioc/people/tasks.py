"""What health stations have to do: called on in time, or marked as late; every call is kept."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import NotFound
from ioc.live import Topic
from ioc.people import store, visits
from ioc.people.model import Call, Contact, Task, TaskState, TaskStep
from ioc.people.rules import task_leads_to, tasks_level
from ioc.persons.service import find_persons
from ioc.places import City

MOST = 1_000


def find_tasks(
    centre: Centre,
    units: Sequence[str] | None = None,
    states: Sequence[TaskState] = (TaskState.OPEN,),
    since: datetime | None = None,
    limit: int = MOST,
) -> list[Task]:
    """Return the tasks of units, of all for None, whose time has begun; what is due first.

    With `since`, only those whose time began from then on.
    """
    span = (since, centre.now())
    return transact(
        centre.engine,
        lambda conn: visits.search(conn, units, states, span, min(limit, MOST)),
    )


def find_task(centre: Centre, ref: str, units: Sequence[str] | None = None) -> Task:
    """Return a task; of a unit that is none of `units` it is as if there were none.

    Raises:
        NotFound: there is no such task.
    """
    return transact(centre.engine, lambda conn: _required(conn, ref, units))


def contact_of(centre: Centre, ref: str, actor: str, units: Sequence[str] | None = None) -> Contact:
    """Return whom a station calls on: names and years of birth, phone, address; who looks is noted.

    Raises:
        NotFound: there is no such task of these units, or nothing is kept of it any longer.
    """

    def work(conn: Connection) -> Contact:
        task = _required(conn, ref, units)
        said, declared = (
            store.said_of(conn, task.declaration),
            store.find(conn, [task.declaration]).get(task.declaration),
        )
        if said is None or declared is None:
            raise NotFound("task", ref)
        known = find_persons(conn, declared.people)
        people = tuple(
            (known[one].name, known[one].birth_year) for one in declared.people if one in known
        )
        audit.record(conn, actor, "contact_seen", f"task:{ref}", task.kind.value, {})
        return Contact(task, people, said.phone, said.cell, said.address, said.origin)

    return transact(centre.engine, work)


def calls_of(centre: Centre, ref: str) -> list[Call]:
    """Return what a station did about a task, oldest first."""
    return transact(centre.engine, lambda conn: visits.calls_of(conn, ref))


def take_step(
    centre: Centre,
    ref: str,
    call: tuple[TaskStep, str | None],
    actor: str,
    units: Sequence[str] | None = None,
) -> Task:
    """Keep what a station did about a task, with what it says of it.

    Raises:
        NotFound: there is no such task of these units.
        Conflict: it is over.
        InvalidInput: the step needs a reason.
    """
    step, note = call

    def work(conn: Connection) -> Task:
        task = _required(conn, ref, units, lock=True)
        state = task_leads_to(task.state, step, note)
        visits.take(conn, Call(ref, step, state, centre.now(), actor, note))
        detail = {"step": step.value}
        audit.record(conn, actor, "task_step", f"task:{ref}", None, detail)
        return _required(conn, ref, units)

    task = transact(centre.engine, work)
    centre.live.announce(Topic.DECLARATIONS)
    return task


def mark_late(centre: Centre) -> int:
    """Mark the tasks that are past their time, and past three times as much; return how many."""
    now = centre.now()

    def work(conn: Connection) -> int:
        tasks = visits.late(conn, now, MOST)
        visits.mark(conn, [(task.ref, tasks_level(task, now)) for task in tasks])
        return len(tasks)

    marked = 0
    while more := transact(centre.engine, work):
        marked += more
    if marked:
        centre.live.announce(Topic.DECLARATIONS)
    return marked


def count_late(centre: Centre) -> int:
    """Return how many tasks are past their time now."""
    return sum(late_by_unit(centre).values())


def late_by_unit(centre: Centre) -> dict[str, int]:
    """Return how many tasks are past their time now, by unit."""
    now = centre.now()
    return transact(centre.engine, lambda conn: visits.late_by_unit(conn, now))


def units_of_source(city: City, source: str) -> list[str] | None:
    """Return whose tasks a key sees: a source named as a unit, or its code, is its station.

    None: the key speaks for the whole city.
    """
    own = [unit.id for unit in city.units.values() if source in (unit.id, unit.code)]
    return own or None


def _required(
    conn: Connection, ref: str, units: Sequence[str] | None, *, lock: bool = False
) -> Task:
    task = visits.find(conn, ref, lock=lock)
    if task is None or (units is not None and task.unit not in units):
        raise NotFound("task", ref)
    return task

"""What may follow what with a declaration and a task; what is an entry; what counts. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ioc.people.model import DeclarationState as State
from ioc.people.model import DeclarationStep as Step
from ioc.people.model import (
    Declared,
    Noted,
    Seen,
    Task,
    TaskState,
    TaskStep,
)
from ioc.steps import follow, require_reason

LEADS: Mapping[State, Mapping[Step, State]] = {
    State.RECEIVED: {
        Step.APPROVE: State.APPROVED,
        Step.REFUSE: State.REFUSED,
        Step.WITHDRAW: State.WITHDRAWN,
        Step.ARRIVE: State.CAME,
    },
    State.APPROVED: {
        Step.REOPEN: State.RECEIVED,
        Step.WITHDRAW: State.WITHDRAWN,
        Step.ARRIVE: State.ARRIVED,
    },
    # Who was refused and comes all the same is somebody to call on, more than others.
    State.REFUSED: {Step.REOPEN: State.RECEIVED, Step.ARRIVE: State.CAME},
    State.CAME: {Step.APPROVE: State.ARRIVED, Step.REFUSE: State.REJECTED},
    State.REJECTED: {Step.REOPEN: State.CAME},
    State.ARRIVED: {},
    State.WITHDRAWN: {},
}
OF_HEALTH = frozenset({Step.APPROVE, Step.REFUSE, Step.REOPEN})
# A refusal and a way back each say why; an approval may.
REASONED = frozenset({Step.REFUSE, Step.REOPEN})
# Whoever of these is seen to come has arrived.
COMING = tuple(state for state, steps in LEADS.items() if Step.ARRIVE in steps)

TASK_LEADS: Mapping[TaskState, Mapping[TaskStep, TaskState]] = {
    TaskState.OPEN: {
        TaskStep.NO_ANSWER: TaskState.OPEN,
        TaskStep.REACHED: TaskState.DONE,
        TaskStep.REFER: TaskState.REFERRED,
        TaskStep.CANCEL: TaskState.CANCELLED,
    },
    TaskState.DONE: {},
    TaskState.REFERRED: {},
    TaskState.CANCELLED: {},
}
TASK_REASONED = frozenset({TaskStep.REFER, TaskStep.CANCEL})

ENTRY = "entry.person"
# By step, and by the state it was taken from where that matters.
COUNTED = {
    Step.RECEIVE: "declaration.received",
    Step.APPROVE: "declaration.approved",
    Step.REFUSE: "declaration.refused",
    Step.WITHDRAW: "declaration.withdrawn",
    Step.ARRIVE: "declaration.arrived",
}
PEOPLE = "declaration.person"
TAKEN_BACK = {
    State.APPROVED: COUNTED[Step.APPROVE],
    State.REFUSED: COUNTED[Step.REFUSE],
    State.REJECTED: COUNTED[Step.REFUSE],
}


def leads_to(state: State, step: Step, note: str | None) -> State:
    """Return the state that `step` leads to.

    Raises:
        Conflict: it cannot follow.
        InvalidInput: it says no reason and needs one.
    """
    then = follow("declaration", LEADS, state, step)
    require_reason(step, note, REASONED)
    return then


def task_leads_to(state: TaskState, step: TaskStep, note: str | None) -> TaskState:
    """Return the state of a task after a step.

    Raises:
        Conflict: it cannot follow.
        InvalidInput: it says no reason and needs one.
    """
    then = follow("task", TASK_LEADS, state, step)
    require_reason(step, note, TASK_REASONED)
    return then


def counts_of(noted: Noted) -> Iterator[tuple[str, str, datetime, int]]:
    """Yield metric, unit, instant and number of what one step counts; what it takes back is -1."""
    if noted.step is Step.REOPEN and noted.was is not None and noted.of_at is not None:
        yield TAKEN_BACK[noted.was], noted.unit, noted.of_at, -1
        return
    yield COUNTED[noted.step], noted.unit, noted.at, 1
    if noted.step is Step.RECEIVE:
        yield PEOPLE, noted.unit, noted.at, noted.people


@dataclass(frozen=True)
class Window:
    """How long before and after he is expected somebody may come, and still be who declared.

    Who said no time may come within `undated` of his declaration.
    """

    early: timedelta
    late: timedelta
    undated: timedelta

    def holds(self, declared: Declared, at: datetime) -> bool:
        """Tell whether who is seen at an instant is who declared."""
        if declared.expected_at is None:
            return declared.received_at <= at <= declared.received_at + self.undated
        return declared.expected_at - self.early <= at <= declared.expected_at + self.late


def entries_among(seen: Sequence[Seen], same: timedelta) -> list[bool]:
    """Tell of each passage of one person, sorted, whether it begins an entry.

    It does when nothing was seen of him for `same` before it: what follows within that time, at a
    camera or under a scanner, is the same coming. Of the first one nothing before is known.
    """
    begins = []
    for at, one in enumerate(seen):
        begins.append(at == 0 or one.at - seen[at - 1].at >= same)
    return begins


def corrected(seen: Sequence[Seen], same: timedelta) -> list[tuple[Seen, bool]]:
    """Return the passages whose being an entry is new or changes, with what it is.

    `seen` are sorted, and reach `same` further back than the first new one. Only a new passage and
    the one after it can change: whatever order they come in, the result is the same.
    """
    begins = entries_among(seen, same)
    changes = []
    for at, (one, begin) in enumerate(zip(seen, begins, strict=True)):
        follows_new = at > 0 and seen[at - 1].is_entry is None
        if one.is_entry is None or (follows_new and begin is not one.is_entry):
            changes.append((one, begin))
    return changes


def recomputed(seen: Sequence[Seen], same: timedelta, since: datetime) -> list[tuple[Seen, bool]]:
    """Return the passages of one person, all of them sorted, that are no longer what they were.

    Those before `since` stay: what they followed may be deleted.
    """
    begins = entries_among(seen, same)
    pairs = zip(seen, begins, strict=True)
    return [
        (one, is_one) for one, is_one in pairs if is_one is not one.is_entry and one.at >= since
    ]


def tasks_level(task: Task, now: datetime) -> int:
    """Return how late an open task is: 0 in time, 1 past it, 2 past three times as much."""
    if now < task.due_at:
        return 0
    return 1 if now < task.due_at + 2 * (task.due_at - task.from_at) else 2

"""The clock of a breach, and which step may follow. Pure."""

from collections.abc import Container, Sequence
from datetime import datetime

from ioc.breaches.model import Breach, BreachStep, ClockState
from ioc.errors import Conflict, InvalidInput, require_text

LONGEST = 2000


def clock_of(breach: Breach, now: datetime) -> ClockState:
    """Return how a breach stands to the time in which the authority must be told."""
    if breach.told_at is None:
        return ClockState.RUNNING if now <= breach.due_at else ClockState.OVERDUE
    is_late = breach.told_at > breach.due_at
    return ClockState.TOLD_LATE if is_late else ClockState.TOLD_IN_TIME


def hours_left(breach: Breach, now: datetime) -> float:
    """Return the hours left to tell the authority; less than none when it is overdue."""
    return (breach.due_at - now).total_seconds() / 3600


def reminder_due(left: float, reminders: Sequence[int]) -> int | None:
    """Return the reminder that is due with so many hours left: the nearest passed, or None.

    >>> [reminder_due(left, (48, 24, 0)) for left in (60, 48, 30, 23.9, 0.1, -5)]
    [None, 48, 48, 24, 24, 0]
    """
    passed = [hours for hours in reminders if left <= hours]
    return min(passed, default=None)


def require_possible(breach: Breach, step: BreachStep) -> None:
    """Refuse a step that cannot follow.

    Raises:
        Conflict: the breach is closed, was told already, or is closed before it is told.
    """
    if breach.closed_at is not None:
        raise Conflict(f"breach {breach.no} is closed")
    if step is BreachStep.FOUND or (step is BreachStep.AUTHORITY_TOLD and breach.told_at):
        raise Conflict(f"breach {breach.no}: {step.value} was noted already")
    if step is BreachStep.CLOSED and breach.told_at is None:
        raise Conflict(f"breach {breach.no}: the authority was not told")


def require_said(
    what: str, kinds: Sequence[str], people: int | None, known: Container[str]
) -> None:
    """Refuse a breach that does not say what happened, to what.

    Raises:
        InvalidInput: a field is missing or wrong.
    """
    require_note("what", what)
    if not kinds:
        raise InvalidInput("kinds", "needs at least one kind of record")
    for kind in kinds:
        if kind not in known:
            raise InvalidInput("kinds", f"{kind!r} is no kind of record")
    if people is not None and people < 0:
        raise InvalidInput("people", "cannot be less than none")


def require_note(field: str, text: str) -> str:
    """Return a text.

    Raises:
        InvalidInput: it is empty, too long, or does not print.
    """
    return require_text(field, text, LONGEST)

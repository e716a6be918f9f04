"""What may follow what, by a table of states and steps, and which step says why. Pure."""

from collections.abc import Container, Mapping
from enum import StrEnum
from typing import TypeVar

from ioc.errors import Conflict, InvalidInput

State = TypeVar("State", bound=StrEnum)
Step = TypeVar("Step", bound=StrEnum)


def follow(
    what: str, leads: Mapping[State, Mapping[Step, State]], state: State, step: Step
) -> State:
    """Return the state that `step` leads `what` to.

    Raises:
        Conflict: it cannot follow.
    """
    then = leads[state].get(step)
    if then is None:
        raise Conflict(f"{what}: {step.value} cannot follow {state.value}")
    return then


def require_reason(step: Step, note: str | None, reasoned: Container[Step]) -> None:
    """Refuse a step that says no reason and is one of those that need one.

    Raises:
        InvalidInput: it is.
    """
    if step in reasoned and not (note or "").strip():
        raise InvalidInput("note", f"{step.value} needs a reason")

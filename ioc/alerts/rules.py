"""Which step follows which state of an alert: one table. Deadlines, incidents. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ioc.alerts.model import (
    Alert,
    AlertOutcome,
    AlertState,
    Cause,
    Desk,
    Group,
    Incident,
    Priority,
    Step,
)
from ioc.errors import Conflict, InvalidInput
from ioc.patrols.model import PatrolStatus

# Fewer of one camera and rule are read faster one by one.
LEAST_TOGETHER = 3

OPEN = tuple(state for state in AlertState if not state.is_over)
ACTIVE = tuple(state for state in OPEN if state is not AlertState.SHELVED)
ON_THE_WAY = (AlertState.ASSIGNED, AlertState.EN_ROUTE)
SAID_BEFORE = (AlertState.CLEARED, AlertState.FALSE_READ)

# step -> (the states it may follow, the state it leads to; None: back to where it was shelved).
# A vehicle that got away may be sent after again or be stopped by whoever meets it; what ended as
# cleared or misread may be closed by who reviews it, with another result where that was wrong.
STEPS: Mapping[Step, tuple[tuple[AlertState, ...], AlertState | None]] = {
    Step.ACKNOWLEDGE: ((AlertState.NEW,), AlertState.ACKNOWLEDGED),
    Step.ASSIGN: (
        (AlertState.ACKNOWLEDGED, *ON_THE_WAY, AlertState.ESCAPED),
        AlertState.ASSIGNED,
    ),
    Step.EN_ROUTE: ((AlertState.ASSIGNED,), AlertState.EN_ROUTE),
    Step.STOP: ((AlertState.ACKNOWLEDGED, *ON_THE_WAY, AlertState.ESCAPED), AlertState.STOPPED),
    Step.ESCORT: ((AlertState.STOPPED,), AlertState.ESCORTED),
    Step.ESCAPE: (
        (AlertState.ACKNOWLEDGED, *ON_THE_WAY, AlertState.STOPPED, AlertState.ESCORTED),
        AlertState.ESCAPED,
    ),
    Step.FALSE_READ: (ACTIVE, AlertState.FALSE_READ),
    Step.CLEAR: (ACTIVE, AlertState.CLEARED),
    Step.SHELVE: ((AlertState.NEW, AlertState.ACKNOWLEDGED), AlertState.SHELVED),
    Step.UNSHELVE: ((AlertState.SHELVED,), None),
    Step.CLOSE: (
        (*(state for state in ACTIVE if state is not AlertState.NEW), *SAID_BEFORE),
        AlertState.CLOSED,
    ),
}

# What the unit on an alert does after each step; a unit that is named there takes it over.
UNIT_AFTER = {
    Step.ASSIGN: PatrolStatus.ASSIGNED,
    Step.EN_ROUTE: PatrolStatus.EN_ROUTE,
    Step.STOP: PatrolStatus.AT_SCENE,
    Step.ESCORT: PatrolStatus.AT_SCENE,
    Step.ESCAPE: PatrolStatus.FREE,
    Step.FALSE_READ: PatrolStatus.FREE,
    Step.CLEAR: PatrolStatus.FREE,
    Step.CLOSE: PatrolStatus.FREE,
}

# How it ended where a step or a state says so by itself; any other ending needs a result code.
ENDS = {Step.FALSE_READ: AlertOutcome.FALSE_READ, Step.CLEAR: AlertOutcome.CLEARED}
SAYS = {
    AlertState.ESCORTED: AlertOutcome.LED_TO_STREAM,
    AlertState.ESCAPED: AlertOutcome.ESCAPED,
    AlertState.CLEARED: AlertOutcome.CLEARED,
    AlertState.FALSE_READ: AlertOutcome.FALSE_READ,
}


def next_state(state: AlertState, step: Step, shelved_from: AlertState | None) -> AlertState:
    """Return the state after `step`; `shelved_from` is where a shelved alert goes back to.

    Raises:
        Conflict: the step does not follow.
    """
    allowed, target = STEPS[step]
    if state not in allowed:
        possible = ", ".join(possible_steps(state)) or "none"
        raise Conflict(f"step: {step} does not follow {state}; possible: {possible}")
    return target or shelved_from or AlertState.NEW


def possible_steps(state: AlertState) -> tuple[Step, ...]:
    """Return the steps that may follow `state`, in the order of work."""
    return tuple(step for step, (allowed, _) in STEPS.items() if state in allowed)


def outcome_after(before: AlertState, step: Step, told: AlertOutcome | None) -> AlertOutcome | None:
    """Return how an alert ended, None when `step` does not end it.

    Raises:
        InvalidInput: it is closed without a result code that nothing else says.
    """
    if step in ENDS:
        return ENDS[step]
    if step is not Step.CLOSE:
        return None
    outcome = told or SAYS.get(before)
    if outcome is None:
        raise InvalidInput("outcome", "closing needs a result code")
    return outcome


def due_at(priority: Priority, raised_at: datetime, limits: Mapping[str, timedelta]) -> datetime:
    """Return until when somebody must have taken the alert."""
    return raised_at + limits[priority.value]


def unit_due_at(
    desk: Desk, priority: Priority, raised_at: datetime, limits: Mapping[str, timedelta]
) -> datetime | None:
    """Return until when a unit must be on the alert; only the police send units."""
    return raised_at + limits[priority.value] if desk is Desk.POLICE else None


def late_s(cause: Cause, last_seen_at: datetime, too_late: timedelta) -> int | None:
    """Return after how many seconds a sighting became known, None where it was in time."""
    late = cause.known_at - last_seen_at if cause.known_at is not None else timedelta()
    return int(late.total_seconds()) if late > too_late else None


def level_of(due: datetime, limit: timedelta, now: datetime) -> int:
    """Return how far a waiting alert has escalated.

    0: within its `limit`; 1: past it, the shift lead is told; 2: past three times, leadership.
    """
    if now >= due + 2 * limit:
        return 2
    return 1 if now >= due else 0


def flooded(counts: Sequence[int], limit: int, over: int) -> list[bool]:
    """Return which of some ten minutes in a row lay in a flood.

    It begins with more than `limit` alerts and is over when a ten minutes brings fewer than `over`.

    >>> flooded([3, 11, 7, 4, 11], 10, 5)
    [False, True, True, False, True]
    """
    found, is_on = [], False
    for count in counts:
        is_on = count > limit or (is_on and count >= over)
        found.append(is_on)
    return found


def gather(alerts: Sequence[Alert], *, is_flood: bool) -> list[Alert | Group]:
    """Return alerts as a desk lists them: in a flood those of one camera and rule together.

    Only what nobody has taken is put together, never the first priority, nor what came too late
    with what came in time; the order stays that of the first of each group.
    """
    if not is_flood:
        return list(alerts)
    together: dict[tuple[str, str, bool], list[Alert]] = {}
    for alert in alerts:
        if alert.state is AlertState.NEW and alert.priority is not Priority.P1:
            together.setdefault((alert.camera, alert.rule, alert.is_late), []).append(alert)
    found: list[Alert | Group] = []
    for alert in alerts:
        key = (alert.camera, alert.rule, alert.is_late)
        held = together.get(key, [])
        if len(held) < LEAST_TOGETHER or alert not in held:
            found.append(alert)
        elif alert is held[0]:
            found.append(Group(alert.camera, alert.rule, tuple(held)))
    return found


def key_of(cause: Cause) -> tuple[str, str, str]:
    """Return what is one incident: plate, reason and desk."""
    return cause.plate, cause.reason, cause.desk.value


def group(causes: Sequence[Cause], known: Sequence[Incident], window: timedelta) -> list[Incident]:
    """Return the incident of each cause, in their order; those not among `known` are new.

    A cause joins the earliest incident of its key whose first sighting is less than `window` away.
    """
    by_key: dict[tuple[str, str, str], list[Incident]] = {}
    for incident in sorted(known, key=lambda incident: incident.first_seen_at):
        by_key.setdefault(incident.key, []).append(incident)
    grouped = []
    for cause in causes:
        at, held = cause.seen_at, by_key.setdefault(key_of(cause), [])
        near = [incident for incident in held if abs(incident.first_seen_at - at) < window]
        if not near:
            near = [Incident(key_of(cause), at, at, cause=cause)]
            held.extend(near)
        incident = near[0]
        incident.joined += 1
        incident.last_seen_at = max(incident.last_seen_at, at)
        grouped.append(incident)
    return grouped

"""What may follow what with a report, and who may do it; who acts, by when. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ioc.errors import Conflict, Forbidden, InvalidInput
from ioc.reports.model import Act, Case
from ioc.reports.model import Party as By
from ioc.reports.model import ReportState as State
from ioc.reports.model import ReportStep as Step
from ioc.reports.offered import Catalogue, Service

# At its deadline a report is told to the level above; at three times it to the leadership.
HIGHEST, LAST_AT = 2, 3
LONGEST_EXTENSION = timedelta(days=30)


@dataclass(frozen=True)
class Move:
    """One row of the table: who may take a step, from which states, to which.

    `leads` is None where the state stays; `says` are the fields it cannot do without.
    """

    who: frozenset[By]
    after: frozenset[State]
    leads: State | None
    says: tuple[str, ...] = ()


CLOSED = frozenset({State.FIXED, State.NO_FURTHER_ACTION, State.DUPLICATE})
OPEN = frozenset(State) - CLOSED
# Whose note is an answer to the citizen; the others are words among desks.
ANSWERS = frozenset({Step.SCHEDULE, Step.NOTE, Step.FIX, Step.DISMISS})
_DESKS = frozenset({By.CENTRE, By.AGENCY})
_ANY = frozenset(State)

MOVES: Mapping[Step, Move] = {
    Step.INVESTIGATE: Move(_DESKS, OPEN - {State.INVESTIGATING}, State.INVESTIGATING),
    Step.SCHEDULE: Move(_DESKS, OPEN, State.ACTION_SCHEDULED, ("note",)),
    Step.START: Move(_DESKS, OPEN - {State.IN_PROGRESS}, State.IN_PROGRESS),
    Step.REFER: Move(_DESKS, OPEN, State.INTERNAL_REFERRAL, ("note",)),
    # An agency may pass on what is not its own; the report is never closed for it.
    Step.REROUTE: Move(_DESKS, OPEN, State.RECEIVED, ("note",)),
    Step.NOTE: Move(_DESKS, _ANY, None, ("note",)),
    Step.FIX: Move(_DESKS, OPEN, State.FIXED, ("note",)),
    Step.DISMISS: Move(_DESKS, OPEN, State.NO_FURTHER_ACTION, ("note",)),
    Step.MARK_DUPLICATE: Move(_DESKS, OPEN, State.DUPLICATE, ("original",)),
    Step.REOPEN: Move(frozenset({By.CENTRE, By.CITIZEN}), CLOSED, State.REOPENED, ("note",)),
    Step.RATE: Move(
        frozenset({By.CITIZEN}), frozenset({State.FIXED, State.NO_FURTHER_ACTION}), None, ("stars",)
    ),
    Step.ESCALATE: Move(frozenset({By.CLOCK}), OPEN, None),
    Step.URGE: Move(frozenset({By.CENTRE}), OPEN, None),
    # Somebody was sent to keep people off, whoever mends it later: the note says who.
    Step.SECURE: Move(_DESKS, OPEN, None, ("note",)),
    # Nobody moves his own deadline; what the citizen was promised first stays as it was.
    Step.EXTEND: Move(frozenset({By.CENTRE}), OPEN, None, ("note", "until")),
    Step.PUBLISH: Move(
        frozenset({By.CENTRE}), frozenset({State.FIXED, State.NO_FURTHER_ACTION}), None
    ),
}


def leads_to(case: Case, act: Act, now: datetime, catalogue: Catalogue) -> State:
    """Return the state that a step leads a report to.

    Raises:
        Forbidden: it is not for this party to take.
        Conflict: it cannot follow, or comes too late, or was taken before.
        InvalidInput: it lacks what it must say.
    """
    move = MOVES.get(act.step)
    if move is None or act.party not in move.who:
        raise Forbidden(f"report: {act.step.value} is not for {act.party.value} to take")
    if case.state not in move.after:
        raise Conflict(f"report: {act.step.value} cannot follow {case.state.value}")
    for name in move.says:
        given = getattr(act, name)
        if given is None or (isinstance(given, str) and not given.strip()):
            raise InvalidInput(name, f"{act.step.value} needs it")
    _require_timely(case, act, now, catalogue)
    if act.step is Step.REROUTE and act.agency is None and act.service is None:
        raise InvalidInput("agency", "reroute needs an agency or a service")
    return case.state if move.leads is None else move.leads


def _require_timely(case: Case, act: Act, now: datetime, catalogue: Catalogue) -> None:
    if act.step is Step.EXTEND:
        _require_until(case, act, now)
    if act.step is Step.PUBLISH and case.published_at is not None:
        raise Conflict("report: its result was published before")
    if act.step is Step.RATE and case.stars is not None:
        raise Conflict("report: it was rated before")
    if act.step is Step.RATE and not 1 <= (act.stars or 0) <= 5:
        raise InvalidInput("stars", "must lie between 1 and 5")
    is_late = case.closed_at is not None and now > case.closed_at + catalogue.reopen_within
    if act.step is Step.REOPEN and act.party is By.CITIZEN and is_late:
        raise Conflict(f"report: it can be reopened for {catalogue.reopen_within.days} days")


def _require_until(case: Case, act: Act, now: datetime) -> None:
    until = case.due_at if act.until is None else act.until
    if not max(now, case.due_at) < until <= now + LONGEST_EXTENSION:
        days = LONGEST_EXTENSION.days
        raise InvalidInput("until", f"must lie after the deadline, at most {days} days ahead")


def is_in_time(case: Case, now: datetime) -> bool:
    """Tell whether a report that ends now was settled by its deadline.

    One that was overdue at its agency stays so, whatever time it was given later.
    """
    return now <= case.due_at and case.overdue_at is None


def possible_steps(state: State, party: By) -> frozenset[Step]:
    """Return what a party may do with a report in a state."""
    return frozenset(
        step for step, move in MOVES.items() if party in move.who and state in move.after
    )


def is_open(state: State) -> bool:
    """Tell whether somebody still has to act."""
    return state in OPEN


def due_at(service: Service, since: datetime) -> datetime:
    """Return by when an agency that got it then is to settle a report of this service."""
    return since + service.deadline


def next_escalation(level: int, held_since: datetime, due: datetime) -> datetime | None:
    """Return when the clock tells the level above, after it did so `level` times."""
    if level >= HIGHEST:
        return None
    return due if level == 0 else held_since + LAST_AT * (due - held_since)


def metrics_of(step: Step, state: State, service: str, *, is_in_time: bool | None) -> Iterator[str]:
    """Yield the metrics that one line of the log counts in."""
    words = []
    if step is Step.RECEIVE:
        words = ["received"]
    elif state in CLOSED and MOVES[step].leads in CLOSED:
        words = ["closed", "in_time"] if is_in_time else ["closed"]
    elif step is Step.REOPEN:
        words = ["reopened"]
    elif step is Step.ESCALATE and is_in_time is False:
        words = ["overdue"]
    for word in words:
        yield f"report.{word}"
        yield f"report.{word}.{service}"

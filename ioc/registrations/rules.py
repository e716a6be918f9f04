"""What may follow what with a registration, and the permit that an approval grants. Pure."""

from collections.abc import Mapping
from datetime import datetime

from ioc.errors import InvalidInput
from ioc.permits.model import Permit, PermitClass
from ioc.permits.rules import require_way
from ioc.registrations.model import Decision, Filing
from ioc.registrations.model import RegistrationState as State
from ioc.registrations.model import RegistrationStep as Step
from ioc.steps import follow, require_reason

LEADS: Mapping[State, Mapping[Step, State]] = {
    State.RECEIVED: {
        Step.ASK: State.ASKED,
        Step.APPROVE: State.APPROVED,
        Step.REFUSE: State.REFUSED,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    State.ASKED: {
        Step.ANSWER: State.RECEIVED,
        Step.APPROVE: State.APPROVED,
        Step.REFUSE: State.REFUSED,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    # An appeal against the revocation of what was approved.
    State.APPROVED: {Step.REOPEN: State.RECEIVED, Step.APPEAL: State.APPEALED},
    State.REFUSED: {Step.APPEAL: State.APPEALED, Step.REOPEN: State.RECEIVED},
    State.APPEALED: {
        Step.APPROVE: State.APPROVED,
        Step.REFUSE: State.REJECTED,
        Step.WITHDRAW: State.WITHDRAWN,
    },
    State.REJECTED: {Step.REOPEN: State.RECEIVED},
    State.WITHDRAWN: {},
}
OF_TRANSPORT = frozenset({Step.ASK, Step.APPROVE, Step.REFUSE, Step.REOPEN})
OF_REGISTRANT = frozenset({Step.ANSWER, Step.APPEAL, Step.WITHDRAW})
# What waits for Transport; what was asked waits for the registrant.
WAITING = (State.RECEIVED, State.APPEALED)
# A refusal, a question and a way back each say why; an approval may.
REASONED = frozenset({Step.ASK, Step.REFUSE, Step.REOPEN, Step.ANSWER, Step.APPEAL})


def leads_to(state: State, step: Step, note: str | None) -> State:
    """Return the state that `step` leads to.

    Raises:
        Conflict: it cannot follow.
        InvalidInput: it says no reason and needs one.
    """
    then = follow("registration", LEADS, state, step)
    require_reason(step, note, REASONED)
    return then


def possible_steps(state: State) -> frozenset[Step]:
    """Return what may follow."""
    return frozenset(LEADS[state])


def permit_of(filing: Filing, decision: Decision, now: datetime) -> Permit:
    """Return the permit that an approval grants: as asked for, where the decision says nothing.

    Raises:
        InvalidInput: the class or the end is missing, the end has passed, or a red permit leads
            nowhere.
    """
    asked = filing.registration
    if decision.permit_class is None:
        raise InvalidInput("class", "an approval needs the class of the permit")
    until = decision.valid_until or asked.until_at
    if until is None:
        raise InvalidInput("valid_until", "is neither decided nor asked for")
    if until <= now:
        raise InvalidInput("valid_until", "has passed")
    is_red = decision.permit_class is PermitClass.RED
    if decision.deadline is not None and not is_red:
        raise InvalidInput("deadline", "only a red permit has one")
    permit = Permit(
        id=filing.ref,
        plate=asked.plate,
        permit_class=decision.permit_class,
        valid_from=decision.valid_from or asked.from_at or now,
        valid_until=until,
        holder=asked.holder or asked.driver,
        destination=decision.destination,
        roads=asked.roads if decision.roads is None else decision.roads,
        deadline=decision.deadline,
        registration=filing.ref,
        people=asked.people,
    )
    require_way(permit)
    return permit

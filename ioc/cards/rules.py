"""What may follow what with a card. Pure."""

from collections.abc import Mapping

from ioc.cards.model import CardState, CardStep
from ioc.steps import follow

LEADS: Mapping[CardState, Mapping[CardStep, CardState]] = {
    CardState.ISSUED: {
        CardStep.REVOKE: CardState.REVOKED,
        CardStep.REPLACE: CardState.REPLACED,
    },
    # Lost and found again; a card that is revoked may still be issued anew.
    CardState.REVOKED: {
        CardStep.RESTORE: CardState.ISSUED,
        CardStep.REPLACE: CardState.REPLACED,
    },
    CardState.REPLACED: {},
}


def leads_to(state: CardState, step: CardStep) -> CardState:
    """Return the state that `step` leads to.

    Raises:
        Conflict: it cannot follow.
    """
    return follow("card", LEADS, state, step)

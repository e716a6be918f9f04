"""What may be decided of a pair, and whom merges make one. Pure."""

from collections.abc import Mapping, Sequence

from ioc.duplicates.model import PairState, PairStep
from ioc.steps import follow, require_reason

PAIR_LEADS: Mapping[PairState, Mapping[PairStep, PairState]] = {
    PairState.OPEN: {PairStep.MERGE: PairState.MERGED, PairStep.APART: PairState.APART},
    PairState.MERGED: {PairStep.UNDO: PairState.OPEN},
    PairState.APART: {PairStep.UNDO: PairState.OPEN},
}
REASONED = frozenset(PairStep)


def pair_leads_to(state: PairState, step: PairStep, note: str | None) -> PairState:
    """Return what two persons are to one another after a decision.

    Raises:
        Conflict: it cannot follow.
        InvalidInput: it says no reason.
    """
    then = follow("pair", PAIR_LEADS, state, step)
    require_reason(step, note, REASONED)
    return then


def components(members: Sequence[str], edges: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Return who stands for each of `members`, by the merges (one, other, kept) among them.

    The one kept by the last merge of a group stands for it; who is merged with nobody, himself.
    """
    head_of = {member: member for member in members}
    for one, other, kept in edges:
        joined = {head_of[one], head_of[other]}
        head = head_of[kept] if len(joined) == 1 else kept
        head_of = {m: head if h in joined else h for m, h in head_of.items()}
    return head_of

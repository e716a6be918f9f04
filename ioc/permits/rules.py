"""What may follow what with a permit, and what a change makes of it. Pure.

A change is a new version. It speaks of what is seen from `held_from` on; of what was seen before,
the versions before it go on speaking, so that nobody is judged by what was decided later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ioc.errors import Conflict, InvalidInput
from ioc.permits.model import (
    Appeal,
    Change,
    Order,
    Permit,
    PermitClass,
    PermitState,
    PermitVersion,
)

FOLLOWS: Mapping[PermitState, frozenset[Change]] = {
    PermitState.GRANTED: frozenset({Change.AMEND, Change.EXTEND, Change.RENEW, Change.REVOKE}),
    PermitState.REVOKED: frozenset({Change.APPEAL}),
    PermitState.APPEALED: frozenset({Change.UPHOLD, Change.DISMISS}),
    PermitState.FINAL: frozenset(),
}
# A change sets these and no others: a wish it cannot grant is refused, not overheard.
SETS: Mapping[Change, frozenset[str]] = {
    Change.AMEND: frozenset(
        {"permit_class", "valid_until", "destination", "roads", "deadline", "holds_from"}
    ),
    Change.EXTEND: frozenset({"valid_until", "deadline", "holds_from"}),
    Change.RENEW: frozenset(
        {"permit_class", "valid_from", "valid_until", "destination", "roads", "deadline"}
    ),
    Change.REVOKE: frozenset({"holds_from"}),
    Change.APPEAL: frozenset(),
    Change.UPHOLD: frozenset({"holds_from"}),
    Change.DISMISS: frozenset(),
}
TERMS = ("permit_class", "valid_from", "valid_until", "destination", "roads", "deadline")


def changed(permit: Permit, order: Order, now: datetime) -> Permit:
    """Return the version that `order` makes of the newest version `permit`.

    Raises:
        Conflict: the permit's state does not allow it.
        InvalidInput: a value is missing, or is none that this change sets.
    """
    if order.change not in FOLLOWS[permit.state]:
        raise Conflict(f"permit: {order.change.value} cannot follow {permit.state.value}")
    for name in (*TERMS, "holds_from"):
        if getattr(order, name) is not None and name not in SETS[order.change]:
            raise InvalidInput(name, f"is not set by {order.change.value}")
    base = replace(permit, version=permit.version + 1, held_until=None)
    new = CHANGES[order.change](base, order, now)
    if order.change in (Change.AMEND, Change.RENEW):
        require_way(new)
    return new


def version_for(
    versions: Sequence[PermitVersion], known_at: datetime, seen_at: datetime
) -> Permit | None:
    """Return the version of one permit that speaks, at `known_at`, of what was seen at `seen_at`.

    `versions` are all its versions, oldest first.
    """
    speaking = [
        version.permit
        for version in versions
        if version.known_at <= known_at
        and (version.permit.held_from is None or version.permit.held_from <= seen_at)
    ]
    return speaking[-1] if speaking else None


def require_way(permit: Permit) -> None:
    """Refuse a red permit that leads nowhere.

    Raises:
        InvalidInput: it has no destination.
    """
    if permit.permit_class is PermitClass.RED and permit.destination is None:
        raise InvalidInput("destination", "a red permit leads to a quarantine site")


def _amend(base: Permit, order: Order, now: datetime) -> Permit:
    _require_running(base, now)
    terms = _terms(order)
    if all(getattr(base, name) == value for name, value in terms.items()):
        raise InvalidInput("change", "changes nothing")
    if order.permit_class not in (None, PermitClass.RED, base.permit_class):
        # A permit that is red no longer has no quarantine site to go to.
        terms = {"destination": None, "deadline": None, **terms}
    return replace(base, **terms, held_from=_from(base, order, now))


def _extend(base: Permit, order: Order, now: datetime) -> Permit:
    _require_running(base, now)
    if order.valid_until is None or order.valid_until <= base.valid_until:
        raise InvalidInput("valid_until", f"must be later than {base.valid_until.isoformat()}")
    return replace(base, **_terms(order), held_from=_from(base, order, now))


def _renew(base: Permit, order: Order, now: datetime) -> Permit:
    if order.valid_until is None:
        raise InvalidInput("valid_until", "a renewal needs the end of the new span")
    begins = order.valid_from or max(base.valid_until, now)
    if begins < base.valid_until:
        raise InvalidInput("valid_from", f"must not lie before {base.valid_until.isoformat()}")
    return replace(base, **{**_terms(order), "valid_from": begins}, held_from=begins)


def _revoke(base: Permit, order: Order, now: datetime) -> Permit:
    ends = order.holds_from or now
    return replace(base, revoked_at=ends, appeal=None, held_from=ends)


def _appeal(base: Permit, _order: Order, _now: datetime) -> Permit:
    return replace(base, appeal=Appeal.OPEN)


def _dismiss(base: Permit, _order: Order, _now: datetime) -> Permit:
    return replace(base, appeal=Appeal.DISMISSED)


def _uphold(base: Permit, order: Order, now: datetime) -> Permit:
    return replace(base, revoked_at=None, appeal=None, held_from=order.holds_from or now)


CHANGES: Mapping[Change, Callable[[Permit, Order, datetime], Permit]] = {
    Change.AMEND: _amend,
    Change.EXTEND: _extend,
    Change.RENEW: _renew,
    Change.REVOKE: _revoke,
    Change.APPEAL: _appeal,
    Change.UPHOLD: _uphold,
    Change.DISMISS: _dismiss,
}


def _terms(order: Order) -> dict[str, Any]:
    given = {name: getattr(order, name) for name in TERMS}
    return {name: value for name, value in given.items() if value is not None}


def _from(base: Permit, order: Order, now: datetime) -> datetime:
    """Return from when a change holds: one of a renewal that is to come, not before it begins."""
    if order.holds_from is not None:
        return order.holds_from
    return now if base.held_from is None else max(now, base.held_from)


def _require_running(base: Permit, now: datetime) -> None:
    if base.valid_until <= now:
        raise Conflict(f"permit: it ended at {base.valid_until.isoformat()}; renew it")

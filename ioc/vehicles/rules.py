"""Who may be where: the city's rule table, and the judgement of a read by it. Pure.

The table is `config/<city>/rules.toml`. Rules are tried from top to bottom; the first whose
permit, road class, `when` and dates fit is the verdict.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ioc.errors import InvalidInput
from ioc.permits.model import Permit
from ioc.vehicles.model import Heading, Outcome, PlateRead, Reason, Spot, Verdict


class Standing(StrEnum):
    """What the plate has at the time it was seen; the `permit` of a rule."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"


class When(StrEnum):
    """A condition of a rule beside permit and road class."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    ON_ROUTE = "on_route"
    AT_DESTINATION = "at_destination"


@dataclass(frozen=True)
class Rule:
    """One line of the table, in force on valid_from <= day < valid_until.

    `standing`, `road_class` and `when` are None where the rule holds for all.
    """

    id: str
    outcome: Outcome
    reason: Reason
    texts: Mapping[str, str]
    legal_basis: str
    version: int
    valid_from: date
    valid_until: date | None = None
    standing: Standing | None = None
    road_class: str | None = None
    when: When | None = None
    plates: re.Pattern[str] | None = None
    priority: str | None = None
    desk: str | None = None


@dataclass(frozen=True)
class Rulebook:
    """The rules of a city; below the confidence `sure` a read is never more than a review."""

    sure: float
    unsure: Rule
    exemptions: tuple[Rule, ...]
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule by its id."""
        for rule in (self.unsure, *self.exemptions, *self.rules):
            if rule.id == rule_id:
                return rule
        return None


def parse_rulebook(document: Mapping[str, Any], sure: float) -> Rulebook:
    """Return the rulebook of a parsed rules.toml.

    Raises:
        InvalidInput: a rule lacks a field or holds an unknown word; the field names the rule.
    """
    return Rulebook(
        sure=sure,
        unsure=_rule(document["unsure"]),
        exemptions=tuple(_rule(entry) for entry in document.get("exemption", ())),
        rules=tuple(_rule(entry) for entry in document["rule"]),
    )


def judge(
    read: PlateRead, permits: Sequence[Permit], spot: Spot, book: Rulebook, day: date
) -> Verdict:
    """Return the verdict on `read` by the permits known of exactly its plate.

    `day` is the city's day on which the vehicle was seen: rules have dates. A doubtful read is
    never more than a review, and no pattern clears it: it may as well be another plate misread.
    """
    is_sure = read.confidence >= book.sure
    exempt = next((r for r in book.exemptions if _holds(r, day) and _matches(r, read)), None)
    if exempt is not None and is_sure:
        return _verdict(exempt, None)
    speaking = [permit for permit in permits if permit.speaks_at(read.seen_at)]
    candidates = [(_standing(permit, read.seen_at), permit) for permit in speaking]
    valid = [(s, p) for s, p in candidates if s in VALID]
    verdicts = [_by_table(read, s, p, spot, book, day) for s, p in valid or _latest(candidates)]
    verdict = min(verdicts, key=lambda v: _SEVERITY[v.outcome])
    if verdict.outcome is Outcome.STOP and not is_sure:
        unsure = _verdict(book.unsure, None)
        return replace(
            unsure,
            permit=verdict.permit,
            permit_class=verdict.permit_class,
            permit_version=verdict.permit_version,
        )
    return verdict


VALID = frozenset({Standing.GREEN, Standing.YELLOW, Standing.RED})
_SEVERITY = {Outcome.PASS: 0, Outcome.NOTE: 1, Outcome.REVIEW: 2, Outcome.STOP: 3}


def _standing(permit: Permit, at: datetime) -> Standing:
    if permit.revoked_at is not None and permit.revoked_at <= at:
        return Standing.REVOKED
    if at < permit.valid_from:
        return Standing.NOT_YET_VALID
    if at >= permit.valid_until:
        return Standing.EXPIRED
    return Standing(permit.permit_class.value)


def _latest(
    candidates: Sequence[tuple[Standing, Permit]],
) -> list[tuple[Standing, Permit | None]]:
    """Return the standing to judge by when nothing is valid: of the permit that begins last."""
    if not candidates:
        return [(Standing.NONE, None)]
    begun = [(s, p) for s, p in candidates if s is not Standing.NOT_YET_VALID]
    return [max(begun or candidates, key=lambda pair: pair[1].valid_from)]


def _by_table(
    read: PlateRead,
    standing: Standing,
    permit: Permit | None,
    spot: Spot,
    book: Rulebook,
    day: date,
) -> Verdict:
    for rule in book.rules:
        if (
            rule.standing is standing
            and rule.road_class == spot.road_class
            and _holds(rule, day)
            and (rule.when is None or _is_so(rule.when, read, permit, spot))
        ):
            return _verdict(rule, permit)
    raise InvalidInput("rules", f"no rule for {standing} at {spot.road_class} on {day}")


def _is_so(when: When, read: PlateRead, permit: Permit | None, spot: Spot) -> bool:
    heading = read.direction.value
    if read.direction is Heading.UNKNOWN:
        heading = spot.direction
    if when is When.INBOUND:
        return heading == Heading.IN
    if when is When.OUTBOUND:
        return heading == Heading.OUT
    if when is When.ON_ROUTE:
        return permit is not None and spot.road is not None and spot.road in permit.roads
    return permit is not None and spot.site is not None and spot.site == permit.destination


def _holds(rule: Rule, day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_until is None or day < rule.valid_until)


def _matches(rule: Rule, read: PlateRead) -> bool:
    return rule.plates is not None and rule.plates.fullmatch(read.plate) is not None


def _verdict(rule: Rule, permit: Permit | None) -> Verdict:
    return Verdict(
        outcome=rule.outcome,
        reason=rule.reason,
        rule=rule.id,
        permit=None if permit is None else permit.ref,
        permit_class=None if permit is None else permit.permit_class,
        priority=rule.priority,
        desk=rule.desk,
        permit_version=None if permit is None else permit.version,
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    name = str(entry.get("id", "?"))
    try:
        return Rule(
            id=str(entry["id"]),
            outcome=Outcome(entry["outcome"]),
            reason=Reason(entry["reason"]),
            texts={"vi": entry["vi"], "en": entry["en"]},
            legal_basis=entry["legal_basis"],
            version=entry["version"],
            valid_from=entry["valid_from"],
            valid_until=entry.get("valid_until"),
            standing=Standing(entry["permit"]) if "permit" in entry else None,
            road_class=entry.get("road_class"),
            when=When(entry["when"]) if "when" in entry else None,
            plates=re.compile(entry["plates"]) if "plates" in entry else None,
            priority=entry.get("priority"),
            desk=entry.get("desk"),
        )
    except (KeyError, ValueError, re.error) as fault:
        raise InvalidInput(f"rule {name}", str(fault)) from None

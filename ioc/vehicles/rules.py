"""Who may be where: the judgement of a read by the city's registry of rules. Pure.

The registry is `config/<city>/rules.toml`. Three questions, each with a verdict: what the permit
says (the table, from top to bottom, the first that fits), whether an exemption lifts it, and what
findings say beside it. The gravest verdict counts; among equals the more urgent, then the one that
stands first in the file, findings before the table.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from ioc.errors import InvalidInput
from ioc.lists.model import ListEntry
from ioc.permits.model import Permit
from ioc.vehicles.model import (
    Elsewhere,
    Ground,
    Heading,
    Outcome,
    PlateFacts,
    PlateRead,
    Spot,
    Verdict,
)
from ioc.vehicles.plate import is_valid
from ioc.vehicles.rulebook import PERMIT, Beside, Finds, Rule, Rulebook, Standing, When, Where

VALID = frozenset({Standing.GREEN, Standing.YELLOW, Standing.RED})
SEVERITY = {Outcome.PASS: 0, Outcome.NOTE: 1, Outcome.REVIEW: 2, Outcome.STOP: 3}
LEAST_URGENT = "P9"


@dataclass(frozen=True)
class Case:
    """One read with all that a rule may ask of it; `local` is when it was seen, by the city."""

    read: PlateRead
    facts: PlateFacts
    spot: Spot
    book: Rulebook
    local: datetime

    @cached_property
    def beside(self) -> Beside:
        """Return what may lift or join the verdict of the table there on that day."""
        return self.book.beside(self.day, self.spot.road_class, self.spot.unit)

    @property
    def day(self) -> date:
        """Return the city's day: rules have dates."""
        return self.local.date()

    @property
    def is_sure(self) -> bool:
        """Tell whether the reader is certain enough to act on it."""
        return self.read.confidence >= self.book.sure


def judge(
    read: PlateRead, facts: PlateFacts, spot: Spot, book: Rulebook, local: datetime
) -> Verdict:
    """Return the verdict on `read` by what is known of exactly its plate.

    `local` is the time it was seen in the city's zone. A doubtful read is never more than a
    review, and no pattern clears it: it may as well be another plate misread.

    Raises:
        InvalidInput: the registry has no rule for such a read on that day.
    """
    case = Case(read, facts, spot, book, local)
    base, standing = _by_permit(case)
    lifted = _lifted(case, standing)
    spared = frozenset(word for rule in lifted for word in rule.lifts)
    exempt = next((rule for rule in lifted if PERMIT in rule.lifts), None)
    if exempt is not None:
        base = _verdict(exempt, None)
    verdicts = [
        finding if base is None else _beside(finding, base)
        for finding in _findings(case, standing, spared)
    ]
    if base is not None:
        verdicts.append(base)
    if not verdicts:
        raise InvalidInput("rules", f"no finding for a plate that was not read on {case.day}")
    verdict = min(verdicts, key=lambda v: (-SEVERITY[v.outcome], v.priority or LEAST_URGENT))
    if verdict.outcome is Outcome.STOP and not case.is_sure:
        return _beside(_verdict(book.unsure, None), verdict)
    return verdict


def overdue_rule(book: Rulebook, day: date) -> Rule | None:
    """Return the rule for red vehicles that do not arrive, if the city has one on that day."""
    return next((rule for rule in book.overdue if rule.holds_on(day)), None)


def standing_of(permit: Permit, at: datetime) -> Standing:
    """Return what a permit is worth at an instant."""
    if permit.revoked_at is not None and permit.revoked_at <= at:
        return Standing.REVOKED
    if at < permit.valid_from:
        return Standing.NOT_YET_VALID
    if at >= permit.valid_until:
        return Standing.EXPIRED
    return Standing(permit.permit_class.value)


def _beside(verdict: Verdict, other: Verdict) -> Verdict:
    """Return `verdict` with the permit that the other one was judged by."""
    return replace(
        verdict,
        permit=other.permit,
        permit_class=other.permit_class,
        permit_version=other.permit_version,
        rests_on=verdict.rests_on or other.rests_on,
    )


def _lifted(case: Case, standing: Standing | None) -> list[Rule]:
    """Return the exemptions that fit; none fits a read in doubt, or a plate nobody read."""
    if not case.is_sure or case.read.not_read is not None:
        return []
    return [rule for rule in case.beside.exemptions if _fits(rule, case, standing)]


def _by_permit(case: Case) -> tuple[Verdict | None, Standing | None]:
    """Return what the table says, and what the plate has; nothing where no plate was read."""
    if case.read.not_read is not None:
        return None, None
    at = case.read.seen_at
    speaking = [permit for permit in case.facts.permits if permit.speaks_at(at)]
    candidates = [(standing_of(permit, at), permit) for permit in speaking]
    valid = [(standing, permit) for standing, permit in candidates if standing in VALID]
    judged = [
        (_by_table(case, standing, permit), standing)
        for standing, permit in valid or _latest(candidates)
    ]
    return min(judged, key=lambda pair: SEVERITY[pair[0].outcome])


def _latest(
    candidates: Sequence[tuple[Standing, Permit]],
) -> list[tuple[Standing, Permit | None]]:
    """Return the standing to judge by when nothing is valid: of the permit that begins last."""
    if not candidates:
        return [(Standing.NONE, None)]
    begun = [(s, p) for s, p in candidates if s is not Standing.NOT_YET_VALID]
    return [max(begun or candidates, key=lambda pair: pair[1].valid_from)]


def _by_table(case: Case, standing: Standing, permit: Permit | None) -> Verdict:
    for rule in case.book.table.get((standing, case.spot.road_class), ()):
        if rule.holds_on(case.day) and _is_so(rule.where.when, case, permit):
            return _verdict(rule, permit)
    where = f"{standing} at {case.spot.road_class} on {case.day}"
    raise InvalidInput("rules", f"no rule for {where}")


def _findings(case: Case, standing: Standing | None, spared: frozenset[str]) -> Iterator[Verdict]:
    for rule in case.beside.findings:
        if rule.finds is None or rule.finds in spared:
            continue
        is_about_text = rule.finds is not Finds.NOT_READ
        if is_about_text is (case.read.not_read is not None):
            continue
        for verdict in LOOKS_FOR[rule.finds](rule, case):
            if _fits(rule, case, standing):
                yield verdict


def _watched(rule: Rule, case: Case) -> Iterator[Verdict]:
    for entry in case.facts.listed:
        if _is_listed(entry, rule.where, case):
            verdict = replace(_verdict(rule, None), rests_on=entry.ref)
            yield replace(verdict, priority=entry.priority or rule.priority)


def _cloned(rule: Rule, case: Case) -> Iterator[Verdict]:
    """Only two sure reads tell of a clone: one in doubt is a misread of another plate."""
    far = [other for other in case.facts.elsewhere if _is_too_far(other, rule)]
    if case.is_sure and far:
        yield replace(_verdict(rule, None), rests_on=far[0].sighting)


def _is_too_far(other: Elsewhere, rule: Rule) -> bool:
    return other.apart >= rule.least_apart and other.apart + rule.slack < other.least


def _looks(rule: Rule, case: Case) -> Iterator[Verdict]:
    known = case.facts.registered
    if known is None or known.ground is None or case.read.colour is Ground.UNKNOWN:
        return
    if case.is_sure and known.ground is not case.read.colour:
        yield replace(_verdict(rule, None), rests_on=known.ref)


def _wrong_way(rule: Rule, case: Case) -> Iterator[Verdict]:
    opposite = {"in": Heading.OUT, "out": Heading.IN}.get(case.spot.direction)
    if opposite is not None and case.read.direction is opposite:
        yield _verdict(rule, None)


def _foreign(rule: Rule, case: Case) -> Iterator[Verdict]:
    if case.is_sure and not is_valid(case.read.plate):
        yield _verdict(rule, None)


def _as_it_fits(rule: Rule, _case: Case) -> Iterator[Verdict]:
    yield _verdict(rule, None)


LOOKS_FOR: Mapping[Finds, Callable[[Rule, Case], Iterator[Verdict]]] = {
    Finds.WATCHED: _watched,
    Finds.CLONED: _cloned,
    Finds.LOOKS: _looks,
    Finds.WRONG_WAY: _wrong_way,
    Finds.HOURS: _as_it_fits,
    Finds.NOT_READ: _as_it_fits,
    Finds.FOREIGN: _foreign,
}


def _fits(rule: Rule, case: Case, standing: Standing | None) -> bool:
    """Tell whether the conditions of a rule of `case.beside` hold, but for `when`."""
    where = rule.where
    return (
        (not where.standings or standing in where.standings)
        and (not where.not_read or case.read.not_read in where.not_read)
        and _fits_plate(where, case)
        and (where.hours is None or where.hours.contains(case.local.time()))
    )


def _fits_plate(where: Where, case: Case) -> bool:
    read, book = case.read, case.book
    return (
        (where.plates is None or where.plates.fullmatch(read.plate) is not None)
        and (not where.is_home or (read.plate[:2] in book.home and is_valid(read.plate)))
        and (not where.grounds or read.colour in where.grounds)
        and (not where.listed or any(_is_listed(e, where, case) for e in case.facts.listed))
    )


def _is_listed(entry: ListEntry, where: Where, case: Case) -> bool:
    return entry.reason in where.listed and entry.is_in_force(case.read.seen_at)


def _is_so(when: When | None, case: Case, permit: Permit | None) -> bool:
    spot, heading = case.spot, case.read.direction.value
    if case.read.direction is Heading.UNKNOWN:
        heading = spot.direction
    if when is When.INBOUND:
        return heading == Heading.IN
    if when is When.OUTBOUND:
        return heading == Heading.OUT
    if when is When.ON_ROUTE:
        return permit is not None and spot.road is not None and spot.road in permit.roads
    if when is When.AT_DESTINATION:
        return permit is not None and spot.site is not None and spot.site == permit.destination
    return True


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
        rule_version=rule.version,
    )

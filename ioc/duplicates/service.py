"""Persons who may be one: found however they came in, shown side by side, merged or kept apart.

A merge moves no fact: each keeps the reference it came with, and one head stands for all. Entries
are told anew of what was seen of both, so that no tally counts one person twice; an undo tells them
back. Every decision is a step that stays.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit, tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.doses.service import regroup_doses
from ioc.duplicates import store
from ioc.duplicates.model import Pair, PairDone, PairState, PairStep, Side
from ioc.duplicates.rules import components, pair_leads_to
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed
from ioc.live import Topic
from ioc.people import entering
from ioc.people.arrivals import Counts
from ioc.people.model import Seen
from ioc.people.rules import ENTRY, recomputed
from ioc.persons.model import Person
from ioc.persons.service import (
    circles_of,
    compare_fresh,
    find_persons,
    numbers_of,
    otherwise_of,
    set_heads,
)
from ioc.privacy import mask_number
from ioc.samples.service import regroup_samples

# The clockwork has more to do: a look takes a second, not minutes.
BATCH, AT_ONCE = 1_000, 5
MOST = 200


@dataclass(frozen=True)
class Verdict:
    """What is decided of a pair, by whom and why; `keep` is who is to stand for both."""

    step: PairStep
    actor: str
    note: str
    keep: str | None = None


def find_duplicates(centre: Centre, batches: int = AT_ONCE) -> int:
    """Compare whoever was met since the last look with all; return how many pairs are new.

    At most so many batches: after a file of half a million the rest waits for the next look.
    """
    found = 0

    def work(conn: Connection) -> tuple[int, int]:
        taken, alike = compare_fresh(conn, centre, BATCH)
        return taken, store.add(conn, alike, centre.now())

    for _ in range(batches):
        taken, new = transact(centre.engine, work)
        found += new
        if taken < BATCH:
            break
    if found:
        centre.live.announce(Topic.DECLARATIONS)
    return found


def side_by_side(
    centre: Centre, state: PairState, actor: str, purpose: str, *, unmasked: bool
) -> list[tuple[Pair, Side, Side]]:
    """Return pairs in a state, the surest first, with both sides; who looks is noted.

    Without leave the first six characters of a number are hidden, and of a birth all but its year.

    Raises:
        InvalidInput: numbers are asked for without a purpose.
    """
    if unmasked and not purpose.strip():
        raise InvalidInput("purpose", "is needed to see numbers")

    def work(conn: Connection) -> list[tuple[Pair, Side, Side]]:
        found = store.search(conn, state, MOST)
        refs = sorted({ref for pair in found for ref in (pair.one, pair.other)})
        if refs:
            detail = {"persons": refs, "unmasked": unmasked}
            audit.record(conn, actor, "duplicates_seen", "persons", purpose, detail)
        sides = _sides(conn, centre, refs, unmasked=unmasked)
        return [
            (pair, sides[pair.one], sides[pair.other])
            for pair in found
            if pair.one in sides and pair.other in sides
        ]

    return transact(centre.engine, work)


def list_pairs(centre: Centre, ask: Ask, units: Sequence[str] | None = None) -> Listed:
    """Return a page of pairs, nobody named: those of whom one lives in `units`, all for None."""
    return transact(centre.engine, lambda conn: store.listed(conn, ask, units))


def count_open(centre: Centre) -> int:
    """Return how many pairs nobody has decided."""
    return transact(centre.engine, lambda conn: store.count(conn, PairState.OPEN))


def pair_of(
    centre: Centre, ref: str, why: tuple[str, str], *, unmasked: bool
) -> tuple[Pair, Side, Side]:
    """Return one pair with both sides; `why` is who looks and for what purpose, and is noted.

    Raises:
        NotFound: there is no such pair, or one of the two is kept no longer.
    """
    actor, purpose = why

    def work(conn: Connection) -> tuple[Pair, Side, Side]:
        pair = store.find(conn, ref)
        refs = [] if pair is None else [pair.one, pair.other]
        sides = _sides(conn, centre, refs, unmasked=unmasked)
        if pair is None or len(sides) < len(refs):
            raise NotFound("pair", ref)
        detail = {"persons": refs, "unmasked": unmasked}
        audit.record(conn, actor, "duplicates_seen", f"pair:{ref}", purpose, detail)
        return pair, sides[pair.one], sides[pair.other]

    return transact(centre.engine, work)


def log_of(centre: Centre, ref: str) -> list[PairDone]:
    """Return what was decided of a pair, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, ref))


def decide_pair(centre: Centre, ref: str, verdict: Verdict) -> Pair:
    """Merge two persons, keep them apart, or take such a decision back.

    Raises:
        NotFound: there is no such pair.
        Conflict: its state does not allow the step.
        InvalidInput: it says no reason, or keeps somebody else.
    """

    def work(conn: Connection) -> Pair:
        pair = store.find(conn, ref, lock=True)
        if pair is None:
            raise NotFound("pair", ref)
        state = pair_leads_to(pair.state, verdict.step, verdict.note)
        if verdict.keep not in (None, pair.one, pair.other):
            raise InvalidInput("keep", "is none of the two")
        kept = _kept(conn, pair, verdict.keep) if verdict.step is PairStep.MERGE else None
        decided = replace(
            pair,
            state=state,
            kept=kept,
            decided_at=centre.now(),
            decided_by=verdict.actor,
            note=verdict.note,
        )
        store.decide(conn, decided, verdict.step)
        detail = {"step": verdict.step.value, "note": verdict.note, "kept": kept}
        audit.record(conn, verdict.actor, "pair_decided", f"pair:{ref}", None, detail)
        if PairState.MERGED in (pair.state, state):
            tally.add(conn, _regroup(conn, centre, (pair.one, pair.other)))
        return decided

    decided = transact(centre.engine, work)
    centre.live.announce(Topic.DECLARATIONS)
    return decided


def drop_pairs(centre: Centre, found_before: datetime) -> int:
    """Delete pairs found before an instant of whom one is kept no longer; return how many."""
    return transact(centre.engine, lambda conn: store.drop(conn, found_before))


def _kept(conn: Connection, pair: Pair, wanted: str | None) -> str:
    """Return who stands for both: who is asked for, else whose document is the better one."""
    if wanted is not None:
        return wanted
    persons = find_persons(conn, [pair.one, pair.other])
    order = ("cccd", "cmnd", "passport", "insurance", "qid")
    known = [ref for ref in (pair.one, pair.other) if ref in persons]
    return min(known or [pair.one], key=lambda ref: (order.index(persons[ref].kind), ref))


def _regroup(conn: Connection, centre: Centre, two: tuple[str, str]) -> Counts:
    """Let those be one whom the merged pairs make one, and return how entries change."""
    circles = circles_of(conn, two)
    members = sorted({ref for _, everybody in circles.values() for ref in everybody})
    edges = store.merged_among(conn, members)
    head_of = components(members, edges)
    entering.hold(conn, sorted({*members, *head_of.values()}))
    set_heads(conn, head_of)
    entering.rehead(conn, head_of)
    regroup_doses(conn, centre, head_of)
    regroup_samples(conn, centre, sorted(head_of))
    limits = centre.city.limits
    same = limits.entries.same
    since = centre.now() - limits.retention["passages"] + same
    counts: Counts = Counter()
    rows = list[tuple[str, Seen, bool]]()
    for head, seen in entering.of(conn, sorted(set(head_of.values()))).items():
        for one, is_entry in recomputed(seen, same, since):
            rows.append((head, one, is_entry))
            counts[ENTRY, one.place, one.at] += int(is_entry) - int(bool(one.is_entry))
    entering.keep(conn, rows)
    return counts


def _sides(
    conn: Connection, centre: Centre, refs: Sequence[str], *, unmasked: bool
) -> dict[str, Side]:
    persons = find_persons(conn, refs)
    numbers = numbers_of(conn, centre, refs)
    otherwise, facts = otherwise_of(conn, refs), store.facts_about(conn, refs)
    return {
        ref: Side(
            ref,
            person.kind.value,
            numbers[ref] if unmasked else mask_number(numbers[ref]),
            person.name,
            _born(person, unmasked=unmasked),
            None if person.sex is None else person.sex.value,
            person.unit,
            tuple(otherwise.get(ref, ())),
            facts[ref],
        )
        for ref, person in persons.items()
    }


def _born(person: Person, *, unmasked: bool) -> str | None:
    if unmasked and person.born_on is not None:
        return person.born_on.isoformat()
    return None if person.birth_year is None else str(person.birth_year)

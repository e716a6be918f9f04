"""Meeting persons: whoever a fact is about is kept once, under a reference nobody looks up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.persons import store
from ioc.persons.model import Alike, Identity, Likeness, Person
from ioc.persons.numbers import number_of
from ioc.persons.rules import SHARES, fold_name, likeness, reference_of, reference_of_number
from ioc.persons.sealing import open_number, parts_of, seal_number

# That somebody was met is noted once in so many days: a scan need not write for it.
NOTED = timedelta(days=7)


def meet(
    conn: Connection, centre: Centre, identities: Sequence[Identity], at: datetime
) -> list[str]:
    """Keep who is met and return the reference of each, in order, in the caller's transaction.

    What was unknown of somebody is filled in; what is said otherwise than before is kept beside it,
    and changes nothing. Call it after the ids of a batch are entered and before its facts.
    """
    secret = centre.settings.secret
    refs = [reference_of(secret, one) for one in identities]
    said: dict[str, list[Identity]] = {}
    for ref, one in zip(refs, identities, strict=True):
        said.setdefault(ref, []).append(one)
    if not said:
        return refs
    day = local_day(at, centre.city.zone)
    before = store.known(conn, sorted(said))
    new = {ref: said[ref][0] for ref in sorted(said) if ref not in before}
    added = store.add(conn, [_row(secret, ref, one, day) for ref, one in new.items()], at)
    # Somebody else may have met one of them in between, or the batch name him twice.
    again = [ref for ref in said if ref in new and (ref not in added or len(said[ref]) > 1)]
    if again:
        before.update(store.known(conn, again))
    _fill_in(conn, said, before, day)
    _keep_otherwise(conn, said, before, at)
    return refs


def meet_at_home(
    conn: Connection,
    centre: Centre,
    said: Sequence[tuple[str, str | None]],
    identities: Mapping[str, Identity],
) -> dict[str, str]:
    """Keep who is met, and return in which unit those live of whom it is known.

    Args:
        conn: the caller's transaction.
        centre: where they are kept.
        said: the reference of each person, and the unit that was said with him.
        identities: who they are, by reference; others are not met.
    """
    refs = sorted({ref for ref, _ in said})
    meet(conn, centre, [identities[ref] for ref in refs if ref in identities], centre.now())
    units = {ref: unit for ref, unit in said if unit}
    units |= {ref: one.unit for ref, one in identities.items() if one.unit and ref not in units}
    asked = [ref for ref in refs if ref not in units]
    found = find_persons(conn, asked) if asked else {}
    return units | {ref: person.unit for ref, person in found.items() if person.unit}


def references(centre: Centre, identities: Iterable[Identity]) -> list[str]:
    """Return the references of persons, in order, without keeping or asking anything."""
    return [reference_of(centre.settings.secret, one) for one in identities]


def find_persons(conn: Connection, refs: Sequence[str]) -> dict[str, Person]:
    """Return those of the persons who are kept, by reference; their numbers stay sealed."""
    return store.find(conn, refs)


def heads_of(conn: Connection, refs: Sequence[str]) -> dict[str, str]:
    """Return for every reference who stands for it: himself, where no merge made him one."""
    merged = store.heads(conn, refs) if refs else {}
    return {ref: merged.get(ref, ref) for ref in refs}


def circles_of(conn: Connection, refs: Sequence[str]) -> dict[str, tuple[str, list[str]]]:
    """Return for every reference who stands for it, and all whom merges made one with him.

    Of somebody whom nobody met it is himself, alone.
    """
    groups = store.group(conn, refs) if refs else {}
    found = {ref: (head, members) for head, members in groups.items() for ref in members}
    return {ref: found.get(ref, (ref, [ref])) for ref in refs}


def numbers_of(conn: Connection, centre: Centre, refs: Sequence[str]) -> dict[str, str]:
    """Return numbers in clear, by reference; whoever shows one masks it, and notes who saw it."""
    found = store.find(conn, refs, opened=True)
    secret = centre.settings.secret
    return {ref: open_number(secret, ref, person.number) for ref, person in found.items()}


def otherwise_of(conn: Connection, refs: Sequence[str]) -> dict[str, list[str]]:
    """Return by reference what persons were called otherwise than they are kept."""
    return store.other_names(conn, refs)


def set_heads(conn: Connection, heads_of: Mapping[str, str]) -> None:
    """Let each person be stood for by another, or by himself again."""
    store.set_heads(conn, heads_of)


def compare_fresh(conn: Connection, centre: Centre, limit: int) -> tuple[int, list[Alike]]:
    """Take persons who were met since the last look, and return how many, and who is like whom."""
    fresh = store.take_fresh(conn, limit)
    pairs = store.near(conn, fresh) if fresh else []
    persons = store.find(conn, sorted({ref for pair in pairs for ref in pair[:2]}), opened=True)
    secret = centre.settings.secret
    numbers = {ref: open_number(secret, ref, one.number) for ref, one in persons.items()}
    found: dict[tuple[str, str], Alike] = {}
    for ref, near, is_named in pairs:
        if ref not in persons or near not in persons:
            continue
        one, other = sorted((ref, near))
        is_one = persons[one].head == persons[other].head
        alike = _alike(
            persons[one], persons[other], (numbers[one], numbers[other]), is_named=is_named
        )
        known = found.get((one, other))
        if alike is not None and not is_one and (known is None or known.share < alike.share):
            found[one, other] = alike
    return len(fresh), [found[pair] for pair in sorted(found)]


def drop_persons(centre: Centre, met_before: date) -> int:
    """Delete persons whom nobody met since a day; what speaks of them keeps their reference."""
    return transact(centre.engine, lambda conn: store.drop(conn, met_before))


def _alike(one: Person, other: Person, numbers: tuple[str, str], *, is_named: bool) -> Alike | None:
    if is_named:
        why = Likeness.SAME_DOCUMENT
        return Alike(one.ref, other.ref, why, SHARES[why])
    found = likeness(one, other, numbers)
    return None if found is None else Alike(one.ref, other.ref, *found)


def _row(secret: str, ref: str, one: Identity, day: date) -> dict[str, Any]:
    head, tail = parts_of(secret, one.number)
    return {
        "ref": ref,
        "kind": one.kind.value,
        "name": one.name,
        "name_key": fold_name(one.name),
        "born_on": one.born_on,
        "birth_year": one.birth_year,
        "sex": one.sex,
        "unit": one.unit,
        "number_head": head,
        "number_tail": tail,
        "also": [reference_of_number(secret, *number_of(other)) for other in one.also],
        "sealed": seal_number(secret, ref, one.number).hex(),
        "on_day": day,
    }


def _fill_in(
    conn: Connection,
    said: Mapping[str, Sequence[Identity]],
    before: Mapping[str, store.Known],
    day: date,
) -> None:
    rows = []
    for ref in sorted(before):
        was = before[ref]
        born_on = was.born_on or _first_day(said[ref], was.birth_year)
        year = was.birth_year or next((i.birth_year for i in said[ref] if i.birth_year), None)
        sex = was.sex or next((i.sex for i in said[ref] if i.sex), None)
        unit = next((i.unit for i in reversed(said[ref]) if i.unit), None)
        is_learnt = (born_on, year) != (was.born_on, was.birth_year)
        moved = unit is not None and unit != was.unit
        if is_learnt or moved or sex != was.sex or was.last_met_on <= day - NOTED:
            row = {"ref": ref, "born_on": born_on, "birth_year": year, "sex": sex, "unit": unit}
            rows.append({**row, "is_learnt": is_learnt})
    store.fill(conn, rows, day)


def _first_day(said: Sequence[Identity], year: int | None) -> date | None:
    days = (one.born_on for one in said if one.born_on)
    return next((on for on in days if year is None or on.year == year), None)


def _keep_otherwise(
    conn: Connection,
    said: Mapping[str, Sequence[Identity]],
    before: Mapping[str, store.Known],
    at: datetime,
) -> None:
    rows = []
    for ref in sorted(before):
        was = before[ref]
        for one in said[ref]:
            key = fold_name(one.name)
            other_day = one.born_on and was.born_on and one.born_on != was.born_on
            other_year = one.birth_year and was.birth_year and one.birth_year != was.birth_year
            if key != was.key or other_day or other_year:
                born = {"born_on": one.born_on, "birth_year": one.birth_year}
                rows.append({"ref": ref, "name": one.name, "name_key": key, **born})
    store.add_variants(conn, rows, at)

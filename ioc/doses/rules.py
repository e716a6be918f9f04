"""What a dose must be, which entries are one injection, and what counts. Pure.

What counts is a function of the doses held of a person, whatever their order of arrival.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ioc.clock import day_bounds, local_day
from ioc.doses.model import (
    AgeGroup,
    CountedDoses,
    Dose,
    DoseCorrection,
    HeldDose,
    NearRepeat,
    Product,
    VaccineBook,
)
from ioc.errors import Conflict, InvalidInput
from ioc.health.model import Standing

DOSE, NEAR = "dose", "dose.near"
FIRST, FULL = "cover.first.", "cover.full."
UNKNOWN = "unknown"
Counts = Counter[tuple[str, str, datetime]]
NOT_JUDGED: Mapping[str, object] = {
    "near_of": None,
    "why": None,
    "is_counted": False,
    "ordinal": None,
    "is_full": False,
}


def require_sound(dose: Dose, book: VaccineBook, zone: ZoneInfo) -> Dose:
    """Return `dose` with the id of its product and its lot in capitals.

    Raises:
        InvalidInput: `product`, `lot`, `number` or `given_at` cannot be, or the person was too
            young for the product.
    """
    product = book.product_of(dose.product)
    if product is None:
        raise InvalidInput("product", f"{dose.product!r} is none of {', '.join(book.products)}")
    lot, day = dose.lot.strip().upper(), day_of(dose.given_at, zone)
    if not re.fullmatch(product.lot, lot):
        raise InvalidInput("lot", f"{lot!r} is no batch number of {product.id}")
    if dose.number > product.most:
        raise InvalidInput("number", f"{product.id} has at most {product.most} doses")
    if day < product.valid_from or (product.valid_until and day >= product.valid_until):
        raise InvalidInput("given_at", f"{product.id} was not in use on {day}")
    _require_age(dose, product, day)
    if dose.product == product.id and dose.lot == lot:
        return dose
    return replace(dose, product=product.id, lot=lot)


@lru_cache(maxsize=8192)
def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the day of the city on which an instant lies; remembered, for a batch has few."""
    return local_day(at, zone)


def age_on(day: date, born_on: date | None, birth_year: int | None) -> int | None:
    """Return the years of age on a day; of a birth known by its year alone, the most it can be."""
    if born_on is not None:
        return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
    return None if birth_year is None else day.year - birth_year


def group_of(age: int | None, groups: Sequence[AgeGroup]) -> str:
    """Return the id of the group of an age; `unknown` where there is none."""
    if age is None:
        return UNKNOWN
    return next((group.id for group in groups if group.start <= age < group.end), UNKNOWN)


def require_place(dose: Dose, held: Sequence[HeldDose], book: VaccineBook) -> None:
    """Refuse a dose that cannot stand among those held of the person.

    One that repeats an injection is let through: it is kept, shown, and counted by the city's rule.

    Raises:
        InvalidInput: `number` is out of order, or `given_at` is too soon after or before another.
    """
    own = [one for one in held if one.ordinal is not None]
    if any(_repeats(dose, one, book) for one in own):
        return
    before = max((one for one in own if one.number < dose.number), key=_number, default=None)
    after = min((one for one in own if one.number > dose.number), key=_number, default=None)
    if before is not None:
        _require_interval(dose.given_at, dose.number, before, book.products[dose.product], book)
    if after is not None:
        if dose.given_at >= after.given_at:
            why = f"{dose.number} lies after number {after.number} of {_on(after.given_at)}"
            raise InvalidInput("number", why)
        product = book.products.get(after.product)
        least = None if product is None else _least(product, after.number)
        gap = _whole_days(after.given_at - dose.given_at)
        if least is not None and gap < least - book.grace:
            why = f"is {gap.days} days before number {after.number}, which needs {least.days}"
            raise InvalidInput("given_at", why)


def ranked(held: Sequence[HeldDose], book: VaccineBook) -> list[HeldDose]:
    """Return the doses of one person with what each counts for, in the order they were given."""
    own: list[HeldDose] = []
    judged: list[HeldDose] = []
    is_full = False
    for dose in sorted(held, key=_order) if len(held) > 1 else held:
        if dose.mark is DoseCorrection.VOID:
            judged.append(_judged(dose))
            continue
        same = None
        if dose.mark is not DoseCorrection.DISTINCT:
            same = next((one for one in own if _repeats(dose, one, book)), None)
        if same is not None:
            is_counted = book.counted is CountedDoses.ALL
            why = NearRepeat.NEAR if _is_near(dose, same, book) else NearRepeat.NUMBER_AGAIN
            judged.append(_judged(dose, near_of=same.ref, why=why, is_counted=is_counted))
            continue
        product = book.products.get(dose.product)
        completes = not is_full and product is not None and len(own) + 1 >= product.doses
        is_full = is_full or completes
        kept = _judged(dose, is_counted=True, ordinal=len(own) + 1, is_full=completes)
        own.append(kept)
        judged.append(kept)
    return judged


def counts_of(doses: Sequence[HeldDose], zone: ZoneInfo) -> Counts:
    """Return what judged doses count towards; people by the day, doses by their instant."""
    counts: Counts = Counter()
    for dose in doses:
        if dose.is_counted:
            counts[DOSE, dose.facility, dose.given_at] += 1
        if dose.near_of is not None:
            counts[NEAR, dose.facility, dose.given_at] += 1
        if dose.ordinal == 1:
            counts[FIRST + dose.age_group, dose.unit, _day_start(dose.given_at, zone)] += 1
        if dose.is_full:
            counts[FULL + dose.age_group, dose.unit, _day_start(dose.given_at, zone)] += 1
    return counts


def standing_of(person: str, judged: Sequence[HeldDose]) -> Standing:
    """Return what judged doses of one person say of him."""
    own = [dose for dose in judged if dose.ordinal is not None]
    full = next((dose.given_at for dose in own if dose.is_full), None)
    return Standing(person, len(own), own[-1].given_at if own else None, full)


def corrected(dose: HeldDose, correction: DoseCorrection, why: str) -> HeldDose:
    """Return a dose with what a person says of it.

    Raises:
        InvalidInput: no reason is given.
        Conflict: it is marked so already, or there is nothing to take back.
    """
    if not why.strip():
        raise InvalidInput("why", "a correction needs a reason")
    mark = None if correction is DoseCorrection.RESTORE else correction
    if dose.mark is mark:
        raise Conflict(f"dose: {correction.value} changes nothing")
    if correction is DoseCorrection.DISTINCT and dose.near_of is None:
        raise Conflict("dose: it repeats none, so it is an injection of its own already")
    return replace(dose, mark=mark)


def made(values: Mapping[str, object]) -> HeldDose:
    """Return a dose of all its values.

    Not by its constructor, which sets eighteen fields of a frozen value one by one: a thousand
    doses are made twice in a batch.
    """
    dose = object.__new__(HeldDose)
    vars(dose).update(values)
    return dose


def _judged(dose: HeldDose, **changes: object) -> HeldDose:
    """Return `dose` with what it counts for, itself where that is what it says already."""
    said = {**NOT_JUDGED, **changes}
    values = vars(dose)
    if all(values[name] == value for name, value in said.items()):
        return dose
    return made({**values, **said})


def _require_age(dose: Dose, product: Product, day: date) -> None:
    age = age_on(day, dose.born_on, dose.birth_year)
    if age is not None and age < 0:
        raise InvalidInput("given_at", "lies before the person's birth")
    if age is not None and age < product.min_age:
        raise InvalidInput("person", f"was {age}; {product.id} is given from {product.min_age} on")


def _require_interval(
    given_at: datetime, number: int, before: HeldDose, product: Product, book: VaccineBook
) -> None:
    if given_at <= before.given_at:
        why = f"{number} lies before number {before.number} of {_on(before.given_at)}"
        raise InvalidInput("number", why)
    least = _least(product, number)
    gap = _whole_days(given_at - before.given_at)
    if least is not None and gap < least - book.grace:
        why = f"is {gap.days} days after number {before.number}; {product.id} needs {least.days}"
        raise InvalidInput("given_at", why)


def _least(product: Product, number: int) -> timedelta | None:
    return product.intervals[number - 2] if 2 <= number <= product.most else None


def _whole_days(gap: timedelta) -> timedelta:
    """Return a gap in whole days: the hour of an appointment shortens no interval."""
    return timedelta(days=round(gap / timedelta(days=1)))


def _repeats(dose: Dose | HeldDose, other: HeldDose, book: VaccineBook) -> bool:
    return dose.number == other.number or _is_near(dose, other, book)


def _is_near(dose: Dose | HeldDose, other: HeldDose, book: VaccineBook) -> bool:
    is_near = abs(dose.given_at - other.given_at) <= book.near
    return is_near and dose.product == other.product


def _order(dose: HeldDose) -> tuple[datetime, int, str, str, str]:
    return dose.given_at, dose.number, dose.facility, dose.source, dose.id


def _number(dose: HeldDose) -> int:
    return dose.number


def _on(at: datetime) -> str:
    return at.date().isoformat()


def _day_start(at: datetime, zone: ZoneInfo) -> datetime:
    return _start_of(day_of(at, zone), zone)


@lru_cache(maxsize=4096)
def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return day_bounds(day, zone)[0]

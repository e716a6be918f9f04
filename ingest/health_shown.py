"""Health figures as the API shows them; small numbers of people are hidden from who may not see."""

from datetime import date
from typing import Any

from ingest.batch import Result
from ioc.centre import Centre
from ioc.doses.measures import Covered, by_age, by_unit, share
from ioc.doses.service import Coverage, vaccines
from ioc.paper.model import Line, Reconciliation, Silence
from ioc.paper.rules import suppressed
from ioc.places import Unit
from ioc.samples.model import Finding, Positivity

COURSES = ("first", "full")


def shown_line(line: Line) -> Result:
    """Return platform against paper of one facility, or of all."""
    return {
        "facility": line.facility,
        "platform": line.platform,
        "paper": line.paper,
        "gap": line.gap,
        "share": None if line.share is None else round(line.share, 6),
        "amended": line.amended,
        "amended_at": None if line.amended_at is None else line.amended_at.isoformat(),
    }


def shown_reconciliation(found: Reconciliation) -> Result:
    """Return platform against paper, of all and by facility."""
    return {
        "as_of": found.as_of.isoformat(),
        "kind": found.kind.value,
        "from": None if found.first is None else found.first.isoformat(),
        "until": None if found.last is None else found.last.isoformat(),
        "total": shown_line(found.total),
        "items": [shown_line(line) for line in found.lines],
    }


def shown_silence(centre: Centre, one: Silence) -> Result:
    """Return how one facility reports."""
    place = centre.city.places.get(one.facility)
    return {
        "facility": one.facility,
        "name": one.facility if place is None else place.name,
        "rhythm": one.rhythm.value,
        "last_on": None if one.last_on is None else one.last_on.isoformat(),
        "usual_days": one.usual_days,
        "silent_days": one.silent_days,
    }


def shown_positivity(one: Positivity, *, sees: bool) -> Result:
    """Return what was found in one kind of test."""
    found = {finding.value: getattr(one, finding.value) for finding in Finding}
    cells: dict[str, int | None] = {**found} if sees else suppressed(found)
    is_told = cells["positive"] is not None and cells["negative"] is not None
    rate = round(one.share, 6) if is_told and one.share is not None else None
    return {
        "kind": one.kind,
        "tests": one.samples,
        "pending": one.pending,
        **cells,
        "share": rate,
    }


def shown_coverage(centre: Centre, found: Coverage, day: date, sees: bool) -> Result:  # noqa: FBT001
    """Return who is covered; what is not known is said."""
    groups = vaccines(centre).ages
    units, ages = by_unit(found.cells, centre.city, day), by_age(found.cells, groups)
    people = sum(unit.population or 0 for unit in units)
    total = Covered("all", people, sum(u.first for u in units), sum(u.full for u in units))
    gaps = []
    if any(group.population is None for group in groups):
        gaps.append("people by age: the city's folder has none, so age groups have no share")
    if any(unit.population is None and unit.first for unit in units):
        gaps.append("where some people live: they stand under 'unknown'")
    # The sums of the rows are told, so whole columns of small rows are hidden with care, too.
    hidden = {
        course: _cells({unit.id: getattr(unit, course) for unit in units}, sees)
        for course in COURSES
    }
    return {
        "as_of": found.as_of.isoformat(),
        "day": day.isoformat(),
        "total": _shown(total, {c: getattr(total, c) for c in COURSES}),
        "age_groups": [
            _shown(
                age, {c: _cells({a.id: getattr(a, c) for a in ages}, sees)[age.id] for c in COURSES}
            )
            for age in ages
        ],
        "items": [
            {
                **_shown(unit, {course: hidden[course][unit.id] for course in COURSES}),
                "name": _name(centre, unit.id),
                "ages": _ages(unit, sees),
            }
            for unit in units
        ],
        "suppressed": not sees,
        "not_known": gaps,
    }


def _shown(one: Covered, cells: dict[str, int | None]) -> Result:
    shown: dict[str, Any] = {"id": one.id, "population": one.population}
    for course, n in cells.items():
        shown[course] = n
        shown[f"{course}_share"] = None if n is None else share(n, one.population)
    return shown


def _ages(unit: Covered, sees: bool) -> Result:  # noqa: FBT001
    first = _cells({age: n for age, (n, _) in unit.ages.items()}, sees)
    full = _cells({age: n for age, (_, n) in unit.ages.items()}, sees)
    return {age: {"first": first[age], "full": full[age]} for age in sorted(unit.ages)}


def _cells(cells: dict[str, int], sees: bool) -> dict[str, int | None]:  # noqa: FBT001
    return {**cells} if sees else suppressed(cells)


def _name(centre: Centre, name: str) -> str:
    place = centre.city.places.get(name)
    return place.name if isinstance(place, Unit) else name

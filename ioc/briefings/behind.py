"""What stands behind a figure: who had most of it, who was silent, who holds the gap. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ioc.briefings.book import FigureRule, Whole
from ioc.briefings.model import FigureContext
from ioc.briefings.unusual import Behind
from ioc.places import City, Facility, FacilitySort, PlaceKind, Point, Venue

MOST_SHORT = 4
# How many reports of an agency are overdue, and when the oldest of them came in.
Overdue = tuple[int, datetime]
ByPlace = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Around:
    """What a figure is looked at with: see `places_of` for `should`; `end` is that of the day."""

    city: City
    end: datetime
    overdue: Mapping[str, Overdue]
    should: set[str] | None


def places_of(whole: Whole, city: City, day: date) -> set[str] | None:
    """Return the places that should count on `day`, None where nobody knows which."""
    kinds = {
        Whole.POINTS: PlaceKind.POINT,
        Whole.CAMERAS: PlaceKind.CAMERA,
        Whole.TESTING: PlaceKind.FACILITY,
        Whole.VACCINATION: PlaceKind.FACILITY,
    }
    if whole not in kinds:
        return None
    found = city.of_kind(kinds[whole], day)
    sort = {Whole.TESTING: FacilitySort.TESTING, Whole.VACCINATION: FacilitySort.VACCINATION}
    return {
        place.id
        for place in found
        if not isinstance(place, Facility) or place.sort is sort.get(whole)
    }


def behind_of(rule: FigureRule, today: ByPlace, held: ByPlace, around: Around) -> Behind:
    """Return what stands behind a figure on its day."""
    city, late = around.city, around.overdue if rule.context is FigureContext.OVERDUE else {}
    return Behind(
        top=_top(rule, today, city),
        silent=_silent(rule, today, around.should, city),
        short=_short(rule, held, city) if rule.against else (),
        agencies=_agencies(late),
        oldest_days=(around.end - min(at for _, at in late.values())).days if late else None,
    )


def _top(rule: FigureRule, today: ByPlace, city: City) -> tuple[str, int] | None:
    """Return the site, or the place, that had most of the day."""
    sites: Counter[str] = Counter()
    for (metric, place), n in today.items():
        if metric in rule.metrics:
            sites[_site(place, city)] += n
    named = [(name, n) for name, n in sites.items() if name in city.places and n > 0]
    if not named:
        return None
    name, n = min(named, key=lambda pair: (-pair[1], pair[0]))
    return city.places[name].name, n


def _site(place: str, city: City) -> str:
    known = city.places.get(place)
    is_part = isinstance(known, Point) and known.site and known.site in city.places
    site = city.places[known.site] if is_part and isinstance(known, Point) and known.site else None
    return place if site is None or not isinstance(site, Venue) else site.id


def _silent(
    rule: FigureRule, today: ByPlace, should: set[str] | None, city: City
) -> tuple[tuple[str, int], ...]:
    """Return places that did not count, by district, most first."""
    if should is None:
        return ()
    did = {place for (metric, place), n in today.items() if metric in rule.metrics and n > 0}
    districts: Counter[str] = Counter()
    for name in should - did:
        unit = city.units.get(city.places[name].unit)
        districts["" if unit is None else unit.district] += 1
    return tuple(sorted(districts.items(), key=lambda pair: (-pair[1], pair[0])))


def _short(rule: FigureRule, held: ByPlace, city: City) -> tuple[tuple[str, int], ...]:
    """Return the places that fall short most, at most a handful."""
    gaps: Counter[str] = Counter()
    for (metric, place), n in held.items():
        if metric in rule.against:
            gaps[place] += n
        elif metric in rule.metrics:
            gaps[place] -= n
    found = sorted(
        ((city.places[p].name, n) for p, n in gaps.items() if n > 0 and p in city.places),
        key=lambda pair: (-pair[1], pair[0]),
    )
    return tuple(found[:MOST_SHORT])


def _agencies(overdue: Mapping[str, Overdue]) -> tuple[tuple[str, int], ...]:
    found = ((agency, n) for agency, (n, _) in overdue.items())
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))

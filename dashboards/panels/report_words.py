"""How a report is told on the desk: names, its number, its place, how late it is."""

from datetime import datetime, timedelta

from dashboards.words import Words
from ioc.labels import Language
from ioc.places import City
from ioc.reports.model import Case
from ioc.reports.offered import Agency, Catalogue, Service
from ioc.reports.rules import is_open


def agency_name(agency: str, known: Catalogue, words: Words) -> str:
    """Return how an agency is called in short."""
    found = known.agencies.get(agency)
    return agency if found is None else short_name(found, words)


def short_name(agency: Agency, words: Words) -> str:
    """Return the short name of an agency in the language of the words."""
    return agency.short_vi if words.language is Language.VI else agency.short_en


def full_name(agency: Agency, words: Words) -> str:
    """Return the whole name of an agency in the language of the words."""
    return agency.vi if words.language is Language.VI else agency.en


def service_name(code: str, known: Catalogue, words: Words) -> str:
    """Return how a service is called."""
    found = known.services.get(code)
    return code if found is None else named(found, words)


def named(service: Service, words: Words) -> str:
    """Return the name of a service in the language of the words."""
    return service.vi if words.language is Language.VI else service.en


def group_name(group: str, known: Catalogue, words: Words) -> str:
    """Return how a field is called."""
    for service in known.services.values():
        if service.group == group:
            return service.group_vi if words.language is Language.VI else service.group_en
    return words.say("reports.no_group")


def number_of(case: Case) -> str:
    """Return the number by which people speak of a report."""
    return f"PA-{case.no}"


def place_of(case: Case, city: City, words: Words) -> str:
    """Return where it is: the place it names, or the unit in which it lies."""
    spot = case.report.spot
    place, unit = city.places.get(spot.place or ""), city.units.get(case.unit or "")
    parts = [place.name if place is not None else None, unit.name if unit is not None else None]
    told = [part for part in dict.fromkeys(parts) if part]
    return ", ".join(told) or words.say("reports.no_place")


def age_of(case: Case, now: datetime, words: Words) -> str:
    """Return how long ago it came in."""
    return words.age(now - case.received_at)


def overdue_by(case: Case, now: datetime) -> timedelta | None:
    """Return by how much an open report is overdue, None when it is not."""
    if not is_open(case.state) or case.due_at > now:
        return None
    return now - case.due_at

"""Within which units and places a viewer sees rows, and which of them he can choose among."""

from dashboards.auth import Viewer
from dashboards.tables.model import Choice
from dashboards.words import Words
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.places import City


def own_units(centre: Centre, who: Viewer) -> list[str] | None:
    """Return the ids of the units of a viewer's scope, for a list; None: of the whole city."""
    return centre.reach(who.scope).unit_ids()


def own_places(centre: Centre, who: Viewer) -> list[str] | None:
    """Return the ids of the places of a viewer's scope, of every kind; None: the whole city."""
    places = centre.reach(who.scope).places
    return None if places is None else sorted(places)


def unit_choices(centre: Centre, who: Viewer, _words: Words) -> list[Choice]:
    """Return the units of today that a viewer may choose among, by name."""
    reach, today = centre.reach(who.scope), local_day(centre.now(), centre.city.zone)
    units = [unit for unit in centre.city.units_on(today) if reach.covers_unit(unit.id)]
    return sorted(((unit.id, unit.name) for unit in units), key=lambda pair: pair[1])


def unit_name(name: str | None, city: City) -> str:
    """Return the name of a unit or another place, the id itself where the city has none such."""
    known = city.places.get(name or "")
    return known.name if known else name or "–"

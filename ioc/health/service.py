"""What gates may ask of a person: the colour, and nothing of why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.config import noted
from ioc.health import store
from ioc.health.model import ColourRule, PersonColour, Standing
from ioc.health.rules import colour_of, read_colours, rules_on


def colours_of(
    conn: Connection, centre: Centre, persons: Sequence[str], at: datetime
) -> dict[str, PersonColour]:
    """Return the colour of each person that a rule in force at `at` fits; the others are left out.

    One look-up by key for the whole batch, none where no rule is in force. It goes by what is held
    now: facts that came after `at` count.
    """
    rules = rules_on(colour_rules(centre), local_day(at, centre.city.zone))
    if not rules or not persons:
        return {}
    found = {
        standing.person: colour_of(standing, rules, at) for standing in store.find(conn, persons)
    }
    return {person: colour for person, colour in found.items() if colour is not None}


def standings_of(conn: Connection, persons: Sequence[str]) -> Mapping[str, Standing]:
    """Return what is held of those persons of whom something is."""
    return {standing.person: standing for standing in store.find(conn, persons)}


def colour_rules(centre: Centre) -> tuple[ColourRule, ...]:
    """Return the colour table of the city, read once a process."""
    return _load(centre.settings.city_dir)


@cache
def _load(folder: Path) -> tuple[ColourRule, ...]:
    rules, faults = read_colours(folder)
    # A table with a fault colours nobody: half a rule could let in whom the whole would not.
    return noted((() if faults else rules, faults))

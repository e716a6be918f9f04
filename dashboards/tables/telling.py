"""How the values that most lists hold are told: words of an enumeration, names of places."""

from collections.abc import Callable
from enum import StrEnum

from dashboards.tables.cells import NOTHING
from dashboards.tables.model import Row
from dashboards.tables.scope import unit_name
from dashboards.words import Words
from ioc.places import City

Told = Callable[[Row, Words, City], str]


def worded(name: str, kind: type[StrEnum]) -> Told:
    """Return what tells a value by the words of its enumeration."""

    def told(row: Row, words: Words, _city: City) -> str:
        return NOTHING if row[name] is None else words.say(kind(row[name]))

    return told


def labelled(name: str, prefix: str) -> Told:
    """Return what tells a value by the label `<prefix>.<value>`."""

    def told(row: Row, words: Words, _city: City) -> str:
        return NOTHING if row[name] is None else words.say(f"{prefix}.{row[name]}")

    return told


def placed(name: str) -> Told:
    """Return what tells the id of a unit or a place by its name."""
    return lambda row, _words, city: unit_name(row[name], city)

"""What is wrong in a city's cards.toml and admission.toml, with the line where it stands."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ioc.cards.rulebook import parse_book as parse_cards
from ioc.cards.service import FILE as CARDS
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault, InvalidInput
from ioc.places import City, PlaceKind, Point
from ioc.venues.rulebook import AdmissionBook
from ioc.venues.rulebook import parse_book as parse_admission
from ioc.venues.service import FILE as ADMISSION

Parse = Callable[[Mapping[str, Any]], object]


def gate_faults(folder: Path, city: City | None) -> list[ConfigFault]:
    """Return the faults of both files, at most one by the rules of each, and unknown sites."""
    faults: list[ConfigFault] = []
    _parsed(folder / CARDS, parse_cards, faults)
    book = _parsed(folder / ADMISSION, parse_admission, faults)
    if isinstance(book, AdmissionBook) and city is not None:
        places = city.of_kind(PlaceKind.POINT)
        sites = {place.site for place in places if isinstance(place, Point)}
        document = read_toml(folder / ADMISSION, [])
        for site in sorted(book.capacity.keys() - sites):
            why = f"capacity.{site}: no point of points.csv has this site"
            line = 0 if document is None else _line(document, f"capacity.{site}")
            faults.append(ConfigFault(folder / ADMISSION, line, why))
    return faults


def _parsed(file: Path, parse: Parse, faults: list[ConfigFault]) -> object:
    document = read_toml(file, faults)
    if document is None:
        return None
    try:
        return parse(document.data)
    except InvalidInput as fault:
        faults.append(ConfigFault(file, _line(document, fault.field), str(fault)))
        return None


def _line(document: Document, field: str) -> int:
    """Return the line of `rule.3.when.way` or `capacity.dong-ba`, 0 where it is not known."""
    parts = field.split(".")
    table, number = parts[0], 0
    if len(parts) > 1 and parts[1].isdecimal():
        number = int(parts[1]) - (1 if table == "rule" else 0)
        keys = parts[2:]
    else:
        keys = parts[1:]
    lines = document.lines.get((table, number), {})
    if not keys or not lines:
        return document.lines.get(("", 0), {}).get(table, lines.get("", 0))
    return lines.get(keys[0], lines.get("", 0))

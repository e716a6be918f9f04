"""What the items of scenarios.toml name: places, vaccines, tests, services, lines of the city."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ioc.cards.model import CardMedium
from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.people.model import Means
from ioc.permits.model import PermitClass
from ioc.places import City, Direction, PlaceKind
from ioc.samples.model import Finding
from ioc.vocabulary import Vocabulary

FILE = "scenarios.toml"
# By the name of a value, of any stream: which kind of place it names.
PLACES = {
    "camera": PlaceKind.CAMERA,
    "point": PlaceKind.POINT,
    "facility": PlaceKind.FACILITY,
}
Words = Mapping[tuple[str, str], Collection[str]]


def item_faults(folder: Path, city: City, known: Vocabulary) -> list[ConfigFault]:
    """Return every value of an item to be sent that the city does not know."""
    faults: list[ConfigFault] = []
    file = folder / FILE
    document = read_toml(file, []) if file.exists() else None
    if document is None:
        return faults
    words = _words(known)
    for entry in document.tables("send"):
        item = entry.values.get("item")
        stream = str(entry.values.get("stream"))
        for name, value in item.items() if isinstance(item, dict) else ():
            wrong = _wrong(stream, name, value, (city, words))
            faults.extend(_fault(entry, f"item: {name}: {why}") for why in wrong)
    return faults


def _fault(entry: Entry, why: str) -> ConfigFault:
    return ConfigFault(entry.file, entry.lines.get("item", entry.line), why)


def _wrong(stream: str, name: str, value: object, known: tuple[City, Words]) -> Iterator[str]:
    city, words = known
    kind = PLACES.get(name) or DESTINATIONS.get((stream, name))
    # What is filled in as it is sent is known only then.
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and "{" in one:
            continue
        place = city.places.get(str(one))
        if kind is not None and (place is None or place.kind is not kind):
            yield f"no {kind} {one!r}"
        among = words.get((stream, name))
        if among is not None and str(one) not in among:
            yield f"{one!r} is none of {', '.join(sorted(among))}"


# A declaration leads to a commune, a permit to a quarantine site by its roads.
DESTINATIONS = {
    ("declarations", "destination"): PlaceKind.UNIT,
    ("permits", "destination"): PlaceKind.SITE,
    ("permits", "roads"): PlaceKind.ROAD,
}


def _words(known: Vocabulary) -> Words:
    return {
        ("reads", "direction"): list(Direction),
        ("scans", "direction"): (Direction.IN, Direction.OUT),
        ("permits", "class"): list(PermitClass),
        ("cards", "kind"): list(CardMedium),
        ("declarations", "means"): list(Means),
        ("waves", "means"): list(Means),
        ("doses", "product"): known.products,
        ("tests", "kind"): known.kinds,
        ("tests", "result"): list(Finding),
        ("reports", "service_code"): known.services,
        ("calls", "line"): known.lines,
        ("calls", "branch"): known.branches,
        ("calls", "topic"): known.topics,
    }

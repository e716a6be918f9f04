"""Everything that is wrong in a city's folder, at once: what `ioc admin check-config` reports.

Opening a city needs its places and settings only; here every other file of it is checked as well,
before anybody opens it: those of the core here, those that an edge alone reads by that edge.
"""

from datetime import date
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path

from ioc.area import Area
from ioc.briefings.reading import FILE as BRIEFING
from ioc.briefings.reading import read_briefing
from ioc.calls.hotlines import read_hotlines
from ioc.check_demo import demo_faults
from ioc.check_doubt import doubt_faults
from ioc.check_gates import gate_faults
from ioc.check_rules import rule_faults
from ioc.check_scenarios import FILE as SCENARIOS
from ioc.check_scenarios import item_faults
from ioc.city import TABLES, read_city
from ioc.config import likely
from ioc.document import read_toml
from ioc.doses.rulebook import read_vaccines
from ioc.errors import ConfigFault
from ioc.health.rules import read_colours
from ioc.labels import load_labels
from ioc.notices.rules import read_book
from ioc.patrols.service import FILE as PATROLS
from ioc.patrols.service import read_stations
from ioc.places import City, PlaceKind
from ioc.reports.catalogue import read_catalogue
from ioc.roads import CityRoads
from ioc.samples.rulebook import read_tests
from ioc.scenarios import scenario_faults
from ioc.vehicles.service import CONFUSIONS
from ioc.vendors import read_readers
from ioc.vocabulary import Vocabulary, vocabulary
from ioc.walls import read_walls


class Origin(StrEnum):
    """Where a figure comes from."""

    TALLY = "tally"
    DISTINCT = "distinct"
    STATE = "state"


class Span(StrEnum):
    """Which time a figure covers."""

    TODAY = "today"
    TOTAL = "total"
    NOW = "now"


# What only an edge reads: a package offers a check of (folder, words of the city) by this group.
GROUP = "ioc.config_checks"
DEMO = "demo.toml"
# Every file that a city may have.
FILES = (
    *(table.file for table in TABLES),
    *("city.toml", "rules.toml", "figures.toml", "privacy.toml", "services.toml", "agencies.toml"),
    *("hotlines.toml", "notices.toml", "briefing.toml", "vaccines.toml", "tests.toml"),
    *("person_colours.toml", "walls.toml", "readers.toml", "cards.toml", "admission.toml"),
    *(PATROLS, SCENARIOS, DEMO, "people.toml", "rhythm.toml", "replay.toml", "feeds.toml"),
)
FIGURE = ("name", "from", "metrics", "span", "since", "unit", "vi", "en", "against")


def check_config(folder: Path) -> list[ConfigFault]:
    """Return every fault of the city's `folder` and of what lies beside it, in their order."""
    city, faults = read_city(folder)
    faults.extend(_strange_files(folder))
    vaccines, wrong_vaccines = read_vaccines(folder)
    tests, wrong_tests = read_tests(folder)
    known = None
    if city is not None:
        catalogue, wrong = read_catalogue(folder, city)
        hotlines, wrong_lines = read_hotlines(folder, catalogue)
        known = vocabulary(vaccines, tests, catalogue, hotlines)
        faults += [*_between(folder, city, known), *wrong, *wrong_lines]
    faults.extend(rule_faults(folder / "rules.toml", city))
    faults.extend(_figure_faults(folder / "figures.toml"))
    faults += [*read_book(folder)[1], *_briefing_faults(folder), *wrong_vaccines, *wrong_tests]
    faults += [*read_colours(folder)[1], *read_walls(folder)[1]]
    faults.extend(read_readers(folder, None if city is None else city.cameras)[1])
    faults.extend(gate_faults(folder, city))
    faults.extend(doubt_faults(folder / "city.toml", folder.parent / CONFUSIONS))
    faults.extend(_patrol_faults(folder / PATROLS, city))
    faults.extend(demo_faults(folder / DEMO, city))
    faults.extend(scenario_faults(folder / SCENARIOS, city))
    for point in sorted(entry_points(group=GROUP)):
        faults.extend(point.load()(folder, known))
    faults.extend(_label_faults((folder.parent / "labels").resolve()))
    return faults


def _between(folder: Path, city: City, known: Vocabulary) -> list[ConfigFault]:
    """Return what one file of a city that can be opened says, and another does not know."""
    return [
        *_road_faults(folder / "cameras.csv", city),
        *_entry_faults(folder / "city.toml", city),
        *item_faults(folder, city, known),
    ]


def _strange_files(folder: Path) -> list[ConfigFault]:
    """Name the files that nothing reads: whoever misspells a name would change nothing."""
    files = (file for file in sorted(folder.glob("*")) if file.suffix in (".toml", ".csv"))
    return [
        ConfigFault(file, 0, f"is no file of a city{likely(file.name, FILES)}")
        for file in files
        if file.name not in FILES
    ]


def _label_faults(folder: Path) -> list[ConfigFault]:
    try:
        load_labels(folder)
    except ConfigFault as fault:
        return [fault]
    return []


def _briefing_faults(folder: Path) -> list[ConfigFault]:
    """Name what is wrong in briefing.toml, a channel that nobody can be told by among it."""
    wanted, faults = read_briefing(folder)
    known = read_book(folder)[0].channels
    if wanted is None:
        return faults
    return [
        ConfigFault(folder / BRIEFING, 0, f"channel: no [[channel]] {one.channel!r}")
        for one in wanted.recipients
        if one.channel not in known
    ]


def _road_faults(file: Path, city: City) -> list[ConfigFault]:
    """Name the cameras that no way leads to; a road apart from the others makes them so."""
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    line_of = {row.split(",", 1)[0]: number for number, row in enumerate(rows, 1)}
    why = "road: no drawn road leads to it from the others; see join_km of city.toml"
    unreached = CityRoads(city).on(date.max).unreached()
    return [ConfigFault(file, line_of.get(camera, 0), why) for camera in unreached]


def _patrol_faults(file: Path, city: City | None) -> list[ConfigFault]:
    faults: list[ConfigFault] = []
    if not file.exists():
        return faults
    for entry, station in read_stations(file, faults):
        if city is None:
            continue
        if station.unit not in city.units:
            entry.fault("unit", f"there is no unit {station.unit!r}")
        if not Area(city.outline).contains(station.lat, station.lon):
            entry.fault("lat, lon", "lies outside the outline of city.toml")
    return faults


def _entry_faults(file: Path, city: City) -> list[ConfigFault]:
    """Name the points of [entries] that the city has not: nobody would be seen to come in there."""
    points = {place.id for place in city.of_kind(PlaceKind.POINT)}
    rows = file.read_text(encoding="utf-8-sig").splitlines()
    return [
        ConfigFault(
            file,
            next((number for number, row in enumerate(rows, 1) if f'"{name}"' in row), 0),
            f"points: there is no point {name!r}",
        )
        for name in sorted(city.limits.entries.points - points)
    ]


def _figure_faults(file: Path) -> list[ConfigFault]:
    faults: list[ConfigFault] = []
    document = read_toml(file, faults)
    if document is None:
        return faults
    document.root().only(("figure",))
    seen: set[str] = set()
    for entry in document.tables("figure"):
        entry.only(FIGURE)
        name = entry.text("name")
        if name in seen:
            entry.fault("name", f"{name!r} stands twice")
        seen.add(name)
        words = entry.choice("from", Origin), entry.choice("span", Span)
        is_known = words == (entry.values.get("from"), entry.values.get("span"))
        if is_known and (words[0] is Origin.STATE) != (words[1] is Span.NOW):
            entry.fault("span", "is now for a state, and for nothing else")
        if entry.day("since") is not None and words != (Origin.TALLY, Span.TOTAL):
            entry.fault("since", "only a total of tallies begins on a day")
        entry.texts("metrics")
        for text in ("unit", "vi", "en"):
            entry.text(text)
    if not seen:
        faults.append(ConfigFault(file, 0, "has no [[figure]]"))
    return faults

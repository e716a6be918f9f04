"""What is wrong in a city's rules.toml: words nobody knows, days without a rule, lost versions."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise, product
from pathlib import Path

from ioc.alerts.model import Desk, Priority
from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.lists.model import ListReason
from ioc.places import City, RoadClass
from ioc.vehicles.model import Ground, NotRead, Outcome, Reason
from ioc.vehicles.rulebook import PERMIT, Finds, Standing, When, parse_hours, words

VERDICT = ("id", "outcome", "reason", "vi", "en", "legal_basis", "version")
DATES = ("valid_from", "valid_until")
ALERT = ("priority", "desk")
COMMON = (*VERDICT, *DATES, *ALERT)
WORDS: dict[str, type[StrEnum]] = {
    "permit": Standing,
    "road_class": RoadClass,
    "ground": Ground,
    "listed": ListReason,
    "not_read": NotRead,
}
CONDITIONS = (*WORDS, "units", "plates", "home", "hours")
# What an exemption may spare a vehicle: a stolen ambulance is stopped.
LIFTED = (PERMIT, Finds.HOURS.value, Finds.WRONG_WAY.value, Finds.FOREIGN.value)
NEEDS = {Finds.WATCHED: "listed", Finds.HOURS: "hours"}
LONGEST_SLACK_S, LONGEST_JOURNEY = 3600, 10_080


NO_RULE = "no rule without `when` for permit {} and road_class {}"
Pair = tuple[str, str]


def rule_faults(file: Path, city: City | None) -> list[ConfigFault]:
    """Return every fault of the rules; without a `city` its communes are not judged."""
    faults: list[ConfigFault] = []
    document = read_toml(file, faults)
    if document is None:
        return faults
    document.root().only(("unsure", "exemption", "finding", "overdue", "rule"))
    unsure = document.table("unsure")
    unsure.only(COMMON)
    _verdict(unsure)
    exemptions, findings = list(document.tables("exemption")), list(document.tables("finding"))
    overdue, rules = list(document.tables("overdue")), list(document.tables("rule"))
    for entry in exemptions:
        _exemption(entry, city)
    for entry in findings:
        _finding(entry, city)
    for entry in overdue:
        _overdue(entry)
    for entry in rules:
        _row(entry)
    sound = not faults
    for entries in (exemptions, findings, overdue, rules):
        _versions(entries)
    # With a misspelt word or day what it meant is missing too: one fault is enough.
    if sound:
        undecided = _undecided(file, rules)
        faults.extend(undecided)
        faults.extend(_unread(file, findings, _days(rules)[0]))
    return faults


def _verdict(entry: Entry) -> None:
    for name in ("id", "vi", "en", "legal_basis"):
        entry.text(name)
    entry.count("version", 1)
    start, _ = entry.days()
    if start is None and "valid_from" not in entry.values:
        entry.fault("valid_from", "is missing")
    outcome = entry.choice("outcome", Outcome)
    entry.choice("reason", Reason)
    if entry.values.get("outcome") != outcome:
        return
    if outcome in (Outcome.STOP, Outcome.REVIEW):
        entry.choice("priority", Priority)
        entry.choice("desk", Desk)
        return
    for name in ALERT:
        if name in entry.values:
            entry.fault(name, f"stands only where an alert is raised, not with {outcome}")


def _exemption(entry: Entry, city: City | None) -> None:
    entry.only((*COMMON, *CONDITIONS, "lifts"))
    _verdict(entry)
    _conditions(entry, city)
    for word in _texts(entry, "lifts"):
        if word not in LIFTED:
            entry.fault("lifts", f"{word!r} is none of {', '.join(LIFTED)}")
    if not any(name in entry.values for name in ("plates", "home", "listed", "ground")):
        entry.fault("plates", "is missing: nothing says which vehicles are meant")


def _finding(entry: Entry, city: City | None) -> None:
    entry.only((*COMMON, *CONDITIONS, "finds", "slack_s", "least_apart_s"))
    _verdict(entry)
    finds = entry.choice("finds", Finds)
    _conditions(entry, city)
    needed = NEEDS.get(finds)
    if needed is not None and needed not in entry.values:
        entry.fault(needed, f"is missing, which {finds} needs")
    if "slack_s" in entry.values or finds is Finds.CLONED:
        entry.count("slack_s", 0, LONGEST_SLACK_S)
    if "least_apart_s" in entry.values:
        entry.count("least_apart_s", 0, LONGEST_SLACK_S)


def _overdue(entry: Entry) -> None:
    entry.only((*COMMON, "allowed_minutes"))
    _verdict(entry)
    entry.count("allowed_minutes", 1, LONGEST_JOURNEY)
    if entry.values.get("outcome") in (Outcome.PASS, Outcome.NOTE):
        entry.fault("outcome", "raises no alert, so nobody would look for the vehicle")


def _row(entry: Entry) -> None:
    entry.only((*COMMON, "permit", "road_class", "when"))
    _verdict(entry)
    entry.choice("permit", Standing)
    entry.choice("road_class", RoadClass)
    if "when" in entry.values:
        entry.choice("when", When)


def _conditions(entry: Entry, city: City | None) -> None:
    for name, among in WORDS.items():
        for word in _texts(entry, name):
            if word not in set(among):
                known = ", ".join(member.value for member in among)
                entry.fault(name, f"{word!r} is none of {known}")
    for unit in _texts(entry, "units"):
        if city is not None and unit not in city.units:
            entry.fault("units", f"no unit {unit!r}")
    if not isinstance(entry.values.get("home", False), bool):
        entry.fault("home", "is true or is left out")
    _readable(entry)


def _readable(entry: Entry) -> None:
    try:
        re.compile(entry.text("plates") if "plates" in entry.values else "")
    except re.error as fault:
        entry.fault("plates", f"is no pattern: {fault}")
    try:
        parse_hours(str(entry.values.get("hours", "00:00-00:00")))
    except ValueError:
        entry.fault("hours", f"{entry.values['hours']!r} is no time of day like 22:00-05:00")


def _texts(entry: Entry, name: str) -> list[str]:
    value = entry.values.get(name)
    if value is None or isinstance(value, str):
        return [] if value is None else [value]
    return list(entry.texts(name))


def _versions(entries: Sequence[Entry]) -> None:
    """Note versions of one rule that stand twice, or are in force on the same day."""
    seen: dict[str, dict[object, Entry]] = {}
    for entry in entries:
        versions = seen.setdefault(str(entry.values.get("id")), {})
        version = entry.values.get("version")
        if version in versions:
            entry.fault("id", f"{entry.values.get('id')} version {version} stands twice")
        versions.setdefault(version, entry)
    for versions in seen.values():
        ordered = sorted(versions.items(), key=lambda pair: str(pair[0]).rjust(9))
        for (number, old), (_, new) in pairwise(ordered):
            end, start = old.values.get("valid_until"), new.values.get("valid_from")
            is_clear = isinstance(end, date) and isinstance(start, date) and end <= start
            if not is_clear:
                new.fault("valid_from", f"begins before version {number} ends: give that an end")


def _undecided(file: Path, rules: Sequence[Entry]) -> list[ConfigFault]:
    """Note rules that are never reached, and return the pairs that none decides on some day."""
    first, days = _days(rules)
    reached: set[int] = set()
    open_from: dict[Pair, date] = {}
    for day in days:
        decided = _decided(rules, day, reached)
        for pair in product(Standing, RoadClass):
            if pair not in decided:
                open_from.setdefault(pair, day)
    for number, rule in enumerate(rules):
        if number not in reached:
            rule.fault("permit", "is never reached: a rule above decides every such read")
    return [
        ConfigFault(file, 0, NO_RULE.format(*pair) + ("" if day == first else f" from {day} on"))
        for pair, day in open_from.items()
    ]


def _decided(rules: Sequence[Entry], day: date, reached: set[int]) -> set[Pair]:
    """Return the pairs for which a rule without `when` is in force; note which were reached."""
    decided: set[Pair] = set()
    for number, rule in enumerate(rules):
        pair = str(rule.values["permit"]), str(rule.values["road_class"])
        if not _holds(rule, day) or pair in decided:
            continue
        reached.add(number)
        if "when" not in rule.values:
            decided.add(pair)
    return decided


def _unread(file: Path, findings: Sequence[Entry], first: date) -> Iterator[ConfigFault]:
    _, days = _days(findings)
    asked = [entry for entry in findings if entry.values.get("finds") == Finds.NOT_READ]
    plain = {*COMMON, "finds", "road_class", "not_read"}
    whole = [entry for entry in asked if set(entry.values) <= plain]
    for day, kind, road_class in product({first, *days}, NotRead, RoadClass):
        if day >= first and not any(
            _holds(entry, day) and _covers(entry, kind, road_class) for entry in whole
        ):
            why = f"no finding for a plate that was not read ({kind}) and road_class {road_class}"
            yield ConfigFault(file, 0, why)
            return


def _covers(entry: Entry, kind: NotRead, road_class: RoadClass) -> bool:
    kinds, roads = set(words(entry.values, "not_read")), set(words(entry.values, "road_class"))
    return (not kinds or kind in kinds) and (not roads or road_class in roads)


def _days(entries: Sequence[Entry]) -> tuple[date, list[date]]:
    """Return the first day of all, and every day on which something begins or ends."""
    starts = [value for e in entries if isinstance(value := e.values.get("valid_from"), date)]
    ends = [value for e in entries if isinstance(value := e.values.get("valid_until"), date)]
    first = min(starts, default=date.min)
    return first, sorted({first, *starts, *ends})


def _holds(entry: Entry, day: date) -> bool:
    start, end = entry.values["valid_from"], entry.values.get("valid_until")
    return isinstance(start, date) and start <= day and (not isinstance(end, date) or day < end)

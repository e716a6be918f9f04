"""The city's registry of rules as values, read from a parsed rules.toml."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import Any

from ioc.errors import InvalidInput
from ioc.lists.model import ListReason
from ioc.vehicles.model import Ground, NotRead, Outcome, Reason


class Standing(StrEnum):
    """What the plate has at the time it was seen; the `permit` of a rule."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"


class When(StrEnum):
    """A condition of a rule beside permit and road class."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    ON_ROUTE = "on_route"
    AT_DESTINATION = "at_destination"


class Finds(StrEnum):
    """What a finding looks for, beside what the permit says."""

    WATCHED = "watched"
    CLONED = "cloned"
    LOOKS = "looks"
    WRONG_WAY = "wrong_way"
    HOURS = "hours"
    NOT_READ = "not_read"
    FOREIGN = "foreign"


# Days and sorts of cameras for which a rulebook keeps what can hold there.
MOST_KEPT = 10_000
# The word for the permit's table in the `lifts` of an exemption.
PERMIT = "permit"


@dataclass(frozen=True)
class Hours:
    """A time of day in start <= t < end; over midnight where the end is the earlier."""

    start: time
    end: time

    def contains(self, at: time) -> bool:
        """Tell whether `at` lies in it."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True)
class Where:
    """What must be so for a rule to be asked; an empty condition always is."""

    standings: frozenset[Standing] = frozenset()
    road_classes: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    plates: re.Pattern[str] | None = None
    is_home: bool = False
    grounds: frozenset[Ground] = frozenset()
    listed: frozenset[ListReason] = frozenset()
    not_read: frozenset[NotRead] = frozenset()
    hours: Hours | None = None
    when: When | None = None

    def is_at(self, road_class: str, unit: str | None) -> bool:
        """Tell whether it holds of cameras on such a road in that commune."""
        on_road = not self.road_classes or road_class in self.road_classes
        return on_road and (not self.units or unit in self.units)


@dataclass(frozen=True)
class Rule:
    """One entry of the registry, in force on valid_from <= day < valid_until.

    `finds` is set for a finding, `lifts` for an exemption: what a vehicle that it fits is spared.
    Two sightings closer in time than `least_apart` are no clone but one read that came under two
    names, and `slack` is added to the time that a journey took; `allowed` is how long a red vehicle
    may take where its permit names no deadline.
    """

    id: str
    outcome: Outcome
    reason: Reason
    texts: Mapping[str, str]
    legal_basis: str
    version: int
    valid_from: date
    valid_until: date | None = None
    where: Where = field(default_factory=Where)
    priority: str | None = None
    desk: str | None = None
    finds: Finds | None = None
    lifts: frozenset[str] = frozenset()
    slack: timedelta = timedelta(0)
    least_apart: timedelta = timedelta(0)
    allowed: timedelta = timedelta(0)

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on a day of the city."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def plain(self) -> dict[str, Any]:
        """Return what is no plain value of it as one: texts, conditions, spans of time."""
        where = {name: _plain(value) for name, value in vars(self.where).items() if value}
        return {
            "texts": dict(self.texts),
            "where": where,
            "lifts": sorted(self.lifts),
            "slack": self.slack.total_seconds(),
            "least_apart": self.least_apart.total_seconds(),
            "allowed": self.allowed.total_seconds(),
        }


@dataclass(frozen=True)
class Rulebook:
    """The rules of a city; below the confidence `sure` a read is never more than a review.

    `home` holds the registration codes of the city's own vehicles.
    """

    sure: float
    unsure: Rule
    exemptions: tuple[Rule, ...]
    rules: tuple[Rule, ...]
    findings: tuple[Rule, ...] = ()
    overdue: tuple[Rule, ...] = ()
    home: frozenset[str] = frozenset()

    @cached_property
    def table(self) -> Mapping[tuple[Standing, str], tuple[Rule, ...]]:
        """Return the rules of the table by what a plate has and where it is, in their order."""
        pairs = {
            pair
            for rule in self.rules
            for pair in product(rule.where.standings, rule.where.road_classes)
        }
        return {
            (standing, road): tuple(
                rule
                for rule in self.rules
                if standing in rule.where.standings and road in rule.where.road_classes
            )
            for standing, road in pairs
        }

    def beside(self, day: date, road_class: str, unit: str | None) -> "Beside":
        """Return the exemptions and findings that can hold on a day at such a camera."""
        key = (day, road_class, unit)
        if key not in self._beside:
            if len(self._beside) > MOST_KEPT:
                self._beside.clear()

            def hold(rules: Sequence[Rule]) -> tuple[Rule, ...]:
                return tuple(r for r in rules if r.holds_on(day) and r.where.is_at(*key[1:]))

            self._beside[key] = Beside(hold(self.exemptions), hold(self.findings))
        return self._beside[key]

    @cached_property
    def _beside(self) -> "dict[tuple[date, str, str | None], Beside]":
        return {}

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """Return every rule of every sort, all its versions."""
        beside = (self.unsure, *self.exemptions, *self.findings, *self.overdue)
        return (*beside, *self.rules)

    def rule(self, rule_id: str, version: int | None = None) -> Rule | None:
        """Return the rule by its id: of a version, or the newest."""
        found = [
            rule
            for rule in self.all_rules
            if rule.id == rule_id and version in (None, rule.version)
        ]
        return max(found, key=lambda rule: rule.version, default=None)


@dataclass(frozen=True)
class Beside:
    """What may lift or join the verdict of the table at one sort of camera on one day."""

    exemptions: tuple[Rule, ...]
    findings: tuple[Rule, ...]


def parse_rulebook(
    document: Mapping[str, Any], sure: float, home_plates: Sequence[str] = ()
) -> Rulebook:
    """Return the rulebook of a parsed rules.toml.

    Raises:
        InvalidInput: a rule lacks a field or holds an unknown word; the field names the rule.
    """
    return Rulebook(
        sure=sure,
        unsure=_rule(document["unsure"]),
        exemptions=tuple(_rule(entry) for entry in document.get("exemption", ())),
        rules=tuple(_rule(entry) for entry in document["rule"]),
        findings=tuple(_rule(entry) for entry in document.get("finding", ())),
        overdue=tuple(_rule(entry) for entry in document.get("overdue", ())),
        home=frozenset(home_plates),
    )


def parse_hours(text: str) -> Hours:
    """Return the hours of a text like `22:00-05:00`.

    Raises:
        ValueError: it is of another form.
    """
    start, found, end = text.partition("-")
    if not found:
        raise ValueError(f"{text!r} is no time of day like 22:00-05:00")
    return Hours(_time(start), _time(end))


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Hours):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    return value.pattern if isinstance(value, re.Pattern) else value


def _time(text: str) -> time:
    return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007  a time of day has no zone


def _rule(entry: Mapping[str, Any]) -> Rule:
    name = str(entry.get("id", "?"))
    try:
        return Rule(
            id=str(entry["id"]),
            outcome=Outcome(entry["outcome"]),
            reason=Reason(entry["reason"]),
            texts={"vi": entry["vi"], "en": entry["en"]},
            legal_basis=entry["legal_basis"],
            version=entry["version"],
            valid_from=entry["valid_from"],
            valid_until=entry.get("valid_until"),
            where=_where(entry),
            priority=entry.get("priority"),
            desk=entry.get("desk"),
            finds=Finds(entry["finds"]) if "finds" in entry else None,
            lifts=frozenset(entry.get("lifts", (PERMIT,))),
            slack=timedelta(seconds=entry.get("slack_s", 0)),
            least_apart=timedelta(seconds=entry.get("least_apart_s", 0)),
            allowed=timedelta(minutes=entry.get("allowed_minutes", 0)),
        )
    except (KeyError, ValueError, TypeError, re.error) as fault:
        raise InvalidInput(f"rule {name}", str(fault)) from None


def _where(entry: Mapping[str, Any]) -> Where:
    return Where(
        standings=frozenset(Standing(word) for word in words(entry, "permit")),
        road_classes=frozenset(words(entry, "road_class")),
        units=frozenset(words(entry, "units")),
        plates=re.compile(entry["plates"]) if "plates" in entry else None,
        is_home=bool(entry.get("home", False)),
        grounds=frozenset(Ground(word) for word in words(entry, "ground")),
        listed=frozenset(ListReason(word) for word in words(entry, "listed")),
        not_read=frozenset(NotRead(word) for word in words(entry, "not_read")),
        hours=parse_hours(entry["hours"]) if "hours" in entry else None,
        when=When(entry["when"]) if "when" in entry else None,
    )


def words(entry: Mapping[str, Any], name: str) -> Iterator[str]:
    """Yield the words of a condition, which is one text or a list of them."""
    value = entry.get(name, ())
    yield from (value,) if isinstance(value, str) else value

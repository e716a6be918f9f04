"""The rules of admission of a city, read from admission.toml: the first that fits decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from ioc.errors import InvalidInput
from ioc.venues.model import AdmissionFacts, AdmissionReason

CONDITIONS = AdmissionFacts._fields
# What each word can be; a rule that asks for another would never fit.
WORDS: Mapping[str, frozenset[str]] = {
    "way": frozenset({"in", "out"}),
    "code": frozenset({"personal_qr", "citizen_card", "insurance_card", "vaccine_passport"}),
    "proof": frozenset({"proved", "unsigned", "unknown_signer", "forged", "expired"}),
    "card": frozenset({"none", "issued", "revoked", "replaced"}),
    "point": frozenset({"active", "inactive"}),
    "site": frozenset({"none", "free", "full"}),
    "listed": frozenset({"yes", "no"}),
    "colour": frozenset({"unknown", "green", "yellow", "red"}),
    "sort": frozenset(
        {"checkpoint", "market", "hospital", "industrial", "office", "school", "shop"}
    ),
}
KEYS = frozenset({"id", "when", "admit", "reason"})
ROOT = frozenset({"day_begins", "rule", "capacity"})


@dataclass(frozen=True)
class AdmissionRule:
    """One rule: it fits when every word it asks for is among those it names."""

    id: str
    admit: bool
    reason: AdmissionReason
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class AdmissionBook:
    """The rules of a city in their order, its sites' capacities, and when a day of counting begins.

    `asks` are the words that some rule asks for: nothing else need be looked up.
    """

    rules: tuple[AdmissionRule, ...]
    capacity: Mapping[str, int]
    day_begins: time
    asks: frozenset[str]


def parse_book(document: Mapping[str, Any]) -> AdmissionBook:
    """Return the rules of a document.

    Raises:
        InvalidInput: something in it is missing, unknown or can never fit; it is named.
    """
    for name in document:
        if name not in ROOT:
            raise InvalidInput(str(name), "is not known here")
    entries = document.get("rule", ())
    if not isinstance(entries, Sequence) or not entries:
        raise InvalidInput("rule", "there must be at least one [[rule]]")
    rules = tuple(_rule(f"rule.{number}", entry) for number, entry in enumerate(entries, 1))
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise InvalidInput("rule", "two have the same id")
    if rules[-1].when:
        raise InvalidInput(f"rule.{len(rules)}.when", "the last rule must fit everything")
    early = next((n for n, rule in enumerate(rules[:-1], 1) if not rule.when), None)
    if early is not None:
        raise InvalidInput(f"rule.{early}", "fits everything: no rule after it is ever asked")
    begins = document.get("day_begins", time(3))
    if not isinstance(begins, time) or begins.minute % 15 or begins.second or begins.microsecond:
        raise InvalidInput("day_begins", "must be a time on a quarter of an hour, like 03:00:00")
    return AdmissionBook(
        rules,
        _capacity(document.get("capacity", {})),
        begins,
        frozenset(name for rule in rules for name in rule.when),
    )


def _rule(name: str, entry: Mapping[str, Any]) -> AdmissionRule:
    for given in entry:
        if given not in KEYS:
            raise InvalidInput(f"{name}.{given}", "is not known here")
    if not isinstance(entry.get("id"), str) or not entry["id"]:
        raise InvalidInput(f"{name}.id", "is missing")
    if not isinstance(entry.get("admit"), bool):
        raise InvalidInput(f"{name}.admit", "must be true or false")
    if entry.get("reason") not in list(AdmissionReason):
        raise InvalidInput(f"{name}.reason", f"is none of {', '.join(AdmissionReason)}")
    when = _when(f"{name}.when", entry.get("when", {}))
    return AdmissionRule(entry["id"], entry["admit"], AdmissionReason(entry["reason"]), when)


def _when(name: str, entry: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    when = {}
    for word, wanted in entry.items():
        values = frozenset([wanted] if isinstance(wanted, str) else wanted)
        if word not in WORDS:
            raise InvalidInput(f"{name}.{word}", f"is none of {', '.join(CONDITIONS)}")
        if not values or not values <= WORDS[word]:
            strange = ", ".join(sorted(WORDS[word]))
            raise InvalidInput(f"{name}.{word}", f"must be among {strange}")
        when[word] = values
    return when


def _capacity(entry: Mapping[str, Any]) -> dict[str, int]:
    for site, places in entry.items():
        if isinstance(places, bool) or not isinstance(places, int) or places < 1:
            raise InvalidInput(f"capacity.{site}", "must be a number of people, 1 or more")
    return dict(entry)

"""Which colour a person has: the first rule of the dated table that fits. Pure but for the file."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.health.model import ColourRule, PersonColour, Standing

FILE = "person_colours.toml"
LANGUAGES = ("vi", "en")
SPANS = ("positive_days", "recovered_days", "since_days", "until_days")
KEYS = (
    *("id", "colour", "valid_from", "valid_until", "negative", "doses", "full", "basis"),
    *SPANS,
    *LANGUAGES,
)
LONGEST_DAYS = 3650


def colour_of(standing: Standing, rules: Sequence[ColourRule], at: datetime) -> PersonColour | None:
    """Return the colour of a person at an instant by `rules` in force; None: nothing is known."""
    for rule in rules:
        if fits(rule, standing, at):
            return rule.colour
    return None


def fits(rule: ColourRule, standing: Standing, at: datetime) -> bool:
    """Tell whether every condition of `rule` is met."""
    return (
        _is_within(standing.positive_at, rule.positive_within, at)
        and _is_within(standing.recovered_at, rule.recovered_within, at)
        and (not rule.is_negative or _holds(standing.negative_until, at))
        and _doses_fit(rule, standing, at)
    )


def rules_on(rules: Sequence[ColourRule], day: date) -> tuple[ColourRule, ...]:
    """Return the rules in force on a day of the city, in their order."""
    return tuple(rule for rule in rules if rule.holds_on(day))


def read_colours(folder: Path) -> tuple[tuple[ColourRule, ...], list[ConfigFault]]:
    """Return the colour table of a city's folder and every fault of it; no file is no rule."""
    faults: list[ConfigFault] = []
    if not (folder / FILE).exists():
        return (), faults
    document = read_toml(folder / FILE, faults)
    if document is None:
        return (), faults
    document.root().only(("rule",))
    return tuple(_rule(entry) for entry in document.tables("rule")), faults


def _rule(entry: Entry) -> ColourRule:
    entry.only(KEYS)
    start, end = entry.days()
    if start is None:
        entry.fault("valid_from", "is missing")
    spans = {name: _span(entry, name) for name in SPANS}
    full, negative = _flag(entry, "full"), _flag(entry, "negative")
    doses = entry.count("doses", 1, 9) if "doses" in entry.values else None
    if (spans["since_days"] or spans["until_days"]) and not (doses or full):
        entry.fault("since_days", "counts from a dose: the rule names neither doses nor full")
    return ColourRule(
        id=entry.text("id"),
        colour=entry.choice("colour", PersonColour),
        valid_from=start or date.max,
        valid_until=end,
        positive_within=spans["positive_days"],
        recovered_within=spans["recovered_days"],
        is_negative=negative,
        doses=doses,
        is_full=full,
        since=spans["since_days"],
        until=spans["until_days"],
        texts=_texts(entry),
        basis=entry.text("basis"),
    )


def _texts(entry: Entry) -> Mapping[str, str]:
    return {language: entry.text(language) for language in LANGUAGES}


def _span(entry: Entry, name: str) -> timedelta | None:
    return timedelta(days=entry.count(name, 0, LONGEST_DAYS)) if name in entry.values else None


def _flag(entry: Entry, name: str) -> bool:
    value = entry.values.get(name, False)
    if not isinstance(value, bool):
        entry.fault(name, f"{value!r} is neither true nor false")
    return value is True


def _is_within(since: datetime | None, span: timedelta | None, at: datetime) -> bool:
    return span is None or (since is not None and since <= at < since + span)


def _holds(until: datetime | None, at: datetime) -> bool:
    return until is not None and at < until


def _doses_fit(rule: ColourRule, standing: Standing, at: datetime) -> bool:
    if rule.doses is None and not rule.is_full:
        return True
    given_at = standing.full_at if rule.is_full else standing.last_dose_at
    if given_at is None or standing.doses < (rule.doses or 1):
        return False
    since, until = rule.since or timedelta(0), rule.until
    return given_at + since <= at and (until is None or at < given_at + until)

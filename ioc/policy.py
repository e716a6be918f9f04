"""How a city guards personal data, from its privacy.toml: what it keeps, why and how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault

FILE = "privacy.toml"
# Facts are taken from 45 days back: what is kept for less would be dropped as it comes in.
SHORTEST_DAYS, LONGEST_DAYS = 46, 36_500
# Every kind that the purge deletes; one without a day would be kept for ever.
KINDS = (
    *("sightings", "pictures", "scans", "passages", "lodgings", "cards", "card_ends", "intake"),
    *("refused", "alerts", "notices", "permits", "declarations", "persons", "tests", "doses"),
    *("calls", "reports", "reporters", "briefings", "audit", "requests", "breaches"),
)
# A breach is kept for five years at least (91/2025/QH15, article 23).
BREACH_DAYS = 1825
ROOT = (
    *("purge_hour", "backup_days", "breach_hours", "sample"),
    *("controller", "officer", "requests", "basis", "kind", "assessment", "risk"),
    *("breach_reminders", "breach_duty"),
)
# What is owed after a breach, by the step that does it (`ioc.breaches.model.BreachStep`).
REMINDERS = "breach_reminders"
DUTIES = ("authority_told", "people_told")
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Basis:
    """A ground on which data are processed without asking each person; `law` names the article."""

    id: str
    law: str
    texts: Texts


@dataclass(frozen=True)
class Kind:
    """One kind of record: what it is, why it is kept, on which ground, how long.

    `held` names the law by which it stays until its day though its person asks for deletion; None
    where he can have it deleted. `is_sensitive`: location, health, suspected violations.
    """

    id: str
    kept: timedelta
    basis: Basis
    is_sensitive: bool
    what: Texts
    why: Texts
    held: Texts | None


@dataclass(frozen=True)
class Risk:
    """What could happen to people, how likely and how bad it is (1 to 4), and the measures."""

    what: Texts
    likelihood: int
    severity: int
    against: Texts


@dataclass(frozen=True)
class Duty:
    """What is owed after a breach: the step that does it, to whom, what is said, by which law.

    `law` is empty where the city does it of its own accord.
    """

    step: str
    to: Texts
    what: Texts
    law: str


@dataclass(frozen=True)
class Policy:
    """What a city promises of personal data.

    Attributes:
        kinds: every kind of record, by id.
        purge_hour: hour of the city's day at which the night's purge begins.
        backups: a backup is deleted so long after it was made.
        breach: a breach is told to the authority within it.
        reminders: hours before that at which those who answer for it are reminded, rising.
        duties: what is told to whom after a breach.
        sample: look-ups drawn each month for the auditor.
        controller: who answers for the data.
        officer: to whom people turn.
        acknowledge_workdays: within so many working days a request is acknowledged.
        access: within it a person is told what is held on him.
        erasure: within it his data are erased, or he is told why not.
        made_on: day of the assessment of what could happen to people.
        review_on: day by which it is looked at again.
        risks: what could happen.
    """

    kinds: Mapping[str, Kind]
    purge_hour: int
    backups: timedelta
    breach: timedelta
    reminders: tuple[int, ...]
    duties: tuple[Duty, ...]
    sample: int
    controller: Texts
    officer: Texts
    acknowledge_workdays: int
    access: timedelta
    erasure: timedelta
    made_on: date | None
    review_on: date | None
    risks: tuple[Risk, ...]

    @property
    def retention(self) -> Mapping[str, timedelta]:
        """Return how long each kind is kept."""
        return {kind.id: kind.kept for kind in self.kinds.values()}


def read_policy(folder: Path, faults: list[ConfigFault]) -> Policy | None:
    """Return the policy of a city's folder; what is wrong is noted in `faults`."""
    document = read_toml(folder / FILE, faults)
    if document is None:
        return None
    root = document.root()
    root.only(ROOT)
    bases = {one.id: one for one in (_basis(entry) for entry in document.tables("basis"))}
    kinds = [_kind(entry, bases) for entry in document.tables("kind")]
    found = {kind.id: kind for kind in kinds if kind is not None}
    faults.extend(
        ConfigFault(document.file, 0, f"kind {name!r} is missing: it would be kept for ever")
        for name in KINDS
        if name not in found
    )
    requests = document.table("requests")
    requests.only(("acknowledge_workdays", "access_days", "erasure_days"))
    assessment = document.table("assessment")
    assessment.only(("made_on", "review_on"))
    return Policy(
        kinds=found,
        purge_hour=root.count("purge_hour", 0, 23),
        backups=timedelta(days=root.count("backup_days", 1, 365)),
        breach=timedelta(hours=root.count("breach_hours", 1, 72)),
        reminders=root.counts(REMINDERS, 0, 72) if REMINDERS in root.values else (0,),
        duties=tuple(_duty(entry) for entry in document.tables("breach_duty")),
        sample=root.count("sample", 1, 1000),
        controller=_texts(document, "controller"),
        officer=_texts(document, "officer"),
        acknowledge_workdays=requests.count("acknowledge_workdays", 1, 2),
        access=timedelta(days=requests.count("access_days", 1, 20)),
        erasure=timedelta(days=requests.count("erasure_days", 1, 20)),
        made_on=assessment.day("made_on"),
        review_on=assessment.day("review_on"),
        risks=tuple(_risk(entry) for entry in document.tables("risk")),
    )


def _basis(entry: Entry) -> Basis:
    entry.only(("id", "law", "vi", "en"))
    return Basis(entry.text("id"), entry.text("law"), _both(entry))


def _kind(entry: Entry, bases: Mapping[str, Basis]) -> Kind | None:
    entry.only(("id", "days", "basis", "sensitive", "what", "why", "held"))
    name, ground = entry.text("id"), entry.text("basis")
    if name not in KINDS:
        entry.fault("id", f"{name!r} is no kind of record")
        return None
    # A breach is kept for five years at least, whatever the city would like.
    shortest = BREACH_DAYS if name == "breaches" else SHORTEST_DAYS
    days = entry.count("days", shortest, LONGEST_DAYS)
    if ground not in bases:
        entry.fault("basis", f"there is no [[basis]] {ground!r}")
        return None
    if not isinstance(entry.values.get("sensitive"), bool):
        entry.fault("sensitive", "is true or false")
    return Kind(
        name,
        timedelta(days=days),
        bases[ground],
        bool(entry.values.get("sensitive")),
        _inline(entry, "what") or {},
        _inline(entry, "why") or {},
        _inline(entry, "held") if "held" in entry.values else None,
    )


def _duty(entry: Entry) -> Duty:
    entry.only(("step", "to", "what", "law"))
    step = entry.text("step")
    if step not in DUTIES:
        entry.fault("step", f"is none of {', '.join(DUTIES)}")
    to, what = _inline(entry, "to") or {}, _inline(entry, "what") or {}
    return Duty(step, to, what, entry.optional("law") or "")


def _risk(entry: Entry) -> Risk:
    entry.only(("what", "likelihood", "severity", "against"))
    return Risk(
        _inline(entry, "what") or {},
        entry.count("likelihood", 1, 4),
        entry.count("severity", 1, 4),
        _inline(entry, "against") or {},
    )


def _texts(document: Document, name: str) -> Texts:
    entry = document.table(name)
    entry.only(("vi", "en"))
    return _both(entry)


def _both(entry: Entry) -> Texts:
    return {"vi": entry.text("vi"), "en": entry.text("en")}


def _inline(entry: Entry, name: str) -> Texts | None:
    value = entry.values.get(name)
    if isinstance(value, dict) and set(value) == {"vi", "en"} and all(value.values()):
        return {language: str(value[language]) for language in ("vi", "en")}
    entry.fault(name, "needs vi and en")
    return None

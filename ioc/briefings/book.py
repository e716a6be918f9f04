"""What a city wants on its report: its briefing.toml, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path

from ioc.briefings.model import FigureChart, FigureContext, FigureKind, RuleKind, Stage
from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.labels import Language

FILE = "briefing.toml"
FIGURE = (
    *("id", "kind", "metrics", "less", "against", "since", "part", "source", "chart", "context"),
    *("desk", "vi", "en", "unit_vi", "unit_en"),
)
RULE = ("id", "kind", "figure", "over", "percent", "least", "weight")
ROOT = (
    *("cut_off", "days", "band_days", "suppress_under", "amend_days", "missed_minutes", "send_at"),
    *("subject", "centre", "source", "figure", "map", "alert", "milestones", "milestone", "rule"),
    *("sign", "recipient"),
)


class Whole(StrEnum):
    """What a source is whole with: the places of the city that should have counted."""

    NOTHING = "nothing"
    POINTS = "points"
    TESTING = "testing"
    VACCINATION = "vaccination"
    CAMERAS = "cameras"


@dataclass(frozen=True)
class Texts:
    """A text of the city in both languages."""

    vi: str = ""
    en: str = ""

    def in_(self, language: Language) -> str:
        """Return it in a language."""
        return self.vi if language is Language.VI else self.en


@dataclass(frozen=True)
class SourceRule:
    """Where figures come from; `places` is what it is whole with."""

    id: str
    metrics: tuple[str, ...]
    places: Whole
    name: Texts
    short: Texts


@dataclass(frozen=True)
class FigureRule:
    """What a figure counts: the sum of `metrics` without that of `less`, from `since` on."""

    id: str
    kind: FigureKind
    metrics: tuple[str, ...]
    source: str
    chart: FigureChart
    context: FigureContext
    name: Texts
    unit: Texts
    less: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    since: date | None = None
    desk: str | None = None


@dataclass(frozen=True)
class UnusualRule:
    """What is called unusual of a figure; `share` is a share of 1."""

    id: str
    kind: RuleKind
    figure: str
    over: int = 7
    share: float = 0.0
    least: int = 0
    weight: float = 1.0


@dataclass(frozen=True)
class AlertRule:
    """Reasons that stand in one line of the table of alerts, and the pass they speak of."""

    reasons: tuple[str, ...]
    permit_class: str | None
    name: Texts


@dataclass(frozen=True)
class SignRule:
    """Who signs as what: one line of the list, in its order."""

    stage: Stage
    role: str
    name: Texts = field(default_factory=Texts)


@dataclass(frozen=True)
class Recipient:
    """Who gets a numbered copy; `address` names a variable of the timekeeper's environment."""

    channel: str
    name: Texts
    address: str | None = None


@dataclass(frozen=True)
class BriefingBook:
    """A city's briefing.toml."""

    cut_off: time
    send_at: time
    days: int
    band_days: int
    suppress_under: int
    amended: timedelta
    missed: timedelta
    subject: Texts
    centre: Texts
    sources: tuple[SourceRule, ...]
    figures: tuple[FigureRule, ...]
    map_figure: str
    map_steps: tuple[int, ...]
    map_title: Texts
    alerts: tuple[AlertRule, ...] = ()
    milestones: tuple[tuple[Texts, int], ...] = ()
    milestones_title: Texts = field(default_factory=Texts)
    rules: tuple[UnusualRule, ...] = ()
    signs: tuple[SignRule, ...] = ()
    recipients: tuple[Recipient, ...] = ()

    def figure(self, name: str) -> FigureRule | None:
        """Return the figure of an id, None where the file no longer has it."""
        return next((figure for figure in self.figures if figure.id == name), None)

    def source(self, name: str) -> SourceRule | None:
        """Return the source of an id, None where the file no longer has it."""
        return next((source for source in self.sources if source.id == name), None)


def read_briefing(folder: Path) -> tuple[BriefingBook | None, list[ConfigFault]]:
    """Return what the city of `folder` wants on its report, and every fault of its file.

    None where there is no file, or where it cannot be used: half a report would be another one.
    """
    faults: list[ConfigFault] = []
    if not (folder / FILE).exists():
        return None, faults
    document = read_toml(folder / FILE, faults)
    if document is None:
        return None, faults
    book = _book(document)
    _names(document, book)
    return (None if faults else book), faults


def _book(document: Document) -> BriefingBook:
    root = document.root()
    root.only(ROOT)
    drawn = document.table("map")
    drawn.only(("figure", "steps", "vi", "en"))
    title = document.table("milestones") if "milestones" in root.values else None
    return BriefingBook(
        cut_off=_time(root, "cut_off"),
        send_at=_time(root, "send_at"),
        days=root.count("days", 2, 59),
        band_days=root.count("band_days", 4, 56),
        suppress_under=root.count("suppress_under", 0, 100),
        amended=timedelta(days=root.count("amend_days", 1, 31)),
        missed=timedelta(minutes=root.count("missed_minutes", 0, 1440)),
        subject=_texts(document.table("subject")),
        centre=_texts(document.table("centre")),
        sources=tuple(_source(entry) for entry in document.tables("source")),
        figures=tuple(_figure(entry) for entry in document.tables("figure")),
        map_figure=drawn.text("figure"),
        map_steps=drawn.counts("steps", 1, 1_000_000),
        map_title=_texts(drawn),
        alerts=tuple(_alert(entry) for entry in document.tables("alert")),
        milestones=tuple(
            (_texts(entry), entry.count("n", 0, 10**9)) for entry in document.tables("milestone")
        ),
        milestones_title=Texts() if title is None else _texts(title),
        rules=tuple(_rule(entry) for entry in document.tables("rule")),
        signs=tuple(_sign(entry) for entry in document.tables("sign")),
        recipients=tuple(_recipient(entry) for entry in document.tables("recipient")),
    )


def _names(document: Document, book: BriefingBook) -> None:
    """Note names that lead nowhere, and what stands there twice."""
    figures, sources = {one.id for one in book.figures}, {one.id for one in book.sources}
    for table, known in (("figure", figures), ("source", sources)):
        seen: set[str] = set()
        for entry in document.tables(table):
            name = str(entry.values.get("id"))
            if name in seen:
                entry.fault("id", f"{name!r} stands twice")
            seen.add(name)
            source = entry.values.get("source")
            if table == "figure" and source not in sources:
                entry.fault("source", f"there is no [[source]] {source!r}")
        if not known:
            document.root().fault(table, f"has no [[{table}]]")
    for entry in [document.table("map"), *document.tables("rule")]:
        if entry.values.get("figure") not in figures:
            entry.fault("figure", f"there is no [[figure]] {entry.values.get('figure')!r}")


def _source(entry: Entry) -> SourceRule:
    entry.only(("id", "metrics", "places", "vi", "en", "short_vi", "short_en"))
    places = entry.choice("places", Whole) if "places" in entry.values else Whole.NOTHING
    short = Texts(entry.text("short_vi"), entry.text("short_en"))
    return SourceRule(entry.text("id"), entry.texts("metrics"), places, _texts(entry), short)


def _figure(entry: Entry) -> FigureRule:
    entry.only(FIGURE)
    kind, since = entry.choice("kind", FigureKind), entry.day("since")
    if since is not None and kind is not FigureKind.TOTAL:
        entry.fault("since", "only a total begins on a day")
    lists: Mapping[str, tuple[str, ...]] = {
        name: entry.texts(name) if name in entry.values else ()
        for name in ("less", "against", "part")
    }
    has_context = "context" in entry.values
    return FigureRule(
        id=entry.text("id"),
        kind=kind,
        metrics=entry.texts("metrics"),
        source=entry.text("source"),
        chart=entry.choice("chart", FigureChart),
        context=entry.choice("context", FigureContext) if has_context else FigureContext.NOTHING,
        name=_texts(entry),
        unit=Texts(entry.text("unit_vi"), entry.text("unit_en")),
        less=lists["less"],
        against=lists["against"],
        part=lists["part"],
        since=since,
        desk=entry.optional("desk"),
    )


def _rule(entry: Entry) -> UnusualRule:
    entry.only(RULE)
    values = {"over": 7, "percent": 0, "least": 0, "weight": 1.0, **entry.values}
    filled = Entry(entry.file, entry.line, values, entry.faults, entry.lines)
    return UnusualRule(
        id=filled.text("id"),
        kind=filled.choice("kind", RuleKind),
        figure=filled.text("figure"),
        over=filled.count("over", 1, 56),
        share=filled.number("percent", 0, 1000) / 100,
        least=filled.count("least"),
        weight=filled.number("weight", 0.01, 100),
    )


def _sign(entry: Entry) -> SignRule:
    entry.only(("stage", "role", "vi", "en"))
    return SignRule(entry.choice("stage", Stage), entry.text("role"), _texts(entry))


def _alert(entry: Entry) -> AlertRule:
    entry.only(("reasons", "class", "vi", "en"))
    return AlertRule(entry.texts("reasons"), entry.optional("class"), _texts(entry))


def _recipient(entry: Entry) -> Recipient:
    entry.only(("channel", "address", "vi", "en"))
    address = entry.optional("address")
    if address and not (address.startswith("IOC_") and address.replace("_", "").isalnum()):
        entry.fault("address", "names an environment variable that begins with IOC_, nothing else")
    return Recipient(entry.text("channel"), _texts(entry), address)


def _texts(entry: Entry) -> Texts:
    return Texts(entry.text("vi"), entry.text("en"))


def _time(entry: Entry, name: str) -> time:
    value = entry.text(name)
    try:
        return time.fromisoformat(value)
    except ValueError:
        entry.fault(name, f"{value!r} is no time of day like 06:00")
        return time(6)

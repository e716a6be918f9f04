"""What a city wants on its report, as values: see `reading` for its briefing.toml."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum

from ioc.briefings.model import FigureChart, FigureContext, FigureKind, RuleKind, Stage
from ioc.labels import Language


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

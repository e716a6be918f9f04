"""The digital report: an issue is one day's figures as they stood at its cut-off, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from ioc.errors import IocError

# What an issue is taken away as.
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class FigureKind(StrEnum):
    """What the large number of a figure is: to date, of the day alone, or what is open."""

    TOTAL = "total"
    DAY = "day"
    OPEN = "open"


class FigureChart(StrEnum):
    """How the days of a figure are drawn: as bars, or as a line before the usual range."""

    BARS = "bars"
    BAND = "band"


class FigureContext(StrEnum):
    """What the line below a figure holds it against."""

    NOTHING = "nothing"
    REPORTED = "reported"
    POPULATION = "population"
    AGAINST = "against"
    CLASSES = "classes"
    OVERDUE = "overdue"
    SHARE = "share"


class RuleKind(StrEnum):
    """What a rule calls unusual; `steady` fills a place where too few rules fit."""

    CHANGE = "change"
    BAND = "band"
    GAP = "gap"
    OVERDUE = "overdue"
    SILENT = "silent"
    LATE = "late"
    FALSE = "false"
    STEADY = "steady"


class Stage(StrEnum):
    """What a signature says of an issue."""

    PREPARED = "prepared"
    CHECKED = "checked"
    APPROVED = "approved"


class IssueState(StrEnum):
    """How far an issue is signed."""

    FROZEN = "frozen"
    PREPARED = "prepared"
    CHECKED = "checked"
    APPROVED = "approved"


class TamperedIssue(IocError):
    """The figures of an issue are not those that its digest was made of."""


@dataclass(frozen=True)
class Figure:
    """One figure of an issue.

    Attributes:
        value: the large number; `day` what the day brought; `before` what the day before brought.
        opened_before: of a figure that is open: how many were at the end of the day before.
        series: one value a day, the oldest first; the last is the day's.
        band: the usual range of the days before it, None while there are too few.
        as_of: until when its source is counted, ISO; None: nothing was counted.
        is_late: its source missed the cut-off.
        reported, expected: places of its source that counted on the day, and that should have.
        late: facts of the day that came in after it was closed, before the cut-off.
        against: what it is reconciled with; by how much it falls short is its gap.
        parts: what the line below needs (of the figure's context).
        units: the day's count by unit; None where it is suppressed.
    """

    id: str
    kind: str
    source: str
    value: int
    day: int
    before: int
    series: tuple[int, ...]
    band: tuple[int, int] | None
    as_of: str | None
    is_late: bool
    reported: int | None
    expected: int | None
    late: int
    against: int | None
    parts: Mapping[str, int]
    units: Mapping[str, int | None]

    @property
    def gap(self) -> int | None:
        """Return by how much the figure falls short of what it is reconciled with."""
        return None if self.against is None else self.against - self.value


@dataclass(frozen=True)
class SourceLine:
    """How whole a source was: see `Figure` for the meaning of each."""

    id: str
    as_of: str | None
    is_late: bool
    reported: int | None
    expected: int | None
    held: int | None
    whole: int | None
    late: int


@dataclass(frozen=True)
class AlertLine:
    """Alerts of the day by what was broken; `ended` of them by the cut-off, `false` as misreads.

    `index` is the place of the line in the city's briefing.toml, -1 what none of them names.
    """

    index: int
    n: int
    before: int
    ended: int
    false: int


@dataclass(frozen=True)
class GateLine:
    """Vehicles that entered at a gate on the day; `lat`, `lon` in degrees."""

    name: str
    lat: float
    lon: float
    n: int


@dataclass(frozen=True)
class Saying:
    """A label key with what stands in its placeholders.

    A count is an int, a share is in hundredths of a percent under a name that ends in `_pct`, a
    name is a text of the city's config.
    """

    key: str
    values: Mapping[str, int | str]


@dataclass(frozen=True)
class Sentence:
    """One of the three points: what is said, of which figure, and the rule that chose it.

    `score` is in thousandths; `says` begins with the headline.
    """

    rule: str
    kind: str
    figure: str
    score: int
    says: tuple[Saying, ...]


@dataclass(frozen=True)
class Contents:
    """Everything that stands on an issue. Times are ISO texts in UTC, days ISO days.

    Attributes:
        schema: the form of this value; a change of form gets another number.
        start, end: the period, start <= t < end; `cut_off` is until when what came in counted.
        ack_median_s: how long the alerts of the day waited for a person, the middle one.
        units: the units in force on the day, with their people.
    """

    schema: int
    city: str
    day: str
    start: str
    end: str
    cut_off: str
    figures: tuple[Figure, ...]
    sources: tuple[SourceLine, ...]
    alerts: tuple[AlertLine, ...]
    ack_median_s: int | None
    gates: tuple[GateLine, ...]
    units: Mapping[str, int]
    sentences: tuple[Sentence, ...]

    def figure(self, name: str) -> Figure | None:
        """Return the figure of an id, None where there is none."""
        return next((figure for figure in self.figures if figure.id == name), None)


@dataclass(frozen=True)
class Signature:
    """Who signed an issue as what, and when; `role` is the line of the city's list he signed."""

    stage: Stage
    role: str
    account: str
    name: str
    at: datetime


@dataclass(frozen=True)
class Amendment:
    """By how much a figure of an issue would be another one now, and when that was first seen."""

    figure: str
    n: int
    noted_at: datetime


@dataclass(frozen=True)
class Issue:
    """A frozen report. `text` is the canonical JSON that `digest` (SHA-256, hex) was made of."""

    id: int
    number: int
    version: int
    day: date
    cut_off: datetime
    digest: str
    frozen_at: datetime
    frozen_by: str
    text: str = field(repr=False)
    signatures: tuple[Signature, ...] = ()

    @property
    def name(self) -> str:
        """Return its number and version, as in addresses: `20-1`."""
        return f"{self.number}-{self.version}"

    @property
    def code(self) -> str:
        """Return the part of the digest that people compare: `7F3A 91C2 0D4E`."""
        short = self.digest[:12].upper()
        return " ".join(short[n : n + 4] for n in (0, 4, 8))

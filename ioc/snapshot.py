"""What a room looks at, as values: figures and the wall."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ioc.alerts.model import AlertState, Desk, Priority
from ioc.reports.model import Ageing
from ioc.usual import Band, Hours


@dataclass(frozen=True)
class Figures:
    """Every number of the wall by its name in figures.toml, as of one instant."""

    as_of: datetime
    values: Mapping[str, int]


@dataclass(frozen=True)
class TickerLine:
    """An alert as a room may see it: the middle of the plate is hidden.

    `together`: in a flood the first of one camera and rule stands for so many.
    `late_s`: it became known so long after `seen_at` that nobody can act on it any more.
    """

    id: str
    desk: Desk
    priority: Priority
    state: AlertState
    plate: str
    reason: str
    camera: str
    raised_at: datetime
    due_at: datetime
    sightings: int
    is_overdue: bool
    together: int = 1
    seen_at: datetime | None = None
    late_s: int | None = None

    @property
    def calls(self) -> bool:
        """Tell whether it calls the room: of the first priority, and known in time."""
        return self.priority is Priority.P1 and self.late_s is None


@dataclass(frozen=True)
class CameraState:
    """How a camera does: `live`, `connecting`, `lost`, or `silent` when nobody watches it.

    `picture_age_s` is None when there was no picture yet; `fault` is what its pictures say is wrong
    with it (`ioc.camera_health`), since `fault_since`.
    """

    id: str
    state: str
    picture_age_s: float | None
    reads_per_minute: float
    error: str | None = None
    fault: str | None = None
    fault_since: datetime | None = None


@dataclass(frozen=True)
class Stream:
    """What one metric did today, against what is usual.

    Attributes:
        today: its count since midnight; `hours` the same by the hour of the city, 24 of them.
        band: the usual range, None while fewer than usual.LEAST_WEEKS like days were counted.
        weeks: how many like days were counted.
        newest_at: until when it was counted last (a quarter-hour's end, at most now); None: not
            since yesterday's midnight.
    """

    today: int
    hours: Hours
    band: Band | None
    weeks: int
    newest_at: datetime | None


@dataclass(frozen=True)
class WallSnapshot:
    """What the wall shows. Keys of time are the first instant of an hour or step, in UTC.

    Attributes:
        by_priority: open alerts.
        overdue: open alerts that nobody has taken in time.
        entries: vehicles entered today by hour and permit class (green, yellow, red, none).
        verdicts: reads of the last six hours by hour and outcome.
        reasons: reads of the last six hours by hour and reason.
        gate_reads: reads of the last hour by gate camera.
        load: alerts raised in each ten minutes of the last six hours.
        services: what each running service said of itself last.
        newest_read_s: seconds since the newest read came in, None when none did this hour.
        streams: what came in today by metric (wallboard.STREAMS), against what is usual.
        scans_by_site: scans of today by point, the points of one site together, most first.
        positives: positive results of today by kind of test, in the order of the catalogue.
        ageing: how long open reports have waited.
        is_flood: whether alerts come faster than a room can look at them one by one.
    """

    as_of: datetime
    figures: Mapping[str, int]
    ticker: tuple[TickerLine, ...]
    by_priority: Mapping[Priority, int]
    overdue: int
    entries: Mapping[tuple[datetime, str], int]
    verdicts: Mapping[tuple[datetime, str], int]
    reasons: Mapping[tuple[datetime, str], int]
    gate_reads: Mapping[str, int]
    cameras: tuple[CameraState, ...]
    load: Mapping[datetime, int]
    services: Mapping[str, Mapping[str, object]]
    newest_read_s: float | None
    streams: Mapping[str, Stream]
    scans_by_site: tuple[tuple[str, int], ...]
    positives: Mapping[str, int]
    ageing: Ageing
    is_flood: bool = False

"""Alerts: what a person must look at, who owns it, until when, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Desk(StrEnum):
    """Who must look."""

    POLICE = "police"
    REVIEW = "review"
    HEALTH = "health"


class Priority(StrEnum):
    """How soon; the limits are the city's (domain: P1 60 s, P2 2 min, P3 10 min)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class AlertState(StrEnum):
    """Where an alert stands in its life."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    STOPPED = "stopped"
    ESCORTED = "escorted"
    ESCAPED = "escaped"
    SHELVED = "shelved"
    CLEARED = "cleared"
    FALSE_READ = "false_read"
    CLOSED = "closed"

    @property
    def is_over(self) -> bool:
        """Tell whether nobody needs to do anything more."""
        return self in (AlertState.CLEARED, AlertState.FALSE_READ, AlertState.CLOSED)


class Step(StrEnum):
    """What a person can do with an alert (`POST /v1/alerts/{id}/steps`)."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    EN_ROUTE = "en_route"
    STOP = "stop"
    ESCORT = "escort"
    ESCAPE = "escape"
    FALSE_READ = "false_read"
    CLEAR = "clear"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    CLOSE = "close"


class AlertOutcome(StrEnum):
    """How it ended; the result code that closing needs."""

    LED_TO_STREAM = "led_to_stream"
    FINED = "fined"
    CLEARED = "cleared"
    FALSE_READ = "false_read"
    ESCAPED = "escaped"
    OTHER = "other"


@dataclass(frozen=True)
class Cause:
    """What a rule says when it raises: the incident and the sighting that showed it.

    `incident` is the grouping key (plate and reason); `rule` the id of the rule in the registry;
    `known_at` when the centre learnt of the sighting, None for what is so at this moment.
    """

    desk: Desk
    priority: Priority
    plate: str
    reason: str
    rule: str
    camera: str
    sighting: str
    seen_at: datetime
    permit: str | None = None
    plate_picture: str | None = None
    frame_picture: str | None = None
    known_at: datetime | None = None


@dataclass
class Incident:
    """One plate for one reason at one desk, from its first sighting on.

    `alert` is None until it is raised; `cause` is what raised it, for a new one; `joined` counts
    the sightings of this batch; `shelved_until` is set where its camera is muted for its rule;
    `late_s` is set where nobody could have acted on it any more as it became known.
    """

    key: tuple[str, str, str]
    first_seen_at: datetime
    last_seen_at: datetime
    alert: int | None = None
    cause: Cause | None = None
    joined: int = 0
    shelved_until: datetime | None = None
    late_s: int | None = None


@dataclass(frozen=True)
class Alert:
    """One incident on a desk. Pictures are SHA-256 names in the evidence folder.

    `due_at` is until when somebody must have taken it, `unit_due_at` until when a unit must be on
    it (police desk only); `level` how far it has escalated; `closed_at` since when it is over;
    `late_s` after how many seconds it became known, where that was too late to stop anybody.
    """

    id: str
    desk: Desk
    priority: Priority
    state: AlertState
    plate: str
    reason: str
    rule: str
    camera: str
    sighting: str
    first_seen_at: datetime
    last_seen_at: datetime
    raised_at: datetime
    due_at: datetime
    sightings: int
    permit: str | None = None
    plate_picture: str | None = None
    frame_picture: str | None = None
    owner: str | None = None
    unit: str | None = None
    unit_due_at: datetime | None = None
    level: int = 0
    shelved_until: datetime | None = None
    outcome: AlertOutcome | None = None
    closed_at: datetime | None = None
    late_s: int | None = None

    @property
    def is_late(self) -> bool:
        """Tell whether it became known too late to act on: it is for the log, and calls nobody."""
        return self.late_s is not None


@dataclass(frozen=True)
class StepTaken:
    """One line of an alert's log, never changed."""

    alert: str
    step: str
    at: datetime
    actor: str
    state: AlertState
    unit: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Backlog:
    """How much waits: open alerts by priority, and how many nobody has taken in time.

    `unitless` were taken and have no unit in time; `stale` are open longer than the city bears.
    """

    by_priority: Mapping[Priority, int]
    overdue: int
    unitless: int = 0
    escalated: int = 0
    shelved: int = 0
    stale: int = 0
    oldest_at: datetime | None = None

    @property
    def total(self) -> int:
        """Return how many alerts are open."""
        return sum(self.by_priority.values())


@dataclass(frozen=True)
class Group:
    """Alerts of one camera and rule that wait together in a flood, the most urgent first."""

    camera: str
    rule: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class Noise:
    """How much one camera cries over one rule; `false` of its alerts that ended were misread."""

    camera: str
    rule: str
    raised: int
    ended: int
    false: int


@dataclass(frozen=True)
class Chatter:
    """One vehicle and reason raised again and again after it was over."""

    plate: str
    reason: str
    raised: int
    last_raised_at: datetime


@dataclass(frozen=True)
class AlarmLoad:
    """What the alerts of start <= t < end were to a room, against what a room can bear.

    Attributes:
        bins: how many were raised in each ten minutes, the empty ones too.
        per_operator: the mean of an operator in ten minutes; `peak` the worst ten minutes.
        flooded: the share of ten minutes that lay in a flood; `is_flood` whether one is on.
        by_priority: raised in the span.
        ended, false: alerts that ended in the span, and those of them that were misread.
        median_ack_s: from raised to taken; `late` of the `taken` ones were taken after their limit.
        noisy: the cameras and rules that cried most; `noisy_share` of all alerts are of the first
            ten of them.
    """

    start: datetime
    end: datetime
    bins: Mapping[datetime, int]
    per_operator: float
    peak: float
    flooded: float
    is_flood: bool
    by_priority: Mapping[Priority, int]
    ended: int
    false: int
    taken: int
    late: int
    median_ack_s: float | None
    noisy: tuple[Noise, ...]
    noisy_share: float
    chatter: tuple[Chatter, ...]
    backlog: Backlog

    @property
    def raised(self) -> int:
        """Return how many alerts were raised in the span."""
        return sum(self.by_priority.values())

    @property
    def false_share(self) -> float | None:
        """Return the share of misread ones among those that ended, None when none did."""
        return self.false / self.ended if self.ended else None


@dataclass(frozen=True)
class Mute:
    """A camera whose alerts of one rule are shelved as they come, until an instant, and why."""

    camera: str
    rule: str
    muted_at: datetime
    until_at: datetime
    actor: str
    reason: str
    alerts: int = 0


@dataclass(frozen=True)
class Shelved:
    """An alert on the shelf, why it lies there and who put it there."""

    alert: Alert
    actor: str
    reason: str | None


@dataclass(frozen=True)
class HandOver:
    """One shift handed to the next: who, to whom, when, and what lay open then, frozen."""

    at: datetime
    giver: str
    taker: str
    note: str | None
    summary: Mapping[str, object]

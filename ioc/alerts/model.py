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

    `incident` is the grouping key (plate and reason); `rule` the id of the rule in the registry.
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


@dataclass
class Incident:
    """One plate for one reason at one desk, from its first sighting on.

    `alert` is None until it is raised; `cause` is what raised it, for a new one; `joined` counts
    the sightings of this batch.
    """

    key: tuple[str, str, str]
    first_seen_at: datetime
    last_seen_at: datetime
    alert: int | None = None
    cause: Cause | None = None
    joined: int = 0


@dataclass(frozen=True)
class Alert:
    """One incident on a desk. Pictures are SHA-256 names in the evidence folder.

    `due_at` is until when somebody must have taken it, `unit_due_at` until when a unit must be on
    it (police desk only); `level` how far it has escalated; `closed_at` since when it is over.
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
    """How much waits: open alerts by priority, and how many nobody has taken in time."""

    by_priority: Mapping[Priority, int]
    overdue: int

    @property
    def total(self) -> int:
        """Return how many alerts are open."""
        return sum(self.by_priority.values())


@dataclass(frozen=True)
class Handled:
    """What a span of time brought and how fast it was taken.

    `median_ack_s` is from raised to acknowledged in seconds, None when none was acknowledged.
    """

    raised: int
    closed: int
    median_ack_s: float | None

"""Reports: what citizens ask of the city, how far it is, who did what with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id
from ioc.reports.offered import ReportSort, Service

LONGEST_TEXT = 4_000


class ReportState(StrEnum):
    """How far a report is: open and closed of Open311, and between them those of FixMyStreet."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    ACTION_SCHEDULED = "action_scheduled"
    IN_PROGRESS = "in_progress"
    INTERNAL_REFERRAL = "internal_referral"
    REOPENED = "reopened"
    FIXED = "fixed"
    NO_FURTHER_ACTION = "no_further_action"
    DUPLICATE = "duplicate"


class ReportStep(StrEnum):
    """What is done with a report; never undone, only followed by another."""

    RECEIVE = "receive"
    INVESTIGATE = "investigate"
    SCHEDULE = "schedule"
    START = "start"
    REFER = "refer"
    REROUTE = "reroute"
    NOTE = "note"
    FIX = "fix"
    DISMISS = "dismiss"
    MARK_DUPLICATE = "mark_duplicate"
    REOPEN = "reopen"
    RATE = "rate"
    ESCALATE = "escalate"
    URGE = "urge"
    SECURE = "secure"
    EXTEND = "extend"
    PUBLISH = "publish"


class Party(StrEnum):
    """As what somebody takes a step; `agency` is the one that holds the report."""

    CENTRE = "centre"
    AGENCY = "agency"
    CITIZEN = "citizen"
    CLOCK = "clock"


@dataclass(frozen=True)
class Reporter:
    """Who sent a report: kept apart, and closed to whoever handles it."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    device: str | None = field(default=None, repr=False)
    account: str | None = field(default=None, repr=False)

    @property
    def is_known(self) -> bool:
        """Tell whether anything is known of the sender."""
        return any((self.name, self.phone, self.email, self.device, self.account))


@dataclass(frozen=True)
class Spot:
    """Where it is: a point in degrees WGS 84, an address, a place of the city; all may lack."""

    lat: float | None = None
    lon: float | None = None
    address: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Report:
    """What somebody asks of the city; `id` is the sender's, `at` when he said it, None just now."""

    id: str
    service: str
    spot: Spot
    description: str = ""
    attributes: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    media_url: str | None = None
    picture: str | None = None
    at: datetime | None = None
    reporter: Reporter = field(default=Reporter(), repr=False)

    def __post_init__(self) -> None:
        require_id(self.id)
        if self.at is not None:
            object.__setattr__(self, "at", require_aware("at", self.at))
        if len(self.description) > LONGEST_TEXT:
            raise InvalidInput("description", f"is longer than {LONGEST_TEXT} characters")


@dataclass(frozen=True)
class Placed:
    """A report that was found in order: its service, who acts, the unit it lies in, the point."""

    report: Report
    service: Service
    agency: str
    unit: str | None
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Case:
    """A report as it stands, without who sent it; `ref` is the centre's own id.

    Attributes:
        no: counts up with every report; what an external reader goes on from.
        requested_at: when it was said; received_at: when the centre learnt it.
        due_at: by when the agency that holds it is to settle it.
        promised_at: what the citizen was told first.
        held_since: when that agency got it.
        waits_since: when it came into its present state.
        changed_at: when anything was last done with it.
        escalates_at: when the clock next tells the level above; None when it never does.
        answer: the last word to the citizen.
        published_at: when somebody let everybody see the picture of the answer.
    """

    ref: str
    no: int
    source: str
    report: Report
    sort: ReportSort
    state: ReportState
    agency: str
    unit: str | None
    requested_at: datetime
    received_at: datetime
    held_since: datetime
    waits_since: datetime
    changed_at: datetime
    due_at: datetime
    promised_at: datetime
    escalates_at: datetime | None = None
    overdue_at: datetime | None = None
    level: int = 0
    closed_at: datetime | None = None
    duplicate_of: str | None = None
    answer: str | None = None
    answer_picture: str | None = None
    stars: int | None = None
    published_at: datetime | None = None


@dataclass(frozen=True)
class Act:
    """A step that somebody takes with a report.

    `party` is as what he takes it; `agency` and `service` say where a report goes, `original` what
    it repeats, `stars` (1-5) what the citizen thinks of the answer, `until` a new deadline.
    """

    step: ReportStep
    party: Party
    actor: str
    note: str | None = None
    picture: str | None = None
    agency: str | None = None
    service: str | None = None
    original: str | None = None
    stars: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Done:
    """One line of the log of a report: which step led it to which state, by whom, at which agency.

    `service` and `unit` are those of that moment: what tallies count it under. `is_in_time` is told
    of an end (by its deadline or not) and of the first escalation at an agency (never).
    """

    report: str
    step: ReportStep
    state: ReportState
    at: datetime
    actor: str
    party: Party
    agency: str
    service: str
    unit: str | None
    note: str | None = None
    picture: str | None = None
    is_in_time: bool | None = None


@dataclass(frozen=True)
class Near:
    """Another report of the same service that may be the same thing, so many metres away."""

    case: Case
    distance_m: float


@dataclass(frozen=True)
class Wanted:
    """Which reports are asked for; None: whatever it is. Times are half-open.

    With `public` only those of its services, and whatever the source `own` sent;
    `hides_received` leaves out what is public and nobody looked at yet. `agencies` and `units` are
    those of the asker: see `ioc.reports.routing.handled`.
    """

    refs: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    states: tuple[ReportState, ...] | None = None
    agencies: tuple[str, ...] | None = None
    units: tuple[str, ...] | None = None
    source: str | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    changed_from: datetime | None = None
    changed_until: datetime | None = None
    is_overdue: bool | None = None
    public: tuple[str, ...] | None = None
    own: str | None = None
    hides_received: bool = False
    sorts: tuple[ReportSort, ...] | None = None


@dataclass(frozen=True)
class Workload:
    """How an agency stands: what is open and overdue now, and how it kept its time in a span.

    `in_time` of `closed` were settled by their deadline; `rated` gave `stars` together.
    """

    agency: str
    open: int
    overdue: int
    oldest_at: datetime | None
    closed: int
    in_time: int
    rated: int
    stars: int


@dataclass(frozen=True)
class Standing:
    """How many reports are open now, and overdue, in all."""

    open: int
    overdue: int


@dataclass(frozen=True)
class Ageing:
    """How long open reports have waited.

    `steps`: how many under a day, one to three days, three to seven, and over seven; `oldest_at`
    is when the oldest came in, None when none is open.
    """

    steps: tuple[int, int, int, int]
    oldest_at: datetime | None

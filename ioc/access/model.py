"""Who may do what: people with roles and scopes, sessions that can be ended, keys of devices."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is at the centre."""

    OPERATOR = "operator"
    LEADER = "leader"
    POLICE = "police"
    TRANSPORT = "transport"
    SHIFT_LEAD = "shift_lead"
    REVIEWER = "reviewer"
    HEALTH = "health"
    AGENCY = "agency"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Page(StrEnum):
    """What a person can open; the value is the path without its slash."""

    WALL = "wall"
    POLICE = "police"
    SHIFT = "shift"
    REVIEW = "review"
    TRANSPORT = "transport"
    BRIEFING = "briefing"
    ENTRIES = "entries"
    SCANS = "scans"
    HEALTH = "health"
    REPORTS = "reports"
    CAMERAS = "cameras"
    ADMIN = "admin"
    COMPONENTS = "admin/components"


class Action(StrEnum):
    """What a page lets some of its readers do or see, and others not."""

    TAKE_STEP = "take_step"
    LEAD_SHIFT = "lead_shift"
    SEE_PLATE = "see_plate"
    SEE_EVIDENCE = "see_evidence"
    LOOK_UP_PLATE = "look_up_plate"
    APPROVE_TRAIL = "approve_trail"
    TAKE_EVIDENCE = "take_evidence"
    DECIDE_REGISTRATION = "decide_registration"
    ANSWER_QUESTION = "answer_question"
    SEE_PERSON = "see_person"
    LOOK_UP_PERSON = "look_up_person"
    DECIDE_DECLARATION = "decide_declaration"
    HANDLE_REPORT = "handle_report"
    SEE_REPORTER = "see_reporter"
    EXPORT_LIST = "export_list"
    SIGN_BRIEFING = "sign_briefing"
    READ_AUDIT = "read_audit"
    MANAGE_ACCESS = "manage_access"


class Right(StrEnum):
    """What an API key may send or ask."""

    READS = "reads"
    PERMITS = "permits"
    REGISTRATIONS = "registrations"
    DECISIONS = "decisions"
    PLACES = "places"
    ALERTS = "alerts"
    FIGURES = "figures"
    PATROLS = "patrols"
    LISTS = "lists"
    DECLARATIONS = "declarations"
    HEALTH_DECISIONS = "health_decisions"
    TASKS = "tasks"
    LODGINGS = "lodgings"
    WAVES = "waves"
    DUPLICATES = "duplicates"
    PERSONS = "persons"
    REPORTS = "reports"
    HANDLING = "handling"
    REPORTERS = "reporters"
    CALLS = "calls"
    CONTEXT = "context"
    PLATES = "plates"
    DOSES = "doses"
    TESTS = "tests"
    CASES = "cases"
    PAPER_TOTALS = "paper_totals"
    HEALTH = "health"
    FHIR = "fhir"
    CARDS = "cards"
    SCANS = "scans"
    POINTS = "points"


@dataclass(frozen=True)
class User:
    """A person's account.

    Attributes:
        scope: the code of the district or commune whose matters are seen; None: the whole province.
        agency: the id of the agency the person works for (agencies.toml), if any.
    """

    name: str
    role: Role
    display_name: str
    scope: str | None = None
    is_disabled: bool = False
    agency: str | None = None


@dataclass(frozen=True)
class Session:
    """A signed-in person; `token` goes to the browser, the store keeps only its hash."""

    token: str = field(repr=False)
    user: User
    expires_at: datetime


@dataclass(frozen=True)
class ApiKey:
    """Who calls the API: ids are unique in its `source`, several keys may share one source.

    `id` names the key where the key itself must not stand: lists, logs, limits, revoking. A device
    that is bound to `points` sends for those only.
    """

    source: str
    rights: frozenset[Right]
    id: str = ""
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    points: frozenset[str] = frozenset()

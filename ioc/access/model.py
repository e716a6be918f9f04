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
    DECIDE_CASE = "decide_case"
    HANDLE_REPORT = "handle_report"
    SEE_REPORTER = "see_reporter"
    EXPORT_LIST = "export_list"
    SIGN_BRIEFING = "sign_briefing"
    READ_AUDIT = "read_audit"
    TAKE_AUDIT = "take_audit"
    JUDGE_LOOKUP = "judge_lookup"
    FOLLOW_BREACH = "follow_breach"
    MANAGE_ACCESS = "manage_access"


class Way(StrEnum):
    """By which door a person came in."""

    PASSWORD = "password"
    PROVIDER = "provider"


class Proof(StrEnum):
    """What a session still waits for; only one that waits for nothing opens a page."""

    DONE = "done"
    CODE = "code"
    ENROL = "enrol"


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
        subject: who he is at the installation's identity provider, if he comes in by it.
    """

    name: str
    role: Role
    display_name: str
    scope: str | None = None
    is_disabled: bool = False
    agency: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Came:
    """How somebody came to the door.

    Attributes:
        origin: the address he came from.
        agent: what his browser calls itself.
        is_proven: whether the provider has asked for a second factor already.
    """

    origin: str
    agent: str = ""
    way: Way = Way.PASSWORD
    is_proven: bool = False


@dataclass(frozen=True)
class Session:
    """A signed-in person; `token` goes to the browser, the store keeps only its hash.

    While `proof` is not done, it opens nothing but the page that asks for the second factor.
    """

    token: str = field(repr=False)
    user: User
    expires_at: datetime
    proof: Proof = Proof.DONE


@dataclass(frozen=True)
class OpenSession:
    """A session as it is listed; `id` names it where the token must not stand."""

    id: str
    user: User
    came: Came
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Lockout:
    """A door that is shut, of an account or for an address, until its oldest failure has aged."""

    name: str | None
    origin: str | None
    failures: int
    until: datetime


@dataclass(frozen=True)
class ApiKey:
    """Who calls the API: ids are unique in its `source`, several keys may share one source.

    `id` names the key where the key itself must not stand: lists, logs, limits, revoking. A device
    that is bound to `points` sends for those only. `used_at` is told to within a minute.
    """

    source: str
    rights: frozenset[Right]
    id: str = ""
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    points: frozenset[str] = frozenset()
    used_at: datetime | None = None

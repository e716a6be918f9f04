"""People who come: what they declare, when they arrive, who calls on them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ioc.clock import require_aware
from ioc.errors import InvalidInput, require_id
from ioc.persons.model import Identity

MOST_COMPANIONS = 60


class Manner(StrEnum):
    """Who filled a declaration in."""

    SELF = "self"
    ON_BEHALF = "on_behalf"
    AT_POST = "at_post"


class Means(StrEnum):
    """How somebody comes."""

    ROAD = "road"
    TRAIN = "train"
    FLIGHT = "flight"
    COACH = "coach"


class DeclarationState(StrEnum):
    """How far a declaration is; `came` and `rejected` are of people who did not wait for leave."""

    RECEIVED = "received"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ARRIVED = "arrived"
    CAME = "came"
    REJECTED = "rejected"


class DeclarationStep(StrEnum):
    """What happens to a declaration; never undone, only followed by another."""

    RECEIVE = "receive"
    APPROVE = "approve"
    REFUSE = "refuse"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    ARRIVE = "arrive"


class TaskKind(StrEnum):
    """What a health station has to do."""

    CALL = "call"
    FOLLOW_UP = "follow_up"


class TaskState(StrEnum):
    """How a task stands; only an open one is overdue."""

    OPEN = "open"
    DONE = "done"
    REFERRED = "referred"
    CANCELLED = "cancelled"


class TaskStep(StrEnum):
    """What a health station did."""

    NO_ANSWER = "no_answer"
    REACHED = "reached"
    REFER = "refer"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Declaration:
    """What somebody says of his coming; `id` is the sender's, `unit` the commune he goes to.

    `cell` is the village or block in it; `post` is the point where he declares when he is there.
    """

    id: str
    identity: Identity
    unit: str
    manner: Manner = Manner.SELF
    declared_by: Identity | None = None
    companions: tuple[Identity, ...] = ()
    phone: str | None = field(default=None, repr=False)
    origin: str | None = None
    route: str | None = None
    cell: str | None = None
    address: str | None = field(default=None, repr=False)
    plate: str | None = None
    means: Means = Means.ROAD
    wave: str | None = None
    expected_at: datetime | None = None
    post: str | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        if self.expected_at is not None:
            at = require_aware("expected_at", self.expected_at)
            object.__setattr__(self, "expected_at", at)
        if len(self.companions) > MOST_COMPANIONS:
            raise InvalidInput("companions", f"at most {MOST_COMPANIONS} go with one")
        if (self.manner is Manner.AT_POST) is not (self.post is not None):
            raise InvalidInput("post", "is named when one declares at a post, and only then")


@dataclass(frozen=True)
class Declared:
    """A declaration as it stands; `ref` is the centre's id, persons go by their references.

    `people` are all who come, the one who declares for them first.
    """

    ref: str
    source: str
    id: str
    people: tuple[str, ...]
    unit: str
    cell: str | None
    plate: str | None
    means: Means
    wave: str | None
    origin: str | None
    expected_at: datetime | None
    state: DeclarationState
    received_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    arrived_at: datetime | None = None
    arrived_by: str | None = None


@dataclass(frozen=True)
class Whole:
    """All that Health sees of a declaration: who comes (name, year of birth), and its log."""

    declared: Declared
    people: tuple[tuple[str, int | None], ...] = field(repr=False)
    phone: str | None = field(repr=False)
    address: str | None = field(repr=False)
    route: str | None
    log: tuple["Noted", ...]


@dataclass(frozen=True)
class Noted:
    """One line of the log of a declaration: a step that led from a state to another, by whom.

    `people` is how many come; `of_at` when the decision was made that a step takes back.
    """

    step: DeclarationStep
    was: DeclarationState | None
    state: DeclarationState
    at: datetime
    actor: str
    unit: str
    people: int
    note: str | None = None
    of_at: datetime | None = None


@dataclass(frozen=True)
class Passage:
    """A person who was seen to come in: at a camera's gate by his vehicle, or at a point by a scan.

    `person` is a reference, `place` the id of the camera or the point.
    """

    person: str
    at: datetime
    place: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", require_aware("at", self.at))


@dataclass(frozen=True)
class Seen:
    """A passage of anybody whom merges made one; `is_entry` as it is kept, None for a new one."""

    at: datetime
    place: str
    person: str
    is_entry: bool | None


@dataclass(frozen=True)
class Crossing:
    """A vehicle that was seen to come in; `declarations` are those its permits name."""

    plate: str
    at: datetime
    camera: str
    declarations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """What the health station of a unit has to do about one declaration, and by when.

    `day` counts days after the arrival; `level` is 0, 1 past the time, 2 past three times as much.
    """

    ref: str
    declaration: str
    unit: str
    kind: TaskKind
    day: int
    from_at: datetime
    due_at: datetime
    state: TaskState = TaskState.OPEN
    level: int = 0
    tries: int = 0
    done_at: datetime | None = None
    done_by: str | None = None


@dataclass(frozen=True)
class Contact:
    """Whom a station calls on, and where: what the one who declared said of himself."""

    task: Task
    people: tuple[tuple[str, int | None], ...] = field(repr=False)
    phone: str | None = field(repr=False)
    cell: str | None
    address: str | None = field(repr=False)
    origin: str | None


@dataclass(frozen=True)
class Call:
    """What a station did about a task, when and who; never changed."""

    task: str
    step: TaskStep
    state: TaskState
    at: datetime
    actor: str
    note: str | None = None


@dataclass(frozen=True)
class Wave:
    """Many who come together: a train, a flight, coaches; `expected` is how many were announced."""

    id: str
    means: Means
    name: str
    expected: int
    arrives_at: datetime
    origin: str | None = None
    point: str | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        object.__setattr__(self, "arrives_at", require_aware("arrives_at", self.arrives_at))


@dataclass(frozen=True)
class WaveCount:
    """A wave and how many of it declared themselves, have leave, and have arrived."""

    wave: Wave
    declared: int
    approved: int
    arrived: int


@dataclass(frozen=True)
class Lodging:
    """Where a person stays as a guest, in from_at <= t < until_at; `lodging` is the house."""

    id: str
    identity: Identity
    lodging: str
    from_at: datetime
    until_at: datetime
    unit: str | None = None

    def __post_init__(self) -> None:
        require_id(self.id)
        for name in ("from_at", "until_at"):
            object.__setattr__(
                self, name, require_aware(name.removesuffix("_at"), vars(self)[name])
            )
        if self.until_at <= self.from_at:
            raise InvalidInput("until", "must be later than from")

"""What a city lets people report, and who acts: services with their forms, agencies, owners."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class ReportSort(StrEnum):
    """By which door a report came and how it is worked on; one mechanism carries them all."""

    FIELD = "field"
    TICKET = "ticket"
    HELP = "help"
    PROGRAMME = "programme"
    INSPECTION = "inspection"


class Level(StrEnum):
    """At which level of government a service is dealt with."""

    PROVINCE = "province"
    DEPARTMENT = "department"
    DISTRICT = "district"
    WARD = "ward"
    CELL = "cell"


class Urgency(StrEnum):
    """How a service is hurried; `phone` is told to ring instead of waiting for an answer."""

    NORMAL = "normal"
    URGENT = "urgent"
    PHONE = "phone"


class Numbering(StrEnum):
    """When the sender learns the number of his report (`type` of Open311)."""

    REALTIME = "realtime"
    BATCH = "batch"
    BLACKBOX = "blackbox"


class Datatype(StrEnum):
    """What a field of a form holds (`datatype` of Open311)."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLEVALUELIST = "singlevaluelist"
    MULTIVALUELIST = "multivaluelist"


@dataclass(frozen=True)
class Agency:
    """Who acts. `district` is the code of the district it governs, `unit` the id of its unit."""

    id: str
    vi: str
    en: str
    level: Level
    phone: str | None = None
    district: str | None = None
    unit: str | None = None
    short_vi: str = ""
    short_en: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "short_vi", self.short_vi or self.vi)
        object.__setattr__(self, "short_en", self.short_en or self.en)


@dataclass(frozen=True)
class Choice:
    """One value of a list in a form."""

    key: str
    vi: str
    en: str


@dataclass(frozen=True)
class FormField:
    """One field of the form of a service (an attribute of Open311)."""

    code: str
    datatype: Datatype
    is_required: bool
    vi: str
    en: str
    hint_vi: str = ""
    hint_en: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Service:
    """One thing that can be reported.

    Attributes:
        group: the id of the field it belongs to; `group_vi`, `group_en` are its name.
        agency: who acts; None where it is the agency of the place at `level`.
        deadline: within this time of its receipt it is to be settled.
        phone: the number that an urgent one is told to ring.
        same_within: reports of one place within this time may be one and the same.
        is_public: whether its reports are published, without who sent them.
    """

    code: str
    sort: ReportSort
    vi: str
    en: str
    group_vi: str
    group_en: str
    level: Level
    deadline: timedelta
    urgency: Urgency = Urgency.NORMAL
    agency: str | None = None
    about_vi: str = ""
    about_en: str = ""
    phone: str | None = None
    keywords: tuple[str, ...] = ()
    numbering: Numbering = Numbering.REALTIME
    same_within: timedelta = timedelta(days=14)
    is_public: bool = False
    form: tuple[FormField, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Owner:
    """An agency that owns a road or a venue: for its services it comes before the area's."""

    agency: str
    asset: str
    within_m: float
    services: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """What can be reported in a city, and who acts.

    `by_unit` and `by_district` are the agencies of areas; `centre` is who takes what has no other.
    `reopen_within` is how long after its end a citizen may have a report opened again.
    """

    services: Mapping[str, Service]
    agencies: Mapping[str, Agency]
    owners: tuple[Owner, ...]
    centre: str
    reopen_within: timedelta = timedelta(days=14)
    publishes_at_once: bool = True

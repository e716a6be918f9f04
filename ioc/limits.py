"""The thresholds of a city, and how they are read from its city.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ioc.document import Document

ALERTS = (
    *("sure_confidence", "incident_minutes", "operators", "patrol_kmh"),
    *("too_late_minutes", "late_take_minutes"),
)
CAMERAS = (
    *("skew_s", "late_s", "least_sure", "most_misread"),
    *("lost_s", "few_share", "least_usual"),
)
PRIORITIES = ("P1", "P2", "P3")
ENTRIES = (
    *("points", "same_hours", "early_hours", "late_hours", "undated_days"),
    *("call_after_minutes", "call_within_minutes", "follow_up_days"),
)
ALARM_LOAD = (
    *("per_operator", "flood", "flood_over", "chatter", "chatter_hours", "stale_hours"),
    *("shelf_minutes", "longest_shelf_minutes"),
)


@dataclass(frozen=True)
class AlarmLimits:
    """What a room can bear, and when an alarm is a nuisance (EEMUA 191, ISA-18.2).

    Attributes:
        per_operator: alerts an operator can take in ten minutes, day in, day out.
        flood: more than so many alerts of the room in ten minutes are a flood.
        flood_over: a flood is over when ten minutes bring fewer.
        chatter: so often raised again for one vehicle and reason, an alert chatters.
        chatter_span: the time within which it is raised so often.
        stale: open for longer, an alert is forgotten rather than worked on.
        shelf: how long something is shelved when nobody says how long.
        longest_shelf: the longest that anything can be shelved.
    """

    per_operator: float
    flood: int
    flood_over: int
    chatter: int
    chatter_span: timedelta
    stale: timedelta
    shelf: timedelta
    longest_shelf: timedelta


@dataclass(frozen=True)
class LookupLimits:
    """How far somebody may look a vehicle up.

    Attributes:
        free: so far back a search or a trail needs nobody's leave.
        usable: for so long an approval can be used.
        per_hour: searches and trails of one person in an hour.
    """

    free: timedelta
    usable: timedelta
    per_hour: int


@dataclass(frozen=True)
class EntryLimits:
    """When and where people come in, and how soon somebody calls on them.

    Attributes:
        points: where a scan inbound is of somebody who comes into the city.
        same: what is seen of a person within it, again and again, is one entry.
        early: so long before he is expected somebody may come, and still be who declared.
        late: so long after it.
        undated: so long after his declaration, where he said no time.
        call_after: the health station calls on who arrived after this,
        call_within: and before this.
        follow_up_days: days after the arrival on which it calls again.
    """

    points: frozenset[str]
    same: timedelta
    early: timedelta
    late: timedelta
    undated: timedelta
    call_after: timedelta
    call_within: timedelta
    follow_up_days: tuple[int, ...]


@dataclass(frozen=True)
class CameraLimits:
    """What a camera must do, or somebody looks at it.

    Attributes:
        skew_s: its clock goes ahead by no more seconds.
        late_s: half of its reads are known within so many.
        least_sure: so large a share of its reads is sure.
        most_misread: no larger a share of its answered questions was misread.
        lost_s: without a picture for so many seconds it is lost, not merely stumbling.
        few_share: of the lower end of what is usual it reads at least so much,
        least_usual: where that end is so many reads an hour or more.
    """

    skew_s: float
    late_s: float
    least_sure: float
    most_misread: float
    lost_s: float
    few_share: float
    least_usual: float


@dataclass(frozen=True)
class SiteLimits:
    """When nobody is to be about at a quarantine site, and what movement is told.

    Attributes:
        quiet_from, quiet_until: hours of the city, from the one until before the other.
        least_s: something moved for so many seconds without a pause.
        again: one letter of a camera within so long.
    """

    quiet_from: int
    quiet_until: int
    least_s: float
    again: timedelta


@dataclass(frozen=True)
class CrowdLimits:
    """From where on a street is crowded: so many vehicles a minute, so many times its P90."""

    per_minute: float
    times: float


@dataclass(frozen=True)
class Limits:
    """The thresholds of a city.

    Attributes:
        sure_confidence: a read below it is never more than a review.
        incident: sightings of one plate and reason within it are one incident.
        too_late: what becomes known later than this is for the log, and calls nobody.
        late_take: so long somebody has to look through it.
        acknowledge: how long an alert may wait for a person, by priority (P1, P2, P3).
        unit: within which time of an alert a unit must be on it, by priority.
        patrol_kmh: how fast a unit gets along, for the minutes it will need.
        operators: people of the room among whom its alerts are shared.
        alarms: what the room can bear.
        lookups: how far somebody may look a vehicle up.
        entries: when and where people come in.
        cameras: what a camera must do, or somebody looks.
        sites: when nobody is to be about at a quarantine site.
        crowding: from where on a street is crowded.
        retention: how long each kind of record is kept.
    """

    sure_confidence: float
    incident: timedelta
    too_late: timedelta
    late_take: timedelta
    acknowledge: Mapping[str, timedelta]
    unit: Mapping[str, timedelta]
    patrol_kmh: float
    operators: int
    alarms: AlarmLimits
    lookups: LookupLimits
    entries: EntryLimits
    cameras: CameraLimits
    sites: SiteLimits
    crowding: CrowdLimits
    retention: Mapping[str, timedelta]


def read_limits(document: Document, retention: Mapping[str, timedelta]) -> Limits:
    """Return the thresholds that city.toml sets; what is wrong is noted in the document.

    `retention` is how long each kind of record is kept, by privacy.toml.
    """
    alerts = document.table("alerts")
    alerts.only(ALERTS)
    return Limits(
        sure_confidence=alerts.number("sure_confidence", 0.5, 1),
        incident=timedelta(minutes=alerts.count("incident_minutes", 1, 1440)),
        too_late=timedelta(minutes=alerts.count("too_late_minutes", 1, 1440)),
        late_take=timedelta(minutes=alerts.count("late_take_minutes", 1, 10_080)),
        acknowledge=_waits(document, "acknowledge_s"),
        unit=_waits(document, "unit_s"),
        patrol_kmh=alerts.number("patrol_kmh", 5, 200),
        operators=alerts.count("operators", 1, 1000),
        alarms=_alarm_limits(document),
        lookups=_lookup_limits(document),
        entries=_entry_limits(document),
        cameras=_camera_limits(document),
        sites=_site_limits(document),
        crowding=_crowd_limits(document),
        retention=retention,
    )


def _waits(document: Document, name: str) -> dict[str, timedelta]:
    table = document.table(name)
    table.only(PRIORITIES)
    return {p: timedelta(seconds=table.count(p, 1, 86_400)) for p in PRIORITIES}


def _lookup_limits(document: Document) -> LookupLimits:
    lookups = document.table("lookups")
    lookups.only(("free_days", "usable_hours", "per_hour"))
    return LookupLimits(
        free=timedelta(days=lookups.count("free_days", 1, 365)),
        usable=timedelta(hours=lookups.count("usable_hours", 1, 168)),
        per_hour=lookups.count("per_hour", 1, 10_000),
    )


def _camera_limits(document: Document) -> CameraLimits:
    cameras = document.table("cameras")
    cameras.only(CAMERAS)
    return CameraLimits(
        skew_s=cameras.number("skew_s", 0.1, 3_600),
        late_s=cameras.number("late_s", 1, 86_400),
        least_sure=cameras.number("least_sure", 0, 1),
        most_misread=cameras.number("most_misread", 0, 1),
        lost_s=cameras.number("lost_s", 15, 86_400),
        few_share=cameras.number("few_share", 0, 1),
        least_usual=cameras.number("least_usual", 1, 100_000),
    )


def _crowd_limits(document: Document) -> CrowdLimits:
    crowding = document.table("crowding")
    crowding.only(("per_minute", "times"))
    return CrowdLimits(
        per_minute=crowding.number("per_minute", 1, 1000), times=crowding.number("times", 1, 100)
    )


def _site_limits(document: Document) -> SiteLimits:
    sites = document.table("sites")
    sites.only(("quiet_from", "quiet_until", "least_s", "again_minutes"))
    limits = SiteLimits(
        quiet_from=sites.count("quiet_from", 0, 23),
        quiet_until=sites.count("quiet_until", 0, 23),
        least_s=sites.number("least_s", 0, 600),
        again=timedelta(minutes=sites.count("again_minutes", 1, 1440)),
    )
    if limits.quiet_from == limits.quiet_until:
        sites.fault("quiet_until", "is the hour of quiet_from: the quiet hours would be none")
    return limits


def _entry_limits(document: Document) -> EntryLimits:
    entries = document.table("entries")
    entries.only(ENTRIES)
    limits = EntryLimits(
        points=frozenset(entries.texts("points")),
        same=timedelta(hours=entries.number("same_hours", 0.1, 24)),
        early=timedelta(hours=entries.count("early_hours", 0, 720)),
        late=timedelta(hours=entries.count("late_hours", 0, 720)),
        undated=timedelta(days=entries.count("undated_days", 1, 60)),
        call_after=timedelta(minutes=entries.count("call_after_minutes", 0, 1440)),
        call_within=timedelta(minutes=entries.count("call_within_minutes", 1, 1440)),
        follow_up_days=tuple(entries.counts("follow_up_days", 1, 60)),
    )
    if limits.call_after >= limits.call_within:
        entries.fault("call_after_minutes", "is not less than call_within_minutes")
    return limits


def _alarm_limits(document: Document) -> AlarmLimits:
    load = document.table("alarm_load")
    load.only(ALARM_LOAD)
    limits = AlarmLimits(
        per_operator=load.number("per_operator", 0.1, 100),
        flood=load.count("flood", 1, 10_000),
        flood_over=load.count("flood_over", 1, 10_000),
        chatter=load.count("chatter", 2, 1000),
        chatter_span=timedelta(hours=load.count("chatter_hours", 1, 168)),
        stale=timedelta(hours=load.count("stale_hours", 1, 720)),
        shelf=timedelta(minutes=load.count("shelf_minutes", 1, 1440)),
        longest_shelf=timedelta(minutes=load.count("longest_shelf_minutes", 1, 1440)),
    )
    if limits.shelf > limits.longest_shelf:
        load.fault("shelf_minutes", "is more than longest_shelf_minutes")
    if limits.flood_over > limits.flood:
        load.fault("flood_over", "is more than flood: a flood would be over before it began")
    return limits

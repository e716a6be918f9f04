"""The whole city in one look: the figures, the wall, the briefing. Reads only, at a fixed cost."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from sqlalchemy import Connection

from ioc import tally
from ioc.alerts.load import backlog, handled, raised_by
from ioc.alerts.model import Alert, AlertState
from ioc.alerts.rules import ACTIVE, OPEN
from ioc.alerts.service import find_alerts
from ioc.centre import Centre
from ioc.clock import BUCKET, bucket_of, day_bounds, local_day
from ioc.db import transact
from ioc.permits.model import PermitClass
from ioc.places import RoadClass
from ioc.privacy import mask_plate
from ioc.reports.service import standing
from ioc.snapshot import (
    BriefingSnapshot,
    CameraState,
    Compared,
    Figures,
    TickerLine,
    WallSnapshot,
)
from ioc.vehicles.model import Outcome, Reason
from ioc.vehicles.plate import display
from ioc.vehicles.service import newest_sighting_at

Counted = dict[tuple[str, datetime], int]

HOUR = timedelta(hours=1)
LOAD_STEP = timedelta(minutes=10)
LOOK_BACK_H = 6
# A camera whose last picture is older than this has lost its signal.
FRESH_S = 15.0
TICKER = 20

# Metrics that some subject counts today; a figure of another one is left out, never shown as 0.
COUNTED = frozenset(
    {
        "read",
        "permit.granted",
        "call",
        "call.in",
        "call.out",
        "entry.vehicle",
        *(f"verdict.{outcome}" for outcome in Outcome),
        *(f"reason.{reason}" for reason in Reason),
    }
)
ENTRY_CLASSES = (*(permit.value for permit in PermitClass), "none")
ENTRIES = tuple(f"entry.vehicle.{name}" for name in ENTRY_CLASSES)
BRIEFED = (
    *("entry.vehicle", "read", *ENTRIES),
    *(f"verdict.{outcome}" for outcome in Outcome),
    *(f"reason.{reason}" for reason in Reason),
)


@dataclass(frozen=True)
class Definition:
    """The line of figures.toml that says what a figure is."""

    name: str
    origin: str
    metrics: tuple[str, ...]
    span: str
    since: date | None = None


@cache
def load_definitions(file: Path) -> tuple[Definition, ...]:
    """Return the figures that `file` defines, in its order."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["figure"]
    return tuple(
        Definition(e["name"], e["from"], tuple(e["metrics"]), e["span"], e.get("since"))
        for e in entries
    )


def figures(centre: Centre) -> Figures:
    """Return every figure whose subject is counted."""
    now = centre.now()
    today = local_day(now, centre.city.zone)
    states = _states(centre)
    defined = load_definitions(centre.settings.city_dir / "figures.toml")
    shown = [f for f in defined if COUNTED.issuperset(f.metrics) or states.keys() >= {*f.metrics}]

    def work(conn: Connection) -> dict[str, int]:
        daily = [m for f in shown if (f.origin, f.span) == ("tally", "today") for m in f.metrics]
        on_day = tally.on_day(conn, daily, today, centre.city.zone)
        values = {}
        for figure in shown:
            if figure.origin == "state":
                values[figure.name] = sum(states[metric] for metric in figure.metrics)
            elif figure.origin == "distinct":
                values[figure.name] = tally.count_present(conn, figure.metrics, today)
            elif figure.span == "today":
                values[figure.name] = sum(on_day[metric] for metric in figure.metrics)
            elif figure.since is not None:
                values[figure.name] = tally.since(
                    conn, figure.metrics, figure.since, centre.city.zone
                )
            else:
                values[figure.name] = tally.total(conn, figure.metrics)
        return values

    return Figures(now, transact(centre.engine, work))


def wall(centre: Centre) -> WallSnapshot:
    """Return everything the wall shows, free of personal data."""
    now = centre.now()
    end = bucket_of(now) + BUCKET
    day_start, _ = day_bounds(local_day(now, centre.city.zone), centre.city.zone)
    start = _hour_of(now, day_start) - (LOOK_BACK_H - 1) * HOUR

    def work(conn: Connection) -> tuple[dict[tuple[str, datetime], int], ...]:
        verdicts = [f"verdict.{outcome}" for outcome in Outcome]
        reasons = [f"reason.{reason}" for reason in Reason]
        return (
            tally.by_bucket(conn, ENTRIES, day_start, end),
            tally.by_bucket(conn, verdicts, start, end),
            tally.by_bucket(conn, reasons, start, end),
        )

    entries, verdicts, reasons = transact(centre.engine, work)
    reads = transact(centre.engine, partial(_reads_of_last_hour, now=now))
    waiting = backlog(centre)
    newest = newest_sighting_at(centre, now - HOUR)
    gates = {c.id for c in centre.city.cameras.values() if c.road_class is RoadClass.GATE}
    return WallSnapshot(
        as_of=now,
        figures=figures(centre).values,
        ticker=tuple(_ticker(alert, now) for alert in _shown(centre)),
        by_priority=waiting.by_priority,
        overdue=waiting.overdue,
        entries=_by_hour(entries, day_start),
        verdicts=_by_hour(verdicts, day_start),
        reasons=_by_hour(reasons, day_start),
        gate_reads={gate: reads.get(gate, 0) for gate in sorted(gates)},
        cameras=camera_states(centre, reads),
        load=raised_by(centre, start, now + LOAD_STEP, LOAD_STEP),
        services=centre.live.beats("service"),
        newest_read_s=None if newest is None else max(0.0, (now - newest).total_seconds()),
    )


def briefing(centre: Centre, day: date) -> BriefingSnapshot:
    """Return `day` so far against the day before until the same time, and all of that day."""
    now = centre.now()
    start, end = day_bounds(day, centre.city.zone)
    before, _ = day_bounds(day - timedelta(days=1), centre.city.zone)
    until = min(bucket_of(now), end)
    spans = [(start, until), (before, before + (until - start)), (before, start)]
    lines, gates, entries, entries_before = transact(
        centre.engine, partial(_compared, spans=spans, end=end)
    )
    return BriefingSnapshot(
        as_of=now,
        day=day,
        until=until,
        lines=lines,
        entries=_by_hour(entries, start),
        entries_day_before=_by_hour(entries_before, before),
        gates=gates,
        alerts=handled(centre, start, end),
        alerts_day_before=handled(centre, before, start),
    )


def _compared(
    conn: Connection, spans: Sequence[tuple[datetime, datetime]], end: datetime
) -> tuple[dict[str, Compared], dict[str, Compared], Counted, Counted]:
    """Return lines, gates, and the entries of the day and of the day before by bucket.

    `spans`: the day so far, the day before until the same time, and all of the day before.
    """
    sums = [_sums(tally.by_bucket(conn, BRIEFED, *span)) for span in spans]
    gates = [tally.by_place(conn, "entry.vehicle", *span) for span in spans]
    names = sorted({name for found in gates for name in found})
    return (
        {metric: Compared(*(found.get(metric, 0) for found in sums)) for metric in BRIEFED},
        {name: Compared(*(found.get(name, 0) for found in gates)) for name in names},
        tally.by_bucket(conn, ENTRIES, spans[0][0], end),
        tally.by_bucket(conn, ENTRIES, *spans[2]),
    )


def camera_states(
    centre: Centre, reads_of_last_hour: Mapping[str, int] | None = None
) -> tuple[CameraState, ...]:
    """Return the state of every camera in force today, by its id."""
    if reads_of_last_hour is None:
        reads = transact(centre.engine, partial(_reads_of_last_hour, now=centre.now()))
        return camera_states(centre, reads)
    now = centre.now()
    today = local_day(now, centre.city.zone)
    beats = centre.live.beats("camera")
    states = []
    for camera in sorted(centre.city.cameras.values(), key=lambda camera: camera.id):
        if not camera.is_in_force(today):
            continue
        beat = beats.get(camera.id, {})
        at = beat.get("frame_at")
        age = (now - datetime.fromisoformat(at)).total_seconds() if at else None
        state = str(beat.get("state", "silent"))
        if state == "live" and (age is None or age > FRESH_S):
            state = "lost"
        rate = reads_of_last_hour.get(camera.id, 0) / 60
        states.append(CameraState(camera.id, state, age, rate, beat.get("error")))
    return tuple(states)


def _states(centre: Centre) -> dict[str, int]:
    known, reports = camera_states(centre, {}), standing(centre)
    return {
        "alert.open": backlog(centre).total,
        "report.open": reports.open,
        "report.overdue": reports.overdue,
        "camera": len(known),
        "camera.live": sum(camera.state == "live" for camera in known),
    }


def _reads_of_last_hour(conn: Connection, now: datetime) -> dict[str, int]:
    return tally.by_place(conn, "read", bucket_of(now - HOUR) + BUCKET, bucket_of(now) + BUCKET)


def _shown(centre: Centre) -> list[Alert]:
    """Return the alerts a wall shows; what is shelved stands there only where nothing else does."""
    active = find_alerts(centre, states=ACTIVE, limit=TICKER)
    return active or find_alerts(centre, states=OPEN, limit=TICKER)


def _ticker(alert: Alert, now: datetime) -> TickerLine:
    return TickerLine(
        id=alert.id,
        desk=alert.desk,
        priority=alert.priority,
        state=alert.state,
        plate=mask_plate(display(alert.plate)),
        reason=alert.reason,
        camera=alert.camera,
        raised_at=alert.raised_at,
        due_at=alert.due_at,
        sightings=alert.sightings,
        is_overdue=alert.state is AlertState.NEW and alert.due_at <= now,
    )


def _hour_of(at: datetime, day_start: datetime) -> datetime:
    """Return the start of the city's hour that holds `at`, also where zones have half hours."""
    return day_start + (at - day_start) // HOUR * HOUR


def _by_hour(
    counts: Mapping[tuple[str, datetime], int], day_start: datetime
) -> dict[tuple[datetime, str], int]:
    hours: dict[tuple[datetime, str], int] = {}
    for (metric, bucket), n in counts.items():
        key = (_hour_of(bucket, day_start), metric.rpartition(".")[2])
        hours[key] = hours.get(key, 0) + n
    return hours


def _sums(counts: Mapping[tuple[str, datetime], int]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (metric, _), n in counts.items():
        sums[metric] = sums.get(metric, 0) + n
    return sums

"""The whole city for the wall: free of personal data, read in a few queries."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ioc import tally
from ioc.alerts.load import backlog, is_flood, raised_by, waiting_together
from ioc.alerts.model import Alert, AlertState, Group
from ioc.alerts.rules import ACTIVE, OPEN, gather
from ioc.alerts.service import find_alerts
from ioc.camera_states import camera_states, reads_of_last_hour
from ioc.centre import Centre
from ioc.clock import BUCKET, bucket_of, day_bounds, local_day
from ioc.db import transact
from ioc.hours import HOUR, by_hour, hour_of
from ioc.overview import figures
from ioc.permits.model import PermitClass
from ioc.places import RoadClass
from ioc.privacy import mask_plate
from ioc.reports.service import ageing
from ioc.samples.facts import positivity
from ioc.snapshot import Stream, TickerLine, WallSnapshot
from ioc.streams import by_site, streams
from ioc.vehicles.model import Outcome, Reason
from ioc.vehicles.plate import display
from ioc.vehicles.service import newest_sighting_at
from ioc.venues.tallies import IN, OUT

LOAD_STEP = timedelta(minutes=10)
LOOK_BACK_H = 6
TICKER = 20
# In a flood so many are looked at for their causes; how many each stands for is counted.
GATHERED = 200
ENTRY_CLASSES = (*(permit.value for permit in PermitClass), "none")
# What the wall shows of people, cards, doses, tests and reports.
SCANS = (IN, OUT)
STREAMS = {
    "scan": SCANS,
    **{name: (name,) for name in ("entry.person", "dose", "test", "report.received")},
}
ENTRIES = tuple(f"entry.vehicle.{name}" for name in ENTRY_CLASSES)


def wall(centre: Centre) -> WallSnapshot:
    """Return everything the wall shows, free of personal data."""
    now = centre.now()
    end = bucket_of(now) + BUCKET
    today = local_day(now, centre.city.zone)
    day_start, _ = day_bounds(today, centre.city.zone)
    start = hour_of(now, day_start) - (LOOK_BACK_H - 1) * HOUR

    def work(conn: Connection) -> tuple[dict[tuple[str, datetime], int], ...]:
        verdicts = [f"verdict.{outcome}" for outcome in Outcome]
        reasons = [f"reason.{reason}" for reason in Reason]
        return (
            tally.by_bucket(conn, ENTRIES, day_start, end),
            tally.by_bucket(conn, verdicts, start, end),
            tally.by_bucket(conn, reasons, start, end),
        )

    def came_in(conn: Connection) -> tuple[dict[str, Stream], tuple[tuple[str, int], ...]]:
        return streams(conn, centre, STREAMS, now), by_site(conn, SCANS, today, centre.city)

    entries, verdicts, reasons = transact(centre.engine, work)
    flowing, scans_by_site = transact(centre.engine, came_in)
    reads = transact(centre.engine, partial(reads_of_last_hour, now=now))
    waiting = backlog(centre)
    flood = is_flood(centre)
    newest = newest_sighting_at(centre, now - HOUR)
    gates = {c.id for c in centre.city.cameras.values() if c.road_class is RoadClass.GATE}
    return WallSnapshot(
        as_of=now,
        figures=figures(centre).values,
        ticker=_ticker(centre, now, flood=flood),
        by_priority=waiting.by_priority,
        overdue=waiting.overdue,
        entries=by_hour(entries, day_start),
        verdicts=by_hour(verdicts, day_start),
        reasons=by_hour(reasons, day_start),
        gate_reads={gate: reads.get(gate, 0) for gate in sorted(gates)},
        cameras=camera_states(centre, reads),
        load=raised_by(centre, start, now + LOAD_STEP, LOAD_STEP),
        services=centre.live.beats("service"),
        newest_read_s=None if newest is None else max(0.0, (now - newest).total_seconds()),
        streams=flowing,
        scans_by_site=scans_by_site,
        positives={kind.kind: kind.positive for kind in positivity(centre, today, today)},
        ageing=ageing(centre),
        is_flood=flood,
    )


def _ticker(centre: Centre, now: datetime, *, flood: bool) -> tuple[TickerLine, ...]:
    """Return the lines of what a room must see; in a flood one for all of a camera and rule.

    What is shelved stands there only where nothing else does.
    """
    limit = GATHERED if flood else TICKER
    alerts = find_alerts(centre, states=ACTIVE, limit=limit)
    alerts = alerts or find_alerts(centre, states=OPEN, limit=TICKER)
    counts = waiting_together(centre) if flood else {}
    return tuple(
        _line(one.alerts[0], now, _together(one, counts))
        if isinstance(one, Group)
        else _line(one, now)
        for one in gather(alerts, is_flood=flood)[:TICKER]
    )


def _together(group: Group, counts: Mapping[tuple[str, str], int]) -> int:
    shown = len(group.alerts)
    if group.alerts[0].is_late:
        return shown
    return counts.get((group.camera, group.rule), shown)


def _line(alert: Alert, now: datetime, together: int = 1) -> TickerLine:
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
        together=together,
        seen_at=alert.last_seen_at,
        late_s=alert.late_s,
    )

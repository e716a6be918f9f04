"""The figures of one day, gathered from tallies in one snapshot: the same facts, the same value."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import quantiles

from sqlalchemy import Connection

from ioc.alerts import measures as of_alerts
from ioc.briefings import counted
from ioc.briefings.behind import Around, behind_of, places_of
from ioc.briefings.book import BriefingBook, FigureRule, SourceRule
from ioc.briefings.day import CLASSES, ByPlace, Day
from ioc.briefings.model import (
    AlertLine,
    Contents,
    Figure,
    FigureContext,
    FigureKind,
    GateLine,
    SourceLine,
)
from ioc.briefings.rules import SCHEMA, cut_off_of, suppressed
from ioc.briefings.unusual import Found, sentences
from ioc.places import City, PlaceKind, RoadClass
from ioc.reports import measures as of_reports

DAY = timedelta(days=1)
# So many days before it must have been counted for a range to be usual.
LEAST_DAYS = 5


def gather(conn: Connection, city: City, book: BriefingBook, day: date) -> Contents:
    """Return what stands on the report of `day`. Nothing in it tells when it was gathered."""
    read = Day(conn, city, book, day)
    figures = {rule.id: _figure(rule, read) for rule in book.figures}
    alerts, (start, end) = _alerts(read), read.bounds
    cut_off = cut_off_of(day, book.cut_off, city.zone)
    median = of_alerts.median_ack_s(conn, start, end, cut_off)
    behind = {
        rule.id: behind_of(rule, read.today, read.held, _around(read, rule))
        for rule in book.figures
    }
    return Contents(
        schema=SCHEMA,
        city=city.id,
        day=day.isoformat(),
        start=start.isoformat(),
        end=end.isoformat(),
        cut_off=cut_off.isoformat(),
        figures=tuple(figures.values()),
        sources=tuple(_source(rule, read, figures) for rule in book.sources),
        alerts=alerts,
        ack_median_s=None if median is None else round(median),
        gates=_gates(read),
        units={unit.id: unit.population for unit in city.units_on(day)},
        sentences=sentences(book.rules, Found(figures, behind, alerts)),
    )


def values_of(conn: Connection, city: City, book: BriefingBook, day: date) -> dict[str, int]:
    """Return the large numbers of `day` as they would be frozen now: what is open is left out."""
    read = Day(conn, city, book, day)
    counted_only = [rule for rule in book.figures if rule.kind is not FigureKind.OPEN]
    return {rule.id: _value(rule, read) for rule in counted_only}


def _figure(rule: FigureRule, read: Day) -> Figure:
    source = read.book.source(rule.source)
    series = _series(rule, read)
    as_of = _as_of(source, read)
    reported, expected = _whole(source, read, read.today)
    day = _sum(read.today, rule.metrics) - _sum(read.today, rule.less)
    before = _sum(read.day_before, rule.metrics) - _sum(read.day_before, rule.less)
    districts = {unit.id: unit.district for unit in read.city.units_on(read.day)}
    own = read.units(rule.metrics, read.today)
    return Figure(
        id=rule.id,
        kind=rule.kind.value,
        source=rule.source,
        value=_value(rule, read),
        day=day,
        before=before,
        series=series,
        band=_band(series, read.book.band_days),
        as_of=None if as_of is None else as_of.isoformat(),
        is_late=as_of is not None and as_of + read.book.missed < read.bounds[1],
        reported=reported,
        expected=expected,
        late=sum(read.late.get(metric, 0) for metric in rule.metrics),
        against=_sum(read.held, rule.against) if rule.against else None,
        parts=_parts(rule, read),
        units=suppressed(own, districts, read.book.suppress_under),
    )


def _value(rule: FigureRule, read: Day) -> int:
    if rule.kind is FigureKind.DAY:
        return _sum(read.today, rule.metrics)
    if rule.since is not None:
        found = counted.to_date(read.conn, rule.metrics, read.day, read.city.zone, rule.since)
        return sum(found.values())
    return _sum(read.held, rule.metrics) - _sum(read.held, rule.less)


def _series(rule: FigureRule, read: Day) -> tuple[int, ...]:
    """Return one value a day, the oldest first: what it brought, or what was open at its end."""
    days = [read.day - DAY * n for n in range(read.book.days)]
    brought = [_on(read, rule.metrics, day) - _on(read, rule.less, day) for day in days]
    if rule.kind is not FigureKind.OPEN:
        return tuple(reversed(brought))
    level, levels = _value(rule, read), []
    for n in brought:
        levels.append(level)
        level -= n
    return tuple(reversed(levels))


def _on(read: Day, metrics: Sequence[str], day: date) -> int:
    return sum(read.days.get((metric, day), 0) for metric in metrics)


def _band(series: Sequence[int], days: int) -> tuple[int, int] | None:
    """Return P10 and P90 of the days before the last one, from the first that counted anything."""
    past = list(series[:-1][-days:])
    while past and not past[0]:
        past.pop(0)
    if len(past) < LEAST_DAYS:
        return None
    cuts = quantiles(past, n=10, method="inclusive")
    return round(cuts[0]), round(cuts[8])


def _parts(rule: FigureRule, read: Day) -> dict[str, int]:
    match rule.context:
        case FigureContext.POPULATION:
            return {"population": sum(u.population for u in read.city.units_on(read.day))}
        case FigureContext.CLASSES:
            return {
                name: _sum(read.today, [f"{metric}.{name}" for metric in rule.metrics])
                for name in CLASSES
            }
        case FigureContext.OVERDUE:
            before = of_reports.overdue_at(read.conn, read.bounds[0])
            return {
                "came": _sum(read.today, rule.metrics),
                "left": _sum(read.today, rule.less),
                "overdue": sum(n for n, _ in read.overdue.values()),
                "overdue_before": sum(n for n, _ in before.values()),
            }
        case FigureContext.SHARE:
            args = (rule.part, read.day, read.city.zone, rule.since)
            return {"part": sum(counted.to_date(read.conn, *args).values())}
        case FigureContext.REPORTED:
            reported, _ = _whole(read.book.source(rule.source), read, read.day_before)
            return {} if reported is None else {"reported_before": reported}
    return {}


def _source(rule: SourceRule, read: Day, figures: Mapping[str, Figure]) -> SourceLine:
    as_of = _as_of(rule, read)
    reported, expected = _whole(rule, read, read.today)
    held = next(
        (f for f in figures.values() if f.source == rule.id and f.against is not None), None
    )
    return SourceLine(
        id=rule.id,
        as_of=None if as_of is None else as_of.isoformat(),
        is_late=as_of is not None and as_of + read.book.missed < read.bounds[1],
        reported=reported,
        expected=expected,
        held=None if held is None else held.value,
        whole=None if held is None else held.against,
        late=sum(read.late.get(metric, 0) for metric in rule.metrics),
    )


def _as_of(rule: SourceRule | None, read: Day) -> datetime | None:
    metrics = () if rule is None else rule.metrics
    found = [read.newest[metric] for metric in metrics if metric in read.newest]
    return min(max(found), read.bounds[1]) if found else None


def _whole(
    rule: SourceRule | None, read: Day, counts: ByPlace
) -> tuple[int, int] | tuple[None, None]:
    """Return how many of the places that should have counted did."""
    should = None if rule is None else places_of(rule.places, read.city, read.day)
    if rule is None or should is None:
        return None, None
    did = {place for (metric, place), n in counts.items() if metric in rule.metrics and n > 0}
    return len(should & did), len(should)


def _alerts(read: Day) -> tuple[AlertLine, ...]:
    (start, end), until = read.bounds, cut_off_of(read.day, read.book.cut_off, read.city.zone)
    now = of_alerts.by_reason(read.conn, start, end, until)
    before = of_alerts.by_reason(read.conn, start - DAY, start, until)
    place = {reason: n for n, line in enumerate(read.book.alerts) for reason in line.reasons}
    sums_of: dict[int, list[int]] = {n: [0, 0, 0, 0] for n in range(len(read.book.alerts))}
    for rows, is_day in ((now, True), (before, False)):
        for reason, raised, ended, false in rows:
            line = sums_of.setdefault(place.get(reason, -1), [0, 0, 0, 0])
            values = (raised, 0, ended, false) if is_day else (0, raised, 0, 0)
            line[:] = [one + other for one, other in zip(line, values, strict=True)]
    order = sorted(sums_of.items(), key=lambda item: (item[0] < 0, item[0]))
    return tuple(AlertLine(n, *line) for n, line in order)


def _gates(read: Day) -> tuple[GateLine, ...]:
    """Return what came in at each gate: its lanes are one, where the first camera stands."""
    found: dict[str, GateLine] = {}
    for place in sorted(read.city.of_kind(PlaceKind.CAMERA, read.day), key=lambda one: one.id):
        camera = read.city.cameras[place.id]
        if camera.road_class is not RoadClass.GATE:
            continue
        # The name of a lane's camera begins with the gate's name, up to the comma.
        name = camera.name.split(",")[0]
        n = read.today.get(("entry.vehicle", camera.id), 0)
        known = found.get(name, GateLine(name, camera.lat, camera.lon, 0))
        found[name] = GateLine(name, known.lat, known.lon, known.n + n)
    return tuple(sorted(found.values(), key=lambda gate: (-gate.n, gate.name)))


def _around(read: Day, rule: FigureRule) -> Around:
    source = read.book.source(rule.source)
    should = None if source is None else places_of(source.places, read.city, read.day)
    return Around(read.city, read.bounds[1], read.overdue, should)


def _sum(counts: ByPlace, metrics: Sequence[str]) -> int:
    return sum(n for (metric, _), n in counts.items() if metric in metrics)

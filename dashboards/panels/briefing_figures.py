"""The figures of the briefing: three sentences, then small multiples that share the time axis."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dashboards.components import badge
from dashboards.figures.bars import hour_bars
from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.clock import day_bounds
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.snapshot import BriefingSnapshot, Compared

HOUR = timedelta(hours=1)
CHART = (316, 118)
NOTHING = Compared(0, 0, 0)


def points(snapshot: BriefingSnapshot, words: Words) -> Html:
    """Return the three sentences that leadership reads first."""
    entries, stops = _line(snapshot, "entry.vehicle"), _line(snapshot, "verdict.stop")
    alerts, before = snapshot.alerts, snapshot.alerts_day_before
    ack = _minutes(alerts.median_ack_s, words)
    return el(
        "ol",
        [
            _point(
                1,
                words.say("briefing_live.point_entries", n=words.number(entries.so_far)),
                words.say(
                    "briefing_live.against",
                    n=words.number(entries.day_before_so_far),
                    change=_change(entries, words),
                    whole=words.number(entries.day_before),
                ),
            ),
            _point(
                2,
                words.say("briefing_live.point_stops", n=words.number(stops.so_far)),
                words.say(
                    "briefing_live.against",
                    n=words.number(stops.day_before_so_far),
                    change=_change(stops, words),
                    whole=words.number(stops.day_before),
                ),
            ),
            _point(
                3,
                words.say(
                    "briefing_live.point_alerts",
                    closed=words.number(alerts.closed),
                    raised=words.number(alerts.raised),
                ),
                words.say(
                    "briefing_live.ack_against",
                    now=ack,
                    before=_minutes(before.median_ack_s, words),
                    raised=words.number(before.raised),
                ),
            ),
        ],
        cls="points",
    )


def _point(number: int, title: str, text: str) -> Html:
    return el("li", el("b", number), el("div", el("h2", title), el("p", text)))


def multiples(snapshot: BriefingSnapshot, city: City, words: Words) -> Html:
    """Return entries in all and by pass, each by hour, today over yesterday."""
    whole = _figure(
        words.say("briefing_live.entries"),
        _line(snapshot, "entry.vehicle"),
        _chart(snapshot, None, city),
        (snapshot, words),
    )
    classes = [_class_figure(snapshot, kind, city, words) for kind in PermitClass]
    return el("div", whole, classes, cls="multiples")


def _class_figure(snapshot: BriefingSnapshot, kind: PermitClass, city: City, words: Words) -> Html:
    title = [badge(kind, words, 22), words.say(kind)]
    line = _line(snapshot, f"entry.vehicle.{kind}")
    return _figure(title, line, _chart(snapshot, kind, city), (snapshot, words))


def _figure(
    title: object, line: Compared, chart: Html, context: tuple[BriefingSnapshot, Words]
) -> Html:
    snapshot, words = context
    source = words.say("briefing_live.source_gates", time=words.minute(snapshot.until))
    return el(
        "figure",
        el("h3", title),
        el("b", words.number(line.so_far), cls="figure-value"),
        el("p", words.say("briefing_live.change", change=_change(line, words))),
        chart,
        el("figcaption", source),
    )


def _chart(snapshot: BriefingSnapshot, kind: PermitClass | None, city: City) -> Html:
    start, _ = day_bounds(snapshot.day, city.zone)
    before, _ = day_bounds(snapshot.day - timedelta(days=1), city.zone)
    hour = min(23, int((snapshot.as_of - start) / HOUR))
    today = _hours(snapshot.entries, kind, start)
    return hour_bars(today, hour, CHART, before=_hours(snapshot.entries_day_before, kind, before))


def _hours(
    counts: Mapping[tuple[datetime, str], int], kind: PermitClass | None, start: datetime
) -> list[int]:
    hours = [0] * 24
    for (at, name), n in counts.items():
        if kind is None or name == kind:
            hours[min(23, max(0, (at - start) // HOUR))] += n
    return hours


def _line(snapshot: BriefingSnapshot, metric: str) -> Compared:
    return snapshot.lines.get(metric, NOTHING)


def _change(line: Compared, words: Words) -> str:
    if line.day_before_so_far == 0:
        return words.signed(line.so_far)
    share = (line.so_far - line.day_before_so_far) / line.day_before_so_far
    sign = "+" if share > 0 else ""
    return f"{sign}{words.percent(share)}"


def _minutes(seconds: float | None, words: Words) -> str:
    if seconds is None:
        return words.say("briefing_live.none")
    return words.age(timedelta(seconds=seconds))

"""What came in through the day, one wide tile a stream: number, curve, usual range, hours."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.components import live_age, tile
from dashboards.figures.bands import hour_axis
from dashboards.figures.bars import hour_bars
from dashboards.markup import Html, el
from dashboards.panels.wall_intake import FACILITIES_S, SCANS_S
from dashboards.panels.wall_streams import curve, hour_now, stream_age, usual
from dashboards.words import Words
from ioc.clock import day_bounds, local_day
from ioc.hours import HOUR
from ioc.places import City
from ioc.snapshot import WallSnapshot
from ioc.walls import Tile

PERIOD_S = 10
SIZE = (620, 150)
BARS = (620, 178)


@dataclass(frozen=True)
class DayTile:
    """The tile of one stream.

    Attributes:
        stream: its name in wallboard.STREAMS.
        title, unit: keys of labels.
        period_s: how often it is counted; None: with every push.
    """

    stream: str
    title: str
    unit: str
    period_s: int | None = None

    def __call__(self, snapshot: WallSnapshot, city: City, words: Words) -> Html:
        """Return it as it is now."""
        stream = snapshot.streams[self.stream]
        return _wide(
            words.say(self.title),
            (
                words.number(stream.today),
                words.say(self.unit),
                el("small", usual(stream, snapshot, city, words)),
            ),
            [curve(stream, snapshot, city, words, SIZE), hour_axis(SIZE[0])],
            live_age(PERIOD_S)
            if self.period_s is None
            else stream_age(stream, self.period_s, snapshot, city, words),
        )


def vehicles(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the vehicles that entered by the hour; the hour that runs is marked."""
    start, _ = day_bounds(local_day(snapshot.as_of, city.zone), city.zone)
    hours = [0] * 24
    for (at, _permit), n in snapshot.entries.items():
        hours[min(23, max(0, (at - start) // HOUR))] += n
    whole = snapshot.figures.get("entries_vehicles_today", sum(hours))
    return _wide(
        words.say("wall.vehicles_day"),
        (words.number(whole), words.say("wall.vehicles_unit"), None),
        [hour_bars(hours, int(hour_now(snapshot, city)), BARS)],
        live_age(PERIOD_S),
    )


def _wide(title: str, told: tuple[str, str, Html | None], drawn: list[Html], age: Html) -> Html:
    value, unit, beside = told
    return tile(
        title,
        el(
            "div",
            el("div", el("span", value, cls="figure-value is-second"), el("p", unit), beside),
            el("div", drawn, cls="hours-place"),
            cls="day-row",
        ),
        age=age,
        name="day-tile",
    )


STREAMS: Mapping[Tile, DayTile] = {
    Tile.PEOPLE_DAY: DayTile("entry.person", "wall.people_day", "wall.people"),
    Tile.SCANS_DAY: DayTile("scan", "wall.scans", "wall.scans_unit", SCANS_S),
    Tile.DOSES_DAY: DayTile("dose", "wall.doses_day", "wall.doses_day_unit", FACILITIES_S),
    Tile.TESTS_DAY: DayTile("test", "wall.tests_day", "wall.tests_unit", FACILITIES_S),
    Tile.REPORTS_DAY: DayTile("report.received", "wall.reports_day", "wall.reports_unit"),
}

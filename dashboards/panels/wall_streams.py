"""How a stream of facts is told on the wall: its number, its curve, its usual range."""

from datetime import timedelta

from dashboards.components import age_badge
from dashboards.figures.bands import band_chart
from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.clock import day_bounds, local_day
from ioc.hours import HOUR
from ioc.places import City
from ioc.snapshot import Stream, WallSnapshot
from ioc.usual import LEAST_WEEKS, is_awaited, usual_by_now

MINUTE = timedelta(minutes=1)
# Digits and points of a figure that the styles tell apart.
LONGEST = 9


def hero_value(n: int, words: Words, cls: str = "is-second") -> Html:
    """Return the large figure of a tile; a long one is drawn smaller, so that its words fit."""
    told = words.number(n)
    return el("span", told, cls=f"figure-value {cls} of-{min(len(told), LONGEST)}")


def hour_now(snapshot: WallSnapshot, city: City) -> float:
    """Return the time of day in the city, in hours, to the minute: what is usual moves slowly."""
    start, _ = day_bounds(local_day(snapshot.as_of, city.zone), city.zone)
    return (snapshot.as_of - start) // MINUTE * MINUTE / HOUR


def usual(stream: Stream, snapshot: WallSnapshot, city: City, words: Words) -> str:
    """Return the usual range of the sum until now, or how far it is from being known."""
    if stream.band is None:
        return words.say("wall.usual_none", held=stream.weeks, least=LEAST_WEEKS)
    low, high = usual_by_now(stream.band, hour_now(snapshot, city))
    return words.say("wall.usual", low=words.number(round(low)), high=words.number(round(high)))


def stream_age(
    stream: Stream, period_s: int, snapshot: WallSnapshot, city: City, words: Words
) -> Html:
    """Return the age of a stream's newest; it is late only at hours at which something comes."""
    awaited = is_awaited(stream.band, int(hour_now(snapshot, city)))
    return age_badge(stream.newest_at, period_s if awaited else 0, words)


def curve(
    stream: Stream,
    snapshot: WallSnapshot,
    city: City,
    words: Words,
    size: tuple[int, int],
) -> Html:
    """Return the hours of today before their usual range, told in words too."""
    said = words.say(
        "wall.curve",
        n=words.number(stream.today),
        time=words.minute(snapshot.as_of),
        usual=usual(stream, snapshot, city, words),
    )
    return band_chart(
        stream.hours,
        (stream.band.low, stream.band.high) if stream.band else ((), ()),
        hour_now(snapshot, city),
        size,
        said,
    )

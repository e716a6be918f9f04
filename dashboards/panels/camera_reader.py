"""A camera that reads plates itself: who it is, how its clock goes, how far it is believed."""

from datetime import datetime, timedelta

from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.readers.model import Calibration, Clock, ClockState, ReaderState
from ioc.readers.rules import LEAST_LABELLED, believed
from ioc.vendors import SelfReader

SAID = 0.99
# Pictures of it come to us: we read them, too.
WATCHED = ("live", "connecting", "lost")


def reader_told(reader: SelfReader | None, state: str, age: timedelta | None, words: Words) -> Html:
    """Return who reads the plates of a camera: we, itself, or both; and how long ago it did."""
    if reader is None:
        return el("span", words.say("reader.own"))
    heard = None if age is None else words.say("reader.ago", age=words.age(age))
    also = words.say("reader.also") if state in WATCHED else None
    small = " · ".join(part for part in (also, heard) if part)
    return join([el("span", words.say(reader.maker)), el("small", small) if small else None])


def clock_told(clock: Clock, words: Words) -> str:
    """Return how the camera's own clock goes, and whether its times are repaired."""
    if clock.state is not ClockState.REPAIRED:
        return words.say(f"reader_clock.{clock.state}")
    seconds = clock.behind.total_seconds()
    way = "behind" if seconds > 0 else "ahead"
    return words.say(f"reader_clock.{way}", age=span_told(abs(seconds), words))


def own_clock(clock: Clock | None, words: Words) -> Html | None:
    """Return that the times a camera tells are repaired, in small; None where they are not."""
    if clock is None or clock.state is not ClockState.REPAIRED:
        return None
    return el("small", clock_told(clock, words))


def span_told(seconds: float, words: Words) -> str:
    """Return a span with its seconds: a clock that is seven hours off is off by a zone, or is not.

    >>> from zoneinfo import ZoneInfo
    >>> from ioc.labels import Language
    >>> span_told(25203, Words(Language.EN, ZoneInfo("UTC")))
    '7:00:03 h'
    """
    if seconds < 60:
        return words.say("age.second", n=words.number(seconds, 1))
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def reader_facts(one: ReaderState, reader: SelfReader, now: datetime, words: Words) -> Html:
    """Return what is known of a camera that reads itself."""
    heard = one.heard_at
    pairs = (
        ("who", words.say(reader.maker), words.say(f"reader_way.{way_of(reader)}")),
        (
            "heard",
            words.say("reader.never") if heard is None else words.age(now - heard),
            "" if heard is None else words.moment(heard),
        ),
        (
            "clock",
            clock_told(one.clock, words),
            words.say("reader.of_messages", n=words.number(one.clock.samples)),
        ),
        ("believed", *belief_told(one.calibration, words)),
    )
    return el(
        "section",
        el("h3", words.say("reader.head")),
        el(
            "dl",
            [
                el(
                    "div",
                    el("dt", words.say(f"reader.{name}")),
                    el("dd", el("b", value), el("small", told)),
                )
                for name, value, told in pairs
            ],
            cls="scores reads-itself",
        ),
    )


def belief_told(learned: Calibration, words: Words) -> tuple[str, str]:
    """Return how likely a plate is right of which it is all but sure, and by what that is known."""
    value = words.percent(believed(learned, SAID), 1)
    if learned.learned_at is None:
        return value, words.say("reader.city")
    key = "learned" if learned.labelled >= LEAST_LABELLED else "too_few"
    return value, words.say(
        f"reader.{key}",
        n=words.number(learned.labelled),
        right=words.number(learned.right),
        least=LEAST_LABELLED,
        time=words.moment(learned.learned_at),
    )


def way_of(reader: SelfReader) -> str:
    """Return how what it reads comes to us, by the name of its label."""
    if reader.pull is not None:
        return "asked"
    return "published" if reader.topic is not None else "sent"

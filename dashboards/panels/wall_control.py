"""The last column of the wall: verdicts on permits, and what the room has to carry."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from dashboards.components import badge, icon, live_age, tile
from dashboards.figures.bars import load_bars, mini_bars
from dashboards.markup import Html, el
from dashboards.panels.reasons import SIGN_OF, STOPPED, class_of
from dashboards.words import Words
from ioc.clock import day_bounds, local_day
from ioc.places import City
from ioc.snapshot import WallSnapshot
from ioc.vehicles.model import Outcome, Reason

PERIOD_S = 10
HOUR, STEP = timedelta(hours=1), timedelta(minutes=10)
HOURS = 6
# EEMUA 191: one alarm per operator in ten minutes is what a person can handle for a shift.
LOAD_LIMIT = 1.0
LOAD_STEPS = 12
REASONS = 4


def verdicts(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the permit verdicts of six hours: outcomes first, then why vehicles were stopped."""
    hours = _last(snapshot, city, HOUR, HOURS)
    outcomes = [
        _verdict(
            icon(outcome), words.say(outcome), _series(snapshot.verdicts, outcome, hours), words
        )
        for outcome in (Outcome.PASS, Outcome.NOTE, Outcome.REVIEW)
    ]
    found = [(reason, _series(snapshot.reasons, reason, hours)) for reason in STOPPED]
    busiest = sorted(found, key=lambda pair: -sum(pair[1]))[:REASONS]
    stops = [
        _verdict(
            _reason_sign(reason, words),
            words.say(f"short_reason.{reason}"),
            series,
            words,
            is_normal=False,
        )
        for reason, series in busiest
    ]
    return tile(
        words.say("wall.verdicts", hours=HOURS),
        [*outcomes, *stops],
        age=live_age(PERIOD_S),
        name="verdicts",
    )


def _reason_sign(reason: Reason, words: Words) -> Html:
    permit_class = class_of(reason)
    if permit_class is not None:
        return badge(permit_class, words, 32)
    return icon(SIGN_OF.get(reason, "clock"))


def _verdict(
    sign: Html, name: str, series: Sequence[int], words: Words, *, is_normal: bool = True
) -> Html:
    return el(
        "div",
        sign,
        el("span", name),
        mini_bars(series),
        el("b", words.number(sum(series)), cls="count"),
        cls="verdict is-normal" if is_normal else "verdict",
    )


def alarm_load(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the alerts a person had to take in each ten minutes of two hours."""
    operators = city.limits.operators
    marks = _last(snapshot, city, STEP, LOAD_STEPS)
    values = [snapshot.load.get(at, 0) / operators for at in marks]
    mean = sum(values) / len(values)
    return tile(
        words.say("wall.load"),
        el(
            "div",
            el(
                "div",
                el("span", words.number(mean, 1), cls="figure-value"),
                el("small", words.say("wall.load_unit")),
            ),
            load_bars(values, LOAD_LIMIT, (268, 84), words.say("wall.load_limit")),
            cls="load-row",
        ),
        age=live_age(PERIOD_S),
        name="load",
    )


def _last(snapshot: WallSnapshot, city: City, step: timedelta, count: int) -> list[datetime]:
    """Return the starts of the last `count` steps of the city's day, the running one last."""
    day, _ = day_bounds(local_day(snapshot.as_of, city.zone), city.zone)
    last = day + (snapshot.as_of - day) // step * step
    return [last - step * n for n in range(count - 1, -1, -1)]


def _series(
    counts: Mapping[tuple[datetime, str], int], name: str, hours: Sequence[datetime]
) -> list[int]:
    return [counts.get((at, name), 0) for at in hours]

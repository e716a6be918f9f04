"""What the room has to bear against what it can: load, flood, noise, what is forgotten."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboards.components import age_badge, choices, key_cap, tile
from dashboards.figures.bars import load_bars
from dashboards.markup import Html, el
from dashboards.panels.shift_list import place_of
from dashboards.words import Words
from ioc.alerts.model import AlarmLoad, Mute, Noise
from ioc.limits import Limits
from ioc.patrols.model import Patrol, PatrolStatus
from ioc.places import City

BARS = 12
NOISY = 6
PERIOD_S = 10
BUSY = (PatrolStatus.ASSIGNED, PatrolStatus.EN_ROUTE, PatrolStatus.AT_SCENE)


def gauge(load: AlarmLoad, now: datetime, limits: Limits, words: Words) -> Html:
    """Return the alerts of one operator in ten minutes, and the bars of two hours."""
    counts = list(load.bins.values())[-BARS:]
    values = [count / limits.operators for count in counts]
    mean = sum(values) / len(values)
    limit = limits.alarms.per_operator
    return tile(
        words.say("wall.load"),
        el(
            "div",
            el(
                "div",
                el(
                    "span",
                    words.number(mean, 1),
                    cls="figure-value urgent" if mean > limit else "figure-value",
                ),
                el("small", words.say("wall.load_unit")),
            ),
            load_bars(
                values,
                limit,
                (420, 110),
                words.say("shift.load_limit", limit=words.number(limit, 1)),
            ),
            cls="load-row",
        ),
        el("p", _flood(load, counts[-1], limits, words), cls="context flood-line"),
        age=age_badge(now, PERIOD_S, words),
        name="shift-gauge",
    )


def _flood(load: AlarmLoad, last: int, limits: Limits, words: Words) -> Html:
    if not load.is_flood:
        return el("span", words.say("wall.load_of", n=limits.operators))
    told = words.say("shift.flood", n=words.number(last), limit=limits.alarms.flood)
    return el("strong", told, cls="urgent")


def figures(
    load: AlarmLoad, patrols: Sequence[Patrol], hours: int, now: datetime, words: Words
) -> Html:
    """Return how the shift does: what waits too long, how fast alerts are taken, what was false."""
    waits = load.backlog
    false = (
        "–"
        if load.false_share is None
        else f"{words.percent(load.false_share, 1)} ({words.number(load.ended)})"
    )
    ack = "–" if load.median_ack_s is None else words.say("age.second", n=round(load.median_ack_s))
    oldest = "–" if waits.oldest_at is None else words.age(now - waits.oldest_at)
    free = sum(p.status is PatrolStatus.FREE for p in patrols)
    busy = sum(p.status in BUSY for p in patrols)
    lines = (
        ("shift.fig_overdue", words.number(waits.overdue), waits.overdue > 0),
        ("shift.fig_unitless", words.number(waits.unitless), waits.unitless > 0),
        ("shift.fig_oldest", oldest, False),
        ("shift.fig_stale", words.number(waits.stale), waits.stale > 0),
        ("shift.fig_ack", ack, False),
        ("shift.fig_late", f"{words.number(load.late)}/{words.number(load.taken)}", False),
        ("shift.fig_false", false, False),
        ("shift.fig_chatter", words.number(len(load.chatter)), False),
        ("shift.fig_units", words.say("shift.units_of", free=free, busy=busy), False),
    )
    return el(
        "section",
        el("h3", words.say("shift.figures"), el("small", words.say("shift.hours", n=hours))),
        el(
            "dl",
            [
                el(
                    "div",
                    el("dt", words.say(key)),
                    el("dd", value, cls="urgent" if is_urgent else None),
                )
                for key, value, is_urgent in lines
            ],
        ),
        cls="shift-figures",
    )


def noisy(
    load: AlarmLoad, muted: Sequence[Mute], reasons: Mapping[str, str], city: City, words: Words
) -> Html:
    """Return the cameras and rules that cried most; `reasons` says of what a rule speaks."""
    quiet = {(mute.camera, mute.rule) for mute in muted}
    rows = [
        el(
            "li",
            el("b", words.number(pair.raised), cls="num"),
            el(
                "span",
                el("strong", place_of(pair.camera, city)),
                el("small", _of(pair.rule, reasons, words)),
                cls="what",
            ),
            el("span", _false(pair, words), cls="side"),
            cls="shift-row noise-row",
            role="option",
            aria_selected="false",
            data_item=f"noise:{pair.camera}|{pair.rule}",
        )
        for pair in load.noisy[:NOISY]
        if (pair.camera, pair.rule) not in quiet
    ]
    return el(
        "section",
        el("h3", words.say("shift.noisy"), el("small", key_cap("G"), words.say("shift.mute"))),
        choices(rows, words.say("shift.noisy"))
        if rows
        else el("p", words.say("shift.noisy_none"), cls="quiet none"),
        cls="shift-block",
    )


def _false(pair: Noise, words: Words) -> str:
    return words.say("shift.false_of", n=pair.false, of=pair.ended) if pair.ended else ""


def _of(rule: str, reasons: Mapping[str, str], words: Words) -> str:
    reason = reasons.get(rule)
    return rule if reason is None else f"{words.say(f'short_reason.{reason}')} ({rule})"

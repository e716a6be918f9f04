"""The three sentences: which figures are unusual, by which rule, and what is said of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ioc.briefings.book import UnusualRule
from ioc.briefings.model import AlertLine, Figure, RuleKind, Saying, Sentence

SENTENCES = 3
MOST_SCORE = 1000.0
Values = Mapping[str, int | str]


@dataclass(frozen=True)
class Behind:
    """What is known of a figure beyond its numbers, for the second part of a sentence.

    Attributes:
        top: the place that had most of the day, with its count.
        silent: places that should have counted and did not, by district, most first.
        short: places that hold most of the gap, with how much, most first.
        agencies: who holds most of what is overdue, most first.
        oldest_days: how old the oldest of it is.
    """

    top: tuple[str, int] | None = None
    silent: tuple[tuple[str, int], ...] = ()
    short: tuple[tuple[str, int], ...] = ()
    agencies: tuple[tuple[str, int], ...] = ()
    oldest_days: int | None = None


@dataclass(frozen=True)
class Found:
    """What the rules look at."""

    figures: Mapping[str, Figure]
    behind: Mapping[str, Behind] = field(default_factory=dict)
    alerts: Sequence[AlertLine] = ()


@dataclass(frozen=True)
class Look:
    """One rule before its figure."""

    rule: UnusualRule
    figure: Figure
    behind: Behind
    alerts: Sequence[AlertLine]


def sentences(rules: Sequence[UnusualRule], found: Found) -> tuple[Sentence, ...]:
    """Return the three points: the rules that fit best, one a figure; then what is as usual."""
    fitting = [one for rule in rules if (one := _applied(rule, found)) is not None]
    fitting.sort(key=lambda one: -one.score)
    chosen: dict[str, Sentence] = {}
    for one in fitting:
        chosen.setdefault(one.figure, one)
    calm = (_steady(figure) for name, figure in found.figures.items() if name not in chosen)
    return (*chosen.values(), *calm)[:SENTENCES]


def _applied(rule: UnusualRule, found: Found) -> Sentence | None:
    figure = found.figures.get(rule.figure)
    if figure is None or rule.kind not in RULES:
        return None
    behind = found.behind.get(rule.figure, Behind())
    result = RULES[rule.kind](Look(rule, figure, behind, found.alerts))
    if result is None:
        return None
    ratio, says = result
    score = round(min(MOST_SCORE, ratio * rule.weight) * 1000)
    return Sentence(rule.id, rule.kind.value, rule.figure, score, says)


Result = tuple[float, tuple[Saying, ...]] | None


def _change(look: Look) -> Result:
    rule, figure, behind = look.rule, look.figure, look.behind
    past = figure.series[-1 - rule.over : -1]
    mean = sum(past) / len(past) if past else 0.0
    # A source that began in these days has no mean to speak of.
    if len(past) < rule.over or mean <= 0 or not rule.share or not all(past):
        return None
    share = (figure.day - mean) / mean
    if abs(share) < rule.share:
        return None
    way = "up" if share > 0 else "down"
    says = [
        Saying(f"briefing_said.change_{way}", {"figure": figure.id, "n": figure.day}),
        Saying(f"briefing_said.mean_{way}", {"days": rule.over, "by_pct": _hundredths(abs(share))}),
        *_top(figure, behind),
        *_silence(figure, behind),
    ]
    return abs(share) / rule.share, tuple(says)


def _band(look: Look) -> Result:
    figure, behind = look.figure, look.behind
    if figure.band is None or figure.band[0] <= figure.series[-1] <= figure.band[1]:
        return None
    low, high = figure.band
    n = figure.series[-1]
    edge = high if n > high else low
    way = "over" if n > high else "under"
    says = [
        Saying(f"briefing_said.band_{way}", {"figure": figure.id, "n": n}),
        Saying("briefing_said.steady_band", {"low": low, "high": high}),
        *_top(figure, behind),
    ]
    return 1 + abs(n - edge) / max(1, high - low), tuple(says)


def _gap(look: Look) -> Result:
    rule, figure, behind = look.rule, look.figure, look.behind
    gap, whole = figure.gap, figure.against
    if gap is None or whole is None or gap < max(1, rule.least) or whole <= 0:
        return None
    says = [
        Saying("briefing_said.gap", {"figure": figure.id, "n": gap}),
        Saying(
            "briefing_said.gap_share",
            {
                "figure": figure.id,
                "n": figure.value,
                "held_pct": _hundredths(figure.value / whole),
                "whole": whole,
            },
        ),
    ]
    if behind.short:
        most = sum(n for _, n in behind.short)
        values: Values = {"places": len(behind.short), "n": most, "place": behind.short[0][0]}
        says.append(Saying("briefing_said.gap_places", values))
    return gap / max(1, rule.least), tuple(says)


def _overdue(look: Look) -> Result:
    rule, figure, behind = look.rule, look.figure, look.behind
    n, before = figure.parts.get("overdue", 0), figure.parts.get("overdue_before", 0)
    if n < max(1, rule.least):
        return None
    way = "same" if n == before else "more" if n > before else "less"
    says = [
        Saying("briefing_said.overdue", {"figure": figure.id, "n": n}),
        Saying(f"briefing_said.overdue_{way}", {"n": abs(n - before)}),
    ]
    if len(behind.agencies) > 1:
        (first, n1), (second, n2) = behind.agencies[:2]
        values: Values = {"first_agency": first, "n1": n1, "second_agency": second, "n2": n2}
        says.append(Saying("briefing_said.overdue_agencies", values))
    if behind.oldest_days is not None:
        says.append(Saying("briefing_said.overdue_oldest", {"days": behind.oldest_days}))
    return n / max(1, rule.least), tuple(says)


def _silent(look: Look) -> Result:
    rule, figure, behind = look.rule, look.figure, look.behind
    if figure.expected is None or figure.reported is None or not figure.expected:
        return None
    silent = figure.expected - figure.reported
    share = silent / figure.expected
    if silent <= 0 or share < rule.share or not figure.day:
        return None
    values: Values = {"figure": figure.id, "n": silent, "of": figure.expected}
    says = [Saying("briefing_said.silent", values), *_silence(figure, behind)[:1]]
    return share / max(rule.share, 0.01), tuple(says)


def _late(look: Look) -> Result:
    figure = look.figure
    if not figure.is_late or figure.as_of is None:
        return None
    values: Values = {"figure": figure.id, "as_of": figure.as_of}
    return 1.0, (Saying("briefing_said.late", values), Saying("briefing_said.late_more", {}))


def _false(look: Look) -> Result:
    rule = look.rule
    ended, false = sum(a.ended for a in look.alerts), sum(a.false for a in look.alerts)
    if ended < max(1, rule.least) or not rule.share or false / ended < rule.share:
        return None
    says = (
        Saying("briefing_said.false", {"false_pct": _hundredths(false / ended)}),
        Saying("briefing_said.false_of", {"n": false, "ended": ended}),
    )
    return false / ended / rule.share, says


def _steady(figure: Figure) -> Sentence:
    """Return the sentence of a figure of which no rule speaks."""
    n = figure.series[-1] if figure.series else figure.day
    if figure.band is None:
        says = [
            Saying("briefing_said.steady_new", {"figure": figure.id, "n": n}),
            Saying("briefing_said.steady_few", {}),
        ]
    else:
        low, high = figure.band
        inside = "in" if low <= n <= high else "near"
        says = [
            Saying(f"briefing_said.steady_{inside}", {"figure": figure.id, "n": n}),
            Saying("briefing_said.steady_band", {"low": low, "high": high}),
        ]
    return Sentence("", RuleKind.STEADY.value, figure.id, 0, tuple(says))


def _top(figure: Figure, behind: Behind) -> list[Saying]:
    if behind.top is None or not figure.day:
        return []
    place, n = behind.top
    return [Saying("briefing_said.top", {"place": place, "of_pct": _hundredths(n / figure.day)})]


def _silence(figure: Figure, behind: Behind) -> list[Saying]:
    """Say which places were silent, and where most of them are."""
    if not behind.silent or figure.expected is None:
        return []
    values: dict[str, int | str] = {
        "silent": sum(n for _, n in behind.silent),
        "of": figure.expected,
        "first": behind.silent[0][0],
    }
    if len(behind.silent) == 1:
        return [Saying("briefing_said.silent_in_one", values)]
    return [Saying("briefing_said.silent_in", {**values, "second": behind.silent[1][0]})]


def _hundredths(share: float) -> int:
    return round(share * 10_000)


RULES = {
    RuleKind.CHANGE: _change,
    RuleKind.BAND: _band,
    RuleKind.GAP: _gap,
    RuleKind.OVERDUE: _overdue,
    RuleKind.SILENT: _silent,
    RuleKind.LATE: _late,
    RuleKind.FALSE: _false,
}

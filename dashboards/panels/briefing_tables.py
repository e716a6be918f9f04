"""The tables of the briefing: gates, verdicts, stops by reason, alerts handled."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from dashboards.components import badge
from dashboards.markup import Html, el
from dashboards.panels.reasons import RARE, STOPPED, class_of
from dashboards.words import Words
from ioc.places import City
from ioc.snapshot import BriefingSnapshot, Compared
from ioc.vehicles.model import Outcome

GATES = 8
NOTHING = Compared(0, 0, 0)
Line = tuple[object, Compared]


def tables(snapshot: BriefingSnapshot, city: City, words: Words) -> Html:
    """Return the tables beside one another."""
    verdicts = _table(
        "briefing_live.by_verdict", _outcomes(snapshot, words), snapshot, words, total=True
    )
    return el(
        "div",
        _table("briefing_live.by_gate", _gates(snapshot, city), snapshot, words, total=True),
        _table("briefing_live.by_reason", _reasons(snapshot, words), snapshot, words, total=True),
        el("div", verdicts, _alerts(snapshot, words)),
        cls="tables",
    )


def _gates(snapshot: BriefingSnapshot, city: City) -> list[Line]:
    sums: dict[str, Compared] = {}
    for name, line in snapshot.gates.items():
        # The name of a lane's camera begins with the gate's name, up to the comma.
        gate = city.cameras[name].name.split(",")[0] if name in city.cameras else name
        sums[gate] = _plus(sums.get(gate, NOTHING), line)
    found = sorted(sums.items(), key=lambda pair: (-pair[1].so_far, pair[0]))
    rest = NOTHING
    for _, line in found[GATES:]:
        rest = _plus(rest, line)
    shown: list[Line] = [*found[:GATES]]
    return [*shown, ("\u2026", rest)] if found[GATES:] else shown


def _outcomes(snapshot: BriefingSnapshot, words: Words) -> list[Line]:
    return [
        (words.say(outcome), snapshot.lines.get(f"verdict.{outcome}", NOTHING))
        for outcome in Outcome
    ]


def _reasons(snapshot: BriefingSnapshot, words: Words) -> list[Line]:
    found = [(reason, snapshot.lines.get(f"reason.{reason}", NOTHING)) for reason in STOPPED]
    return [
        ([badge(kind, words, 17) if (kind := class_of(reason)) else None, words.say(reason)], line)
        for reason, line in found
        if reason not in RARE or line != NOTHING
    ]


def _plus(one: Compared, other: Compared) -> Compared:
    return Compared(
        one.so_far + other.so_far,
        one.day_before_so_far + other.day_before_so_far,
        one.day_before + other.day_before,
    )


def _table(
    title: str,
    lines: Sequence[Line],
    snapshot: BriefingSnapshot,
    words: Words,
    *,
    total: bool = False,
) -> Html:
    head = [
        "",
        *(words.say(f"briefing_live.{name}") for name in ("today", "same_time", "day_before")),
    ]
    rows = [_row(name, line, words) for name, line in lines]
    if total:
        whole = NOTHING
        for _, line in lines:
            whole = _plus(whole, line)
        rows.append(_row(words.say("briefing_live.total"), whole, words, cls="total"))
    return _sheet(title, head, rows, snapshot, words)


def _row(name: object, line: Compared, words: Words, cls: str | None = None) -> Html:
    values = (line.so_far, line.day_before_so_far, line.day_before)
    return el("tr", el("td", name), [el("td", words.number(n), cls="num") for n in values], cls=cls)


def _alerts(snapshot: BriefingSnapshot, words: Words) -> Html:
    today, before = snapshot.alerts, snapshot.alerts_day_before
    pairs: Mapping[str, tuple[str, str]] = {
        "raised": (words.number(today.raised), words.number(before.raised)),
        "closed": (words.number(today.closed), words.number(before.closed)),
        "median": (_span(today.median_ack_s, words), _span(before.median_ack_s, words)),
    }
    head = ["", words.say("briefing_live.today"), words.say("briefing_live.day_before")]
    rows = [
        el(
            "tr",
            el("td", words.say(f"briefing_live.{name}")),
            [el("td", v, cls="num") for v in pair],
        )
        for name, pair in pairs.items()
    ]
    return _sheet("briefing_live.alerts", head, rows, snapshot, words)


def _sheet(
    title: str, head: Sequence[str], rows: Sequence[Html], snapshot: BriefingSnapshot, words: Words
) -> Html:
    source = words.say("briefing_live.source_tallies", time=words.time(snapshot.as_of))
    columns = el("tr", [el("th", name, scope="col") for name in head])
    return el(
        "section",
        el("h3", words.say(title)),
        el("table", el("thead", columns), el("tbody", rows)),
        el("p", source, cls="source"),
    )


def _span(seconds: float | None, words: Words) -> str:
    return "\u2013" if seconds is None else words.age(timedelta(seconds=seconds))

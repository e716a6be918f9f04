"""`ioc admin alarm-report`: what alerts were to the room in some days, against what it can bear."""

import json
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered
from ioc.alerts.load import MOMENT, alarm_load
from ioc.alerts.model import AlarmLoad
from ioc.centre import Centre
from ioc.limits import AlarmLimits

alarms_app = typer.Typer()


@alarms_app.command("alarm-report")
def alarm_report(
    *,
    days: Annotated[int, typer.Option(min=1, max=31, help="How many days back.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line.")] = False,
    state: StateOption = None,
) -> None:
    """Report alarm load, floods, noisy cameras, chatter, stale and false alerts; plates masked."""
    with administered(state) as centre:
        end = centre.now() + MOMENT
        load = alarm_load(centre, end - timedelta(days=days), end)
        if as_json:
            typer.echo(json.dumps(report_of(load, centre), ensure_ascii=False))
            return
        _print(load, centre)


def report_of(load: AlarmLoad, centre: Centre) -> dict[str, Any]:
    """Return the load as plain values, with the limits it is held against."""
    limits, waits = centre.city.limits, load.backlog
    oldest = waits.oldest_at
    return {
        "from": load.start.isoformat(),
        "until": load.end.isoformat(),
        "operators": limits.operators,
        "raised": load.raised,
        "by_priority": {priority.value: n for priority, n in load.by_priority.items()},
        "per_operator_10_min": round(load.per_operator, 3),
        "per_operator_limit": limits.alarms.per_operator,
        "peak_per_operator_10_min": round(load.peak, 3),
        "flooded_share": round(load.flooded, 4),
        "ended": load.ended,
        "false": load.false,
        "false_share": None if load.false_share is None else round(load.false_share, 4),
        "taken": load.taken,
        "taken_late": load.late,
        "median_ack_s": load.median_ack_s,
        "noisy": [vars(pair) for pair in load.noisy],
        "noisy_share": round(load.noisy_share, 4),
        "chatter": [
            {"reason": one.reason, "raised": one.raised, "last_at": one.last_raised_at.isoformat()}
            for one in load.chatter
        ],
        "open": waits.total,
        "overdue": waits.overdue,
        "without_unit": waits.unitless,
        "shelved": waits.shelved,
        "stale": waits.stale,
        "oldest_open_s": None if oldest is None else (centre.now() - oldest).total_seconds(),
    }


def _print(load: AlarmLoad, centre: Centre) -> None:
    report, limits = report_of(load, centre), centre.city.limits.alarms
    table = Table("figure", "value", "limit")
    for name, value, limit in _lines(report, limits):
        table.add_row(name, value, limit)
    noisy = Table("camera", "rule", "raised", "misread of ended")
    for pair in load.noisy:
        noisy.add_row(pair.camera, pair.rule, str(pair.raised), f"{pair.false} of {pair.ended}")
    console = Console()
    console.print(f"alerts from {report['from']} until {report['until']}")
    console.print(table)
    console.print(noisy)


def _lines(report: dict[str, Any], limits: AlarmLimits) -> list[tuple[str, str, str]]:
    def share(name: str) -> str:
        return "none ended" if report[name] is None else f"{report[name] * 100:.1f} %"

    ack = report["median_ack_s"]
    return [
        ("raised", str(report["raised"]), ""),
        (
            "an operator in 10 minutes, mean",
            f"{report['per_operator_10_min']:.2f}",
            f"{limits.per_operator:g}",
        ),
        ("an operator in 10 minutes, peak", f"{report['peak_per_operator_10_min']:.2f}", "10"),
        ("time in a flood", share("flooded_share"), "1 %"),
        ("misread among those ended", share("false_share"), ""),
        ("taken, median", "none" if ack is None else f"{ack:.0f} s", ""),
        ("taken after the limit", f"{report['taken_late']} of {report['taken']}", "0"),
        ("share of the ten noisiest", share("noisy_share"), "5 %"),
        ("chattering vehicles", str(len(report["chatter"])), "0"),
        ("open now", str(report["open"]), ""),
        ("open longer than the limit", str(report["stale"]), "5"),
    ]

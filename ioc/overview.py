"""Every number of the city by its name in figures.toml, as of now."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from ioc import sums, tally
from ioc.alerts.load import backlog, open_by_camera
from ioc.camera_states import camera_states
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.people.rules import COUNTED as OF_DECLARATIONS
from ioc.people.rules import ENTRY, PEOPLE
from ioc.people.tasks import count_late, late_by_unit
from ioc.reports.service import standing, standing_by_unit
from ioc.snapshot import Figures
from ioc.vehicles.model import Outcome, Reason

# Metrics that some subject counts today; a figure of another one is left out, never shown as 0.
COUNTED = frozenset(
    {
        "read",
        "permit.granted",
        "card.issued",
        "scan",
        "scan.in",
        "scan.out",
        "call",
        "call.in",
        "call.out",
        "dose",
        "paper.dose",
        "test",
        "entry.vehicle",
        ENTRY,
        PEOPLE,
        "lodging.guest",
        *OF_DECLARATIONS.values(),
        *(f"verdict.{outcome}" for outcome in Outcome),
        *(f"reason.{reason}" for reason in Reason),
    }
)


@dataclass(frozen=True)
class Definition:
    """The line of figures.toml that says what a figure is."""

    name: str
    origin: str
    metrics: tuple[str, ...]
    span: str
    since: date | None = None
    unit: str = ""
    against: str | None = None


@cache
def load_definitions(file: Path) -> tuple[Definition, ...]:
    """Return the figures that `file` defines, in its order."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["figure"]
    return tuple(
        Definition(
            e["name"],
            e["from"],
            tuple(e["metrics"]),
            e["span"],
            e.get("since"),
            e["unit"],
            e.get("against"),
        )
        for e in entries
    )


def figures(centre: Centre) -> Figures:
    """Return every figure whose subject is counted."""
    now = centre.now()
    today = local_day(now, centre.city.zone)
    states = _states(centre)
    defined = load_definitions(centre.settings.city_dir / "figures.toml")
    shown = [f for f in defined if COUNTED.issuperset(f.metrics) or states.keys() >= {*f.metrics}]

    daily = _metrics(shown, "today")
    whole = _metrics(shown, "total")
    bounds = day_bounds(today, centre.city.zone)

    def work(conn: Connection) -> dict[str, int]:
        of_today, to_date = sums.today_and_to_date(conn, daily, whole, bounds)
        values = {}
        for figure in shown:
            if figure.origin == "state":
                values[figure.name] = sum(states[metric] for metric in figure.metrics)
            elif figure.origin == "distinct":
                values[figure.name] = tally.count_present(conn, figure.metrics, today)
            elif figure.since is not None:
                zone = centre.city.zone
                values[figure.name] = tally.since(conn, figure.metrics, figure.since, zone)
            else:
                counted = of_today if figure.span == "today" else to_date
                values[figure.name] = sum(counted[metric] for metric in figure.metrics)
        return values

    return Figures(now, transact(centre.engine, work))


def _metrics(shown: Sequence[Definition], span: str) -> list[str]:
    """Return what the figures of a span count, each once."""
    told = [f for f in shown if (f.origin, f.span) == ("tally", span) and f.since is None]
    return sorted({metric for figure in told for metric in figure.metrics})


def _states(centre: Centre) -> dict[str, int]:
    known, reports = camera_states(centre, {}), standing(centre)
    return {
        "alert.open": backlog(centre).total,
        "report.open": reports.open,
        "report.overdue": reports.overdue,
        "camera": len(known),
        "task.late": count_late(centre),
        "camera.live": sum(camera.state == "live" for camera in known),
    }


def places_in_state(centre: Centre, metric: str) -> dict[str, int]:
    """Return how many are in a state at this moment, by camera or unit.

    Raises:
        KeyError: no state is called so.
    """
    if metric.startswith("camera"):
        known = camera_states(centre, {})
        return {c.id: 1 for c in known if metric == "camera" or c.state == "live"}
    if metric == "alert.open":
        return open_by_camera(centre)
    if metric == "task.late":
        return late_by_unit(centre)
    counts = {"report.open": "open", "report.overdue": "overdue"}[metric]
    return {unit: getattr(held, counts) for unit, held in standing_by_unit(centre).items()}

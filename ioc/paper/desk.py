"""What the desk of Health looks at: each facility, on the platform and on paper, and its rhythm."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from ioc import sums
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import NotFound
from ioc.paper.model import Line, PaperKind, Rhythm, Silence
from ioc.paper.service import PAPER, reconcile, silences


@dataclass(frozen=True)
class FacilityLine:
    """How a facility counts, on the platform and on paper, and how it reports of late."""

    facility: str
    line: Line
    silence: Silence


@dataclass(frozen=True)
class FacilityDay:
    """One day of a facility: on the platform, and on paper where it reported any."""

    day: date
    platform: int
    paper: int | None


def facilities(
    centre: Centre, kind: PaperKind, days: int | None, places: Container[str] | None = None
) -> list[FacilityLine]:
    """Return every facility that counts or should, those of `places`; of all for None.

    `days` are those up to today that are held against the paper; None: all there are.
    """
    today = local_day(centre.now(), centre.city.zone)
    first = None if days is None else today - timedelta(days=days - 1)
    held = reconcile(centre, kind, first, None if days is None else today)
    lines = {str(line.facility): line for line in held.lines}
    quiet = {one.facility: one for one in silences(centre, kind)}
    return [
        FacilityLine(
            name,
            lines.get(name, Line(name, 0, None)),
            quiet.get(name, Silence(name, Rhythm.NEVER, None, None, None)),
        )
        for name in sorted(lines.keys() | quiet.keys())
        if places is None or name in places
    ]


def days_of(centre: Centre, facility: str, kind: PaperKind, days: int) -> list[FacilityDay]:
    """Return the last days of a facility up to today, the newest first.

    Raises:
        NotFound: the city has none of this id.
    """
    if facility not in centre.city.places:
        raise NotFound("facility", facility)
    zone = centre.city.zone
    today = local_day(centre.now(), zone)
    asked = [today - timedelta(days=n) for n in range(days)]

    def work(conn: Connection) -> tuple[dict[date, int], dict[date, int]]:
        platform = sums.by_day_and_place(conn, [kind.value], asked, zone)
        paper = sums.by_day_and_place(conn, [PAPER + kind.value], asked, zone)
        return platform.get(facility, {}), paper.get(facility, {})

    platform, paper = transact(centre.engine, work)
    return [FacilityDay(day, platform.get(day, 0), paper.get(day)) for day in asked]

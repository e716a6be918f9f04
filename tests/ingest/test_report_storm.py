"""S11, the storm of reports on a flood night: bursts, repeats, many who report one thing.

In the end each thing stands once, whoever told it is told of the one, nothing is lost or counted
twice, and the desks hold what is left of it by agency and by the hour it was due.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from ingest.reporting import record_reports
from ioc.centre import Centre
from ioc.db import transact
from ioc.overview import figures
from ioc.reports.model import Act, Case, Party, ReportState, ReportStep, Wanted
from ioc.reports.service import catalogue, near, search, workloads
from ioc.reports.stepping import take_step, take_steps
from ioc.reports.upkeep import escalate, recount

INCIDENTS, TOLD, SENDERS = 60, 500, 3
FLOODED = (16.4600, 107.5850)
KINDS = ("flood", "drain", "fallen-tree", "power-cut", "landslide")
APART = 0.0015
NIGHT = timedelta(hours=11)


@dataclass(frozen=True)
class Thing:
    """What really happened, and where."""

    number: int
    service: str
    lat: float
    lon: float


def things() -> list[Thing]:
    """Return what happened that night, each well apart from the others of its kind."""
    return [
        Thing(n, KINDS[n % len(KINDS)], FLOODED[0] + n // 8 * APART, FLOODED[1] + n % 8 * APART)
        for n in range(INCIDENTS)
    ]


def storm(centre: Centre) -> list[tuple[Thing, dict]]:
    """Return what was reported of it, in bursts, each from within some metres of the thing."""
    pick, begins = random.Random(11), centre.now() - NIGHT
    known = things()
    told = []
    for n in range(TOLD):
        thing = known[n] if n < INCIDENTS else pick.choice(known)
        hours = pick.choice((1.0, 4.5, 4.6, 8.2)) + pick.random()
        item = {
            "id": f"s11-{n}",
            "service": thing.service,
            "lat": thing.lat + pick.uniform(-0.0001, 0.0001),
            "lon": thing.lon + pick.uniform(-0.0001, 0.0001),
            "description": f"việc {thing.number}",
            "at": (begins + timedelta(hours=hours)).isoformat(),
            "reporter": {"phone": f"0905{n:06}"},
        }
        told.append((thing, item))
    return told


def join(centre: Centre) -> int:
    """Mark as duplicates what a desk would, each thing in one go; return how many."""
    joined: set[str] = set()
    for case in reversed(search(centre, Wanted())):
        if case.ref not in joined:
            same = [one.case.ref for one in near(centre, case)]
            step = Act(ReportStep.MARK_DUPLICATE, Party.CENTRE, "desk", original=case.ref)
            became = take_steps(centre, same, step)
            assert all(isinstance(one, Case) for one in became.values())
            joined.update(same)
    return len(joined)


def test_s11_a_storm_of_reports_comes_out_right(centre: Centre, clock) -> None:
    told = storm(centre)
    items = [item for _, item in told]
    # Telephones try again, in another order, from several places at once.
    again = random.Random(5).sample(items, 150)
    batches = [[*items[n : n + 100], *again[:50]] for n in range(0, TOLD, 100)]
    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(lambda batch: record_reports(centre, "hue-s", batch), batches))
    statuses = [result["status"] for answer in answers for result in answer]
    assert set(statuses) == {"recorded", "repeated"}
    assert statuses.count("recorded") == TOLD
    assert figures(centre).values["reports_open"] == TOLD
    assert recount(centre) == []

    assert join(centre) == TOLD - INCIDENTS
    left = search(centre, Wanted(states=(ReportState.RECEIVED,)))
    assert {case.report.description for case in left} == {f"việc {n}" for n in range(INCIDENTS)}
    originals = {case.ref: case.report.description for case in left}
    for case in search(centre, Wanted(states=(ReportState.DUPLICATE,))):
        assert originals[str(case.duplicate_of)] == case.report.description
    assert figures(centre).values["reports_open"] == INCIDENTS

    _worked_on(centre, clock, left)
    assert recount(centre) == []


def _worked_on(centre: Centre, clock, left: list[Case]) -> None:
    # The agencies work by urgency; what they leave is told to the level above when it is due.
    urgent = [case for case in left if case.report.service in ("fallen-tree", "landslide")]
    for case in urgent:
        take_step(centre, case.ref, Act(ReportStep.FIX, Party.AGENCY, case.agency, note="xong"))
    clock.advance(hours=7)
    floods = [case for case in left if case.report.service in ("flood", "power-cut")]
    assert escalate(centre) == len(floods)
    values = figures(centre).values
    assert values["reports_open"] == INCIDENTS - len(urgent)
    assert values["reports_overdue"] == len(floods)
    loads = {load.agency: load for load in workloads(centre, timedelta(days=1))}
    assert sum(load.overdue for load in loads.values()) == len(floods)
    assert sum(load.open for load in loads.values()) == values["reports_open"]
    assert loads["dien-luc"].open == loads["dien-luc"].overdue > 0
    # One letter an agency, whatever the number: whoever is told must not drown.
    about = text("SELECT count(DISTINCT about), count(*) FROM notices")
    agencies, letters = transact(centre.engine, lambda conn: conn.execute(about).one())
    assert 0 < letters <= len(catalogue(centre).agencies)
    assert agencies == letters

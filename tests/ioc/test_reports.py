"""Reports: routed, stepped through one table, told apart, told on time, counted, forgotten."""

from dataclasses import replace

from ioc.centre import Centre
from ioc.overview import figures
from ioc.reports.model import (
    Act,
    Case,
    Party,
    Report,
    ReportState,
    ReportStep,
    Spot,
)
from ioc.reports.service import (
    find_case,
    place_report,
    receive,
)
from ioc.reports.stepping import take_step
from ioc.reports.upkeep import recount

HERE = Spot(16.4637, 107.5909)
Step, State = ReportStep, ReportState


def a_report(number: int = 1, **changes: object) -> Report:
    one = Report(f"r-{number}", "street-light", HERE, "Đèn đường không sáng")
    return replace(one, **changes)


def received(centre: Centre, number: int = 1, **changes: object) -> Case:
    placed = place_report(centre, a_report(number, **changes))
    [receipt] = receive(centre, "app", [placed])
    return find_case(centre, str(receipt.ref))


def act(step: Step, party: Party = Party.CENTRE, **more: object) -> Act:
    needed = {"note": "vì sao", "stars": 4} | more
    return Act(step, party, "an officer", **needed)


def test_a_report_goes_its_way(centre: Centre, clock) -> None:
    case = received(centre)
    assert (case.agency, case.state, case.unit) == ("hepco", State.RECEIVED, case.unit)
    assert figures(centre).values["reports_open"] == 1
    clock.advance(hours=1)
    case = take_step(centre, case.ref, act(Step.FIX, Party.AGENCY), "hepco")
    assert case.state is State.FIXED
    assert figures(centre).values["reports_open"] == 0
    assert recount(centre) == []

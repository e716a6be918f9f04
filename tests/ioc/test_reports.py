"""Reports: routed, stepped through one table, told apart, told on time, counted, forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.overview import figures
from ioc.reports.model import (
    Act,
    Case,
    Party,
    Report,
    Reporter,
    ReportState,
    ReportStep,
    Spot,
    Wanted,
)
from ioc.reports.rules import CLOSED, MOVES, possible_steps
from ioc.reports.service import (
    catalogue,
    find_case,
    log_of,
    near,
    place_report,
    receive,
    reporter_of,
    search,
    secret_of,
    workloads,
)
from ioc.reports.stepping import reply, take_step
from ioc.reports.upkeep import drop_reports, escalate, forget_reporters, recount

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

"""Reports: routed, stepped through one table, told apart, told on time, counted, forgotten."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ioc import tally
from ioc.centre import Centre
from ioc.city import load_city
from ioc.db import transact
from ioc.errors import Conflict, Forbidden, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.labels import CONFIG_DIR
from ioc.overview import figures
from ioc.reports.catalogue import read_catalogue
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
from ioc.reports.routing import covers, distance_to_line_m, fold, route
from ioc.reports.rules import CLOSED, MOVES, OPEN, possible_steps
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
DAY = date(2021, 10, 4)
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


@pytest.fixture(scope="module")
def hue():
    city = load_city(CONFIG_DIR / "hue")
    known, faults = read_catalogue(CONFIG_DIR / "hue", city)
    assert faults == []
    return city, known


@pytest.mark.parametrize(
    ("service", "spot", "agency", "unit"),
    [
        # A department acts wherever it is; a ward and a district by the place.
        ("street-light", HERE, "hepco", "19789-2021"),
        ("noise", HERE, "19789-2021", "19789-2021"),
        ("pothole", HERE, "district-474", "19789-2021"),
        # Whose road or market it is comes before whose ground it is.
        ("pothole", Spot(place="ql1a-bypass"), "quan-ly-duong-bo", None),
        ("garbage", Spot(16.4719, 107.5876), "bql-cho-dong-ba", None),
        ("noise", Spot(place="dong-ba"), "bql-cho-dong-ba", None),
        ("noise", Spot(place="an-cuu"), None, None),
        # An address is looked through for the name of a unit.
        ("noise", Spot(address="12 Lê Duẩn, phường Tây Lộc, Huế"), "19750-2021", "19750-2021"),
        ("noise", Spot(address="kiệt 5 P. TAY LOC"), "19750-2021", "19750-2021"),
        ("noise", Spot(address="đâu đó"), "ioc", None),
        ("noise", Spot(), "ioc", None),
        ("rescue", Spot(), "phong-chong-thien-tai", None),
    ],
)
def test_who_acts(hue, service: str, spot: Spot, agency: str | None, unit: str | None) -> None:
    city, known = hue
    way = route(known.services[service], spot, city, DAY, known)
    if agency is None:
        agency = city.places[spot.place].unit
    if unit is not None:
        assert way.unit == unit or service != "noise"
    assert way.agency == agency


def test_units_of_another_day_act_on_that_day(hue) -> None:
    city, known = hue
    service = known.services["pothole"]
    after = route(service, HERE, city, date(2025, 8, 1), known)
    # Districts were done away with: the new ward acts.
    assert after.agency == after.unit
    assert city.units[after.unit].is_in_force(date(2025, 8, 1))


def test_a_district_sees_the_reports_of_its_units(hue) -> None:
    _, known = hue
    assert {"district-474", "19750-2021"} <= covers("district-474", known)
    assert covers("19750-2021", known) == {"19750-2021"}
    assert covers("hepco", known) == {"hepco"}
    assert covers("nobody", known) == frozenset()


def test_how_far_a_road_is() -> None:
    line = [(16.0, 107.0), (16.0, 107.1), (16.1, 107.1)]
    assert distance_to_line_m((16.001, 107.05), line) == pytest.approx(111.3, abs=0.1)
    assert distance_to_line_m((16.0, 107.0), line) == 0
    assert distance_to_line_m((16.2, 107.1), line) == pytest.approx(11_132, abs=1)
    assert fold("Phường  Thủy Biều, TP. Huế") == "PHUONG THUY BIEU TP HUE"


WRONG = (
    ({"service": "nothing"}, "service_code"),
    ({"spot": Spot(21.0, 105.8)}, "lat"),
    ({"spot": Spot(place="nowhere")}, "address_id"),
    ({"service": "garbage"}, "attribute[what]"),
    ({"service": "garbage", "attributes": {"what": "x"}}, "attribute[what]"),
    ({"service": "flood", "attributes": {"depth": "deep"}}, "attribute[depth]"),
    ({"service": "flood", "attributes": {"depth": "nan"}}, "attribute[depth]"),
    ({"service": "flood", "attributes": {"depth": ("1", "2")}}, "attribute[depth]"),
    (
        {"service": "examination", "attributes": {"hospital": "h", "when": "mai"}},
        "attribute[when]",
    ),
    ({"attributes": {"pole": "x" * 201}}, "attribute[pole]"),
    ({"attributes": {"colour": "red"}}, "attribute[colour]"),
)


def test_a_report_that_is_not_in_order_is_refused_by_field(centre: Centre) -> None:
    for changes, field in WRONG:
        with pytest.raises(InvalidInput) as fault:
            place_report(centre, a_report(**changes))
        assert fault.value.field == field


def test_the_table_of_steps_is_whole() -> None:
    """Each state leads on, each open one can end, and an end leads back: nothing is stuck."""
    for state in State:
        assert possible_steps(state, Party.CENTRE)
    for state in OPEN:
        assert {Step.FIX, Step.DISMISS, Step.MARK_DUPLICATE, Step.REROUTE} <= possible_steps(
            state, Party.AGENCY
        )
    for state in CLOSED:
        assert possible_steps(state, Party.AGENCY) == {Step.NOTE}
        assert Step.REOPEN in possible_steps(state, Party.CITIZEN)
    assert possible_steps(State.DUPLICATE, Party.CITIZEN) == {Step.REOPEN}
    assert set(MOVES) == set(Step) - {Step.RECEIVE}


def test_a_report_goes_its_way_and_is_counted(centre: Centre, clock) -> None:
    case = received(centre)
    assert (case.agency, case.state) == ("hepco", State.RECEIVED)
    assert case.due_at == case.received_at + timedelta(hours=48)
    assert figures(centre).values["reports_open"] == 1
    with pytest.raises(NotFound):
        take_step(centre, case.ref, act(Step.START), "dien-luc")
    with pytest.raises(Forbidden):
        take_step(centre, case.ref, act(Step.RATE, Party.AGENCY), "hepco")
    with pytest.raises(InvalidInput, match="note"):
        take_step(centre, case.ref, act(Step.FIX, Party.AGENCY, note=" "), "hepco")
    take_step(centre, case.ref, act(Step.INVESTIGATE, Party.AGENCY), "hepco")
    take_step(centre, case.ref, act(Step.SCHEDULE, Party.AGENCY, note="mai thay"), "hepco")
    clock.advance(hours=1)
    case = take_step(centre, case.ref, act(Step.FIX, Party.AGENCY, note="đã thay"), "hepco")
    assert (case.state, case.answer, case.closed_at) == (State.FIXED, "đã thay", clock.at)
    assert figures(centre).values["reports_open"] == 0
    with pytest.raises(Conflict):
        take_step(centre, case.ref, act(Step.START))
    assert recount(centre) == []


def test_whoever_sent_it_rates_it_once_and_has_it_reopened(centre: Centre, clock) -> None:
    case = received(centre)
    take_step(centre, case.ref, act(Step.FIX))
    secret = secret_of(centre, case.ref)
    with pytest.raises(Forbidden):
        reply(centre, case.ref, "app", "0" * 32, act(Step.RATE, Party.CITIZEN))
    with pytest.raises(NotFound):
        reply(centre, case.ref, "another", secret, act(Step.RATE, Party.CITIZEN))
    assert reply(centre, case.ref, "app", secret, act(Step.RATE, Party.CITIZEN, stars=5)).stars == 5
    with pytest.raises(Conflict, match="rated before"):
        reply(centre, case.ref, "app", secret, act(Step.RATE, Party.CITIZEN, stars=1))
    case = reply(centre, case.ref, "app", secret, act(Step.REOPEN, Party.CITIZEN, note="vẫn tối"))
    assert (case.state, case.closed_at, case.stars) == (State.REOPENED, None, 5)
    assert case.due_at == clock.at + timedelta(hours=48)
    take_step(centre, case.ref, act(Step.FIX))
    clock.advance(days=15)
    with pytest.raises(Conflict, match="14 days"):
        reply(centre, case.ref, "app", secret, act(Step.REOPEN, Party.CITIZEN))
    assert [done.step for done in log_of(centre, case.ref)] == [
        *(Step.RECEIVE, Step.FIX, Step.RATE, Step.REOPEN, Step.FIX)
    ]
    [load] = workloads(centre, timedelta(days=30))
    assert (load.agency, load.open, load.closed, load.in_time, load.stars) == ("hepco", 0, 2, 2, 5)
    assert recount(centre) == []


def test_a_report_is_re_routed_without_closing_and_the_clock_begins_anew(
    centre: Centre, clock
) -> None:
    case = received(centre)
    clock.advance(hours=47)
    moved = take_step(centre, case.ref, act(Step.REROUTE, Party.AGENCY, agency="dien-luc"), "hepco")
    assert (moved.agency, moved.state) == ("dien-luc", State.RECEIVED)
    assert moved.due_at == clock.at + timedelta(hours=48)
    assert moved.promised_at == case.due_at
    assert moved.held_since == clock.at
    with pytest.raises(NotFound):
        find_case(centre, case.ref, "hepco")
    with pytest.raises(Conflict, match="already"):
        take_step(centre, case.ref, act(Step.REROUTE, agency="dien-luc"))
    with pytest.raises(InvalidInput, match="agency"):
        take_step(centre, case.ref, act(Step.REROUTE))
    with pytest.raises(InvalidInput, match="nobody"):
        take_step(centre, case.ref, act(Step.REROUTE, agency="nobody"))
    # Another category finds whoever acts by itself.
    moved = take_step(centre, case.ref, act(Step.REROUTE, service="noise"))
    assert (moved.report.service, moved.agency) == ("noise", moved.unit)
    assert moved.due_at == clock.at + timedelta(hours=24)
    assert figures(centre).values["reports_open"] == 1
    assert recount(centre) == []


def test_what_may_be_the_same_is_found_and_joined(centre: Centre, clock) -> None:
    first = received(centre, 1)
    beside = received(centre, 2, spot=Spot(16.4637, 107.5913))
    received(centre, 3, spot=Spot(16.4637, 107.5915))
    received(centre, 4, service="manhole")
    assert [one.case.ref for one in near(centre, first)] == [beside.ref]
    assert near(centre, first)[0].distance_m == pytest.approx(42.7, abs=0.5)
    clock.advance(days=15)
    late = received(centre, 5)
    assert near(centre, late) == []
    same = act(Step.MARK_DUPLICATE, original=first.ref)
    joined = take_step(centre, beside.ref, same)
    assert (joined.state, joined.duplicate_of) == (State.DUPLICATE, first.ref)
    with pytest.raises(Conflict, match="itself a duplicate"):
        take_step(centre, first.ref, act(Step.MARK_DUPLICATE, original=beside.ref))
    with pytest.raises(InvalidInput, match="itself"):
        take_step(centre, first.ref, act(Step.MARK_DUPLICATE, original=first.ref))
    # What repeats a duplicate repeats its original: there are no chains.
    take_step(centre, first.ref, act(Step.MARK_DUPLICATE, original=late.ref))
    assert find_case(centre, beside.ref).duplicate_of == late.ref


def test_overdue_is_told_once_a_level_and_once_an_agency(centre: Centre, clock) -> None:
    cases = [received(centre, n) for n in range(3)]
    clock.advance(hours=47)
    assert escalate(centre) == 0
    take_step(centre, cases[2].ref, act(Step.FIX))
    clock.advance(hours=2)
    assert figures(centre).values["reports_overdue"] == 2
    assert escalate(centre) == 2
    assert escalate(centre) == 0
    case = find_case(centre, cases[0].ref)
    assert (case.level, case.overdue_at) == (1, clock.at)
    clock.advance(hours=96)
    assert escalate(centre) == 2
    assert find_case(centre, case.ref).level == 2
    # Overdue once, however often it is told.
    counted = ["report.overdue", "report.overdue.street-light"]
    assert transact(centre.engine, lambda conn: tally.total(conn, counted)) == 4
    clock.advance(days=30)
    assert escalate(centre) == 0
    take_step(centre, case.ref, act(Step.FIX))
    [load] = workloads(centre, timedelta(days=60))
    assert (load.open, load.overdue, load.closed, load.in_time) == (1, 1, 2, 1)
    overdue = Wanted(is_overdue=True)
    assert [found.ref for found in search(centre, overdue)] == [cases[1].ref]
    moved = take_step(centre, cases[1].ref, act(Step.REROUTE, agency="dien-luc"))
    assert (moved.level, moved.overdue_at) == (0, None)
    assert recount(centre) == []


def test_who_sent_it_is_known_to_nobody_but_by_name_and_purpose(centre: Centre, under) -> None:
    who = Reporter("Nguyễn Thị A", "0905123456", "a@b.vn")
    case = received(centre, reporter=who)
    assert "0905" not in repr(case)
    assert "0905" not in repr(log_of(centre, case.ref))
    for service in ("ingest", "dashboards", "timekeeper"):
        engine = under(service).engine
        with pytest.raises(DBAPIError, match="permission denied"):
            transact(engine, lambda conn: conn.execute(text("SELECT phone FROM reporters")))
    with pytest.raises(DBAPIError, match="permission denied"):
        reporter_of(under("timekeeper"), case.ref, "x", "y")
    with pytest.raises(InvalidInput, match="purpose"):
        reporter_of(centre, case.ref, "officer", " ")
    assert reporter_of(under("dashboards"), case.ref, "officer", "gọi lại") == who
    seen = text("SELECT actor, subject, purpose FROM audit WHERE action = 'reporter_seen'")
    [row] = transact(centre.engine, lambda conn: conn.execute(seen).all())
    assert tuple(row) == ("officer", f"report:{case.ref}", "gọi lại")


def test_services_do_it_all_under_their_own_roles(centre: Centre, under, clock) -> None:
    ingest, desk, keeper = under("ingest"), under("dashboards"), under("timekeeper")
    case = received(ingest, reporter=Reporter(phone="0905123456"))
    take_step(desk, case.ref, act(Step.START))
    clock.advance(hours=49)
    assert escalate(keeper) == 1
    take_step(ingest, case.ref, act(Step.FIX))
    assert recount(keeper) == []
    clock.advance(days=91)
    assert forget_reporters(keeper, clock.at - timedelta(days=90)) == 1
    with pytest.raises(NotFound):
        reporter_of(desk, case.ref, "officer", "gọi lại")
    clock.advance(days=2_000)
    assert drop_reports(keeper, clock.at - timedelta(days=1_825)) == 1
    assert log_of(centre, case.ref) == []
    assert recount(keeper) == []


def test_the_same_report_is_kept_once_and_another_under_its_id_is_refused(centre: Centre) -> None:
    def sent(*reports: Report) -> list[IntakeStatus]:
        placed = [place_report(centre, report) for report in reports]
        return [receipt.status for receipt in receive(centre, "app", placed)]

    kept, again, other = IntakeStatus.RECORDED, IntakeStatus.REPEATED, IntakeStatus.REFUSED
    assert sent(a_report(1), a_report(1), a_report(2)) == [kept, again, kept]
    assert sent(a_report(2), a_report(1)) == [again, again]
    assert sent(a_report(1, description="khác")) == [other]
    assert sent(a_report(2, reporter=Reporter(phone="1"))) == [other]
    assert figures(centre).values["reports_open"] == 2


STEPS = st.sampled_from([step for step in Step if step is not Step.RECEIVE])
PARTIES = st.sampled_from(list(Party))


def test_whatever_is_done_the_counts_stay_true(centre: Centre, clock) -> None:
    """Any walk through the table: open is open, the tallies equal the log, the log the state."""
    refs = [received(centre, n).ref for n in range(3)]
    agencies = list(catalogue(centre).agencies)[:6]

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(refs), STEPS, PARTIES, st.sampled_from(agencies)),
            min_size=4,
            max_size=12,
        )
    )
    def walk(taken: list[tuple[str, Step, Party, str]]) -> None:
        for ref, step, party, agency in taken:
            clock.advance(hours=5)
            original = refs[0] if step is Step.MARK_DUPLICATE else None
            more = act(step, party, original=original)
            if step is Step.REROUTE:
                more = replace(more, agency=agency)
            before = find_case(centre, ref)
            try:
                after = take_step(centre, ref, more)
            except (Conflict, Forbidden, InvalidInput):
                assert find_case(centre, ref) == before
                continue
            move = MOVES[step]
            assert party in move.who
            assert after.state is (before.state if move.leads is None else move.leads)
            assert (after.closed_at is None) is (after.state in OPEN)
            assert (after.duplicate_of is None) is (after.state is not State.DUPLICATE)
            assert log_of(centre, ref)[-1].state is after.state
        escalate(centre)

    walk()
    still = sum(find_case(centre, ref).state in OPEN for ref in refs)
    assert figures(centre).values["reports_open"] == still
    assert recount(centre) == []

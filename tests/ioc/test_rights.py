"""Each service works under its own database role, and its role can do nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ioc import audit
from ioc.access.model import Role
from ioc.access.service import create_user
from ioc.alerts.handover import hand_over, handovers
from ioc.alerts.load import alarm_load
from ioc.alerts.model import Step
from ioc.alerts.muting import mute, shelf
from ioc.alerts.service import Act, escalate, open_alerts, take_step, unshelve_due
from ioc.alerts.upkeep import purge_alerts
from ioc.cards.model import CardChange, CardStep
from ioc.cards.service import change_card, issue_cards
from ioc.cards.upkeep import drop_cards
from ioc.centre import Centre
from ioc.db import migrate, transact
from ioc.deciding import decide, printed
from ioc.doses.model import Dose, DoseCorrection
from ioc.doses.recording import record_doses
from ioc.doses.service import correct_dose, near_repeats
from ioc.doses.upkeep import drop_doses, recount_doses
from ioc.duplicates.model import PairState, PairStep
from ioc.duplicates.service import (
    Verdict,
    decide_pair,
    drop_pairs,
    find_duplicates,
    side_by_side,
)
from ioc.evidence import keep, picture_of
from ioc.health.model import PersonColour
from ioc.health.service import colours_of
from ioc.intake import IntakeStatus, Refusal, refuse
from ioc.lookups.model import Purpose, Query
from ioc.lookups.service import ask_for_trail, decide_trail, gather_plates, search_plates
from ioc.notices.model import Enclosure, Notice
from ioc.notices.service import letters_about, put
from ioc.overview import figures
from ioc.paper.model import PaperKind, PaperTotal
from ioc.paper.service import reconcile, record_totals
from ioc.paper.upkeep import drop_totals, recount_totals
from ioc.patrols.model import PatrolUpdate, Position
from ioc.patrols.service import find_patrols, report
from ioc.people.lodgings import find_waves, record_lodgings, record_waves
from ioc.people.model import Declaration, DeclarationStep, Lodging, Means, TaskStep, Wave
from ioc.people.service import Order, find_declaration, record_declarations
from ioc.people.service import decide as decide_declaration
from ioc.people.tasks import find_tasks, mark_late
from ioc.people.tasks import take_step as take_task_step
from ioc.people.upkeep import drop_people
from ioc.people.upkeep import recount as recount_people
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import find_permit, grant_permits, revoke_permit
from ioc.persons.rules import identify
from ioc.persons.service import drop_persons
from ioc.registrations.model import Decision, Registration, RegistrationStep
from ioc.registrations.service import history, record_registrations, waiting
from ioc.reviews.model import Answer
from ioc.reviews.service import false_shares, look_at, open_questions, rule, take_back
from ioc.reviews.upkeep import apply_rulings, purge_reviews, settle_questions
from ioc.samples.facts import cases_in
from ioc.samples.model import CaseState, CaseStep, Finding, Outcome, Sample
from ioc.samples.recording import record_samples
from ioc.samples.service import take_case_step
from ioc.samples.upkeep import drop_samples, recount_samples
from ioc.vehicles.model import Claim, Heading, PlateRead
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import latest_sightings, trail
from ioc.venues.model import PointChange, Scan, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.service import change_points, occupancies
from ioc.venues.upkeep import drop_scans, ensure_scan_days, finish_scan_days
from ioc.wallboard import wall
from tests.ioc.test_cards import an_order

HOUR = timedelta(hours=1)
JPEG = b"\xff\xd8\xff\xe0 a picture"


def a_read(centre: Centre, name: str, **ago: float) -> PlateRead:
    at = centre.now() - timedelta(**ago)
    return PlateRead(name, "cam-001", "43C16839", 0.99, at, Heading.IN)


@pytest.mark.parametrize("service", ["vision", "ingest"])
def test_who_sends_reads_can_record_them_with_evidence(under, clock, service: str) -> None:
    centre = under(service)
    name = keep(centre, JPEG, "plate", "cam-001", centre.now())
    read = replace(a_read(centre, "1"), plate_picture=name)
    result = record_read(centre, "box", read)
    assert (result.receipt.status, result.alert) == (IntakeStatus.RECORDED, "1")
    assert record_read(centre, "box", read).receipt.status is IntakeStatus.REPEATED
    clock.advance(days=30)
    assert record_read(centre, "box", a_read(centre, "2")).receipt.status is IntakeStatus.RECORDED
    refuse(centre, "box", "read", [Refusal("3", "plate", "is empty", None)])
    audit.record(centre, "box", "send", "read:1", None, {})


@pytest.mark.parametrize("first", ["vision", "ingest"])
def test_two_readings_of_one_vehicle_are_joined_by_whoever_comes_second(
    under, first: str, config_read_twice: Path
) -> None:
    second = "ingest" if first == "vision" else "vision"
    plates = ("43C16839", "43C16889")
    for service, plate in zip((first, second), plates, strict=True):
        centre = under(service)
        twice = replace(centre, settings=replace(centre.settings, config_dir=config_read_twice))
        claim = Claim() if service == "ingest" else None
        read = replace(a_read(twice, "1"), plate=plate, claim=claim)
        assert record_read(twice, service, read).receipt.status is IntakeStatus.RECORDED
    [one] = latest_sightings(under("dashboards"), centre.now() - timedelta(days=1))
    assert one.read.confidence < 0.95


def test_ingest_grants_permits_and_answers_questions(under) -> None:
    centre = under("ingest")
    now = centre.now()
    [receipt] = grant_permits(
        centre,
        "transport",
        [Permit("p", "43C16839", PermitClass.GREEN, now, now + timedelta(days=1))],
    )
    revoke_permit(centre, str(receipt.ref), "transport")
    record_read(centre, "box", a_read(centre, "1"))
    assert figures(centre).values["reads_today"] == 1
    [alert] = open_alerts(centre)
    take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "key:police"))


def test_dashboards_show_everything_and_follow_alerts(under, centre: Centre) -> None:
    record_read(centre, "box", a_read(centre, "1"))
    shown = under("dashboards")
    assert wall(shown).figures["alerts_open"] == 1
    assert len(trail(shown, "43C16839", shown.now() - timedelta(days=45))) == 1
    [alert] = open_alerts(shown)
    take_step(shown, alert.id, Act(Step.ACKNOWLEDGE, "an officer"))
    with pytest.raises(Exception, match="no picture"):
        picture_of(shown, "0" * 64)
    audit.record(shown, "an officer", "look_up_plate", "plate:1", "case 17", {})


def test_a_person_answers_and_the_clockwork_carries_it_out(under, clock) -> None:
    record_read(under("ingest"), "box", replace(a_read(under("ingest"), "1"), confidence=0.5))
    shown, clockwork = under("dashboards"), under("timekeeper")
    [question] = open_questions(shown)
    look_at(shown, question.alert, "minh")
    rule(shown, question.alert, Answer.NONE, "", "minh")
    take_back(shown, "minh")
    assert settle_questions(clockwork) == 0
    rule(shown, question.alert, Answer.AS_READ, "", "minh")
    clock.advance(seconds=10)
    assert apply_rulings(clockwork) == 1
    assert [alert.plate for alert in open_alerts(clockwork)] == ["43C16839"]
    assert false_shares(shown, clock.at - timedelta(days=1), clock.at)[0].decided == 1
    assert purge_reviews(clockwork, clock.at, clock.at) > 0


@pytest.mark.parametrize("service", ["dashboards", "ingest"])
def test_transport_decides_at_its_desk_and_over_the_api(under, centre: Centre, service) -> None:
    until = centre.now() + timedelta(days=1)
    one = Registration("r", "43C16839", mail="a@b.example", until_at=until)
    [receipt] = record_registrations(centre, "portal", [one])
    ref, desk = str(receipt.ref), under(service)
    green = Decision(RegistrationStep.APPROVE, "an officer", None, PermitClass.GREEN)
    permit = decide(desk, ref, green).permit
    assert printed(desk, permit.ref)[1].startswith(b"%PDF")
    assert len(history(desk, "43C16839").permits) == 1
    assert waiting(desk).approved == 1
    decide(desk, ref, Decision(RegistrationStep.REOPEN, "an officer", "by mistake"))
    assert revoked(desk, permit.ref)


def revoked(centre: Centre, ref: str) -> bool:
    return find_permit(centre, ref).revoked_at is not None


def test_dashboards_lead_a_shift_and_the_timekeeper_gives_the_shelf_back(
    under, centre: Centre, clock
) -> None:
    for name in ("lan", "minh"):
        create_user(centre, name, "a long word of the tests", Role.SHIFT_LEAD, name)
    record_read(centre, "box", a_read(centre, "1"))
    desk, timekeeper = under("dashboards"), under("timekeeper")
    [alert] = open_alerts(desk)
    mute(desk, "lan", alert.camera, alert.rule, "dirt on the lens")
    record_read(under("vision"), "box", replace(a_read(centre, "2"), plate="51D12345"))
    assert [one.reason for one in shelf(desk)] == ["dirt on the lens"] * 2
    hand_over(desk, "lan", "minh")
    assert len(handovers(desk)) == 1
    clock.advance(hours=1)
    assert (unshelve_due(timekeeper), escalate(timekeeper)) == (2, 0)
    take_step(desk, alert.id, Act(Step.ACKNOWLEDGE, "minh"))
    take_step(desk, alert.id, Act(Step.ASSIGN, "minh", unit="to-01"))
    clock.advance(hours=1)
    assert escalate(timekeeper) == 1
    assert alarm_load(desk, clock.at - timedelta(hours=8), clock.at).raised == 2
    assert purge_alerts(timekeeper, clock.at - timedelta(days=365)) == 0


def test_ingest_hears_from_units_and_sends_them(under, centre: Centre) -> None:
    record_read(centre, "box", a_read(centre, "1"))
    door = under("ingest")
    here = Position(16.5, 107.5, door.now())
    [told] = report(door, [PatrolUpdate("u", "to-01", door.now(), None, here)])
    assert told.status is IntakeStatus.RECORDED
    [alert] = open_alerts(door)
    for act in (Act(Step.ACKNOWLEDGE, "a"), Act(Step.ASSIGN, "a", unit="to-01")):
        take_step(door, alert.id, act)
    assert find_patrols(under("timekeeper"))[0].alert == alert.id


def test_people_declare_arrive_and_are_called_on_each_by_the_service_that_does_it(
    under, centre: Centre, clock
) -> None:
    door, shown, clockwork = under("ingest"), under("dashboards"), under("timekeeper")
    now = centre.now()
    one = Declaration("d", identify("046085000123", "An", None), "19750-2021", plate="43C16839")
    other = replace(one, id="e", identity=identify("046085000124", "An", None), plate=None)
    refs = [str(r.ref) for r in record_declarations(door, "portal", [one, other])]
    record_lodgings(door, "hotel", [Lodging("g", one.identity, "H", now, now + HOUR)])
    record_waves(door, "railway", [Wave("SE38", Means.TRAIN, "SE38", 368, now)])
    assert find_waves(shown)[0].declared == 0
    decide_declaration(shown, refs[0], Order(DeclarationStep.APPROVE, "health"))
    grant_permits(
        door, "transport", [Permit("p", "43C16839", PermitClass.GREEN, now - HOUR, now + HOUR)]
    )
    record_read(under("vision"), "box", a_read(centre, "1"))
    assert find_declaration(shown, refs[0]).arrived_by == "cam-001"
    clock.advance(minutes=11)
    assert (mark_late(clockwork), find_duplicates(clockwork)) == (1, 1)
    [task] = find_tasks(door)
    take_task_step(door, task.ref, (TaskStep.REACHED, None), "station")
    [(pair, *_)] = side_by_side(door, PairState.OPEN, "officer", "comparing", unmasked=False)
    decide_pair(shown, pair.ref, Verdict(PairStep.MERGE, "officer", "one"))
    later = clock.at + timedelta(days=1)
    assert recount_people(clockwork) == []
    assert drop_people(clockwork, later, later, later) > 3
    assert drop_persons(clockwork, later.date()) == 2
    assert drop_pairs(clockwork, later) == 1


def test_facilities_enter_desks_correct_and_the_clockwork_forgets(under, clock) -> None:
    door, shown, clockwork = under("ingest"), under("dashboards"), under("timekeeper")
    now, one = clock.at, "p" * 32
    values = (one, "pfizer", "FF8871", 1, "tc-bvtw", now - HOUR)
    [first, _] = record_doses(door, "clinic", [Dose("a", *values), Dose("b", *values)])
    sample = Sample("t", one, "pcr", "TUBE1", "xn-bvtw", now - HOUR, Outcome(Finding.POSITIVE))
    record_samples(door, "lab", [sample])
    [case] = cases_in(shown, [CaseState.CONFIRMED], "health", "follow-up")
    take_case_step(door, case.ref, CaseStep.RECOVER, "station", None)
    for n in (1, 2):
        total = PaperTotal(f"p{n}", "tc-bvtw", now.date(), PaperKind.DOSE, n)
        record_totals(door, "office", [total])
    assert len(near_repeats(door)) == 1
    correct_dose(shown, first.receipt.ref, DoseCorrection.VOID, "health", "by mistake")
    assert transact(shown.engine, lambda c: colours_of(c, shown, [one], now)) == {
        one: PersonColour.RED
    }
    assert reconcile(shown, PaperKind.DOSE).total.gap == 1
    later = now + timedelta(days=1)
    for compare in (recount_doses, recount_samples, recount_totals):
        assert compare(clockwork) == []
    assert drop_doses(clockwork, later) == 2
    assert drop_samples(clockwork, later) == 1
    assert drop_totals(clockwork, later.date()) == 2
    assert recount_doses(clockwork) == []


SERVICES = ("vision", "ingest", "dashboards", "timekeeper")


FORBIDDEN = [
    ("UPDATE sightings SET plate = 'X'", SERVICES),
    ("DELETE FROM sightings", SERVICES),
    ("UPDATE readings SET plate = 'X'", SERVICES),
    ("SELECT join_sightings('[]')", ("dashboards", "timekeeper")),
    ("SELECT add_pictures('', '', '')", ("vision", "dashboards", "timekeeper")),
    ("DROP TABLE sightings", SERVICES),
    ("UPDATE audit SET actor = 'x'", SERVICES),
    ("UPDATE audit_link SET seq = 1", SERVICES),
    ("SELECT subject FROM audit", ("vision", "ingest")),
    ("DELETE FROM audit", ("vision", "ingest", "dashboards")),
    ("DELETE FROM audit_open", ("vision", "ingest", "dashboards")),
    ("INSERT INTO permits SELECT * FROM permits", ("vision", "timekeeper")),
    ("UPDATE permits SET permit_class = 'green'", SERVICES),
    ("DELETE FROM permits", ("vision", "ingest", "dashboards")),
    ("UPDATE registrations SET state = 'approved'", ("vision", "timekeeper")),
    ("UPDATE registration_steps SET actor = 'x'", SERVICES),
    ("UPDATE doubts SET accused = 0", SERVICES),
    ("SELECT sealed FROM person_numbers", ("vision",)),
    ("SELECT name FROM persons", ("vision",)),
    ("SELECT phone FROM declarations", ("vision",)),
    ("DELETE FROM persons", ("vision", "ingest", "dashboards")),
    ("UPDATE person_numbers SET sealed = ''", ("vision", "ingest", "dashboards")),
    ("UPDATE declaration_steps SET actor = 'x'", SERVICES),
    ("UPDATE task_calls SET actor = 'x'", SERVICES),
    ("UPDATE person_pair_steps SET actor = 'x'", SERVICES),
    ("DELETE FROM passages", ("vision", "ingest", "dashboards")),
    ("DELETE FROM doubts", ("vision", "ingest", "dashboards")),
    ("SELECT person FROM doses", ("vision",)),
    ("SELECT doses FROM health_standing", ("vision",)),
    ("UPDATE doses SET lot = 'x'", SERVICES),
    ("DELETE FROM doses", ("vision", "ingest", "dashboards")),
    ("UPDATE dose_corrections SET actor = 'x'", SERVICES),
    ("UPDATE tests SET tube = 'x'", SERVICES),
    ("UPDATE test_results SET result = 'x'", SERVICES),
    ("UPDATE case_steps SET actor = 'x'", SERVICES),
    ("UPDATE paper_totals SET n = 0", SERVICES),
    ("SELECT truth FROM reviews", ("vision", "ingest")),
    ("UPDATE reviews SET truth = 'X'", SERVICES),
    ("DELETE FROM reviews", ("vision", "ingest", "dashboards")),
    ("UPDATE tally_total SET n = 0", ("vision", "ingest", "dashboards")),
    ("UPDATE handovers SET giver = 'x'", SERVICES),
    ("DELETE FROM handovers", ("vision", "ingest", "dashboards")),
    ("SELECT note FROM handovers", ("vision", "ingest")),
    ("UPDATE mutes SET lifted_by = 'x'", ("vision", "ingest", "timekeeper")),
    ("SELECT lat FROM patrols", ("vision",)),
    ("UPDATE patrols SET status = 'free'", ("vision", "timekeeper")),
    ("DELETE FROM alerts", ("vision", "ingest", "dashboards")),
    ("SELECT password FROM users", ("vision", "timekeeper")),
    ("SELECT drop_sightings_day('20211004')", ("vision", "ingest", "dashboards")),
    ("CREATE TABLE mine (n integer)", SERVICES),
]


def test_a_role_can_do_nothing_else(under, subtests) -> None:
    engines = {service: under(service).engine for service in SERVICES}
    for statement, services in FORBIDDEN:
        with subtests.test(statement=statement, services=services):
            for service in services:
                with pytest.raises(DBAPIError, match="permission denied|must be owner"):  # noqa: RUF043
                    transact(
                        engines[service], lambda conn, said=statement: conn.execute(text(said))
                    )


def test_migrating_again_changes_nothing_and_gives_rights_anew(centre: Centre, under) -> None:
    transact(centre.engine, lambda conn: conn.execute(text("REVOKE ALL ON tally FROM ioc_vision")))
    migrate(centre.engine)
    assert record_read(under("vision"), "box", a_read(centre, "1")).alert == "1"


@pytest.mark.parametrize("service", ["vision", "ingest", "dashboards", "timekeeper"])
def test_everybody_may_put_a_notice_but_not_read_the_outbox(under, service: str) -> None:
    centre = under(service)
    file = Enclosure("a.pdf", "application/pdf", b"%PDF")
    notice = Notice("trial", "a:1", "s", "b", "d", channel="mail", recipient="a@b.vn")
    for _ in range(2):
        given = replace(notice, enclosures=(file,))
        transact(centre.engine, lambda conn, given=given: put(conn, centre, given))
    if service in ("vision", "ingest"):
        with pytest.raises(DBAPIError, match="permission denied"):
            letters_about(centre, "a:1")
    else:
        assert len(letters_about(centre, "a:1")) == 1


def test_desks_look_up_what_the_timekeeper_gathered(under, clock) -> None:
    centre, desk = under("ingest"), under("dashboards")
    record_read(centre, "box", a_read(centre, "1"))
    gather_plates(under("timekeeper"))
    why = Purpose("a", "p", "c")
    week = centre.now() - timedelta(days=7)
    assert len(search_plates(desk, Query("43C*", week), why).found) == 1
    asked = ask_for_trail(desk, "43C16839", centre.now() - timedelta(days=45), why)
    assert decide_trail(desk, asked.id, "b", approve=True).is_approved
    with pytest.raises(DBAPIError, match="permission denied"):
        decide_trail(centre, asked.id, "c", approve=True)


def test_gates_scan_and_cards_are_issued_under_the_role_of_the_api(centre: Centre, under) -> None:
    as_ingest, as_timekeeper = under("ingest"), under("timekeeper")
    [(_, issued)] = issue_cards(as_ingest, "ward", [an_order()])
    now = centre.now()
    # my-chanh is a gate of the province: who comes in there is an entry, too.
    scan = Scan("1", "my-chanh", str(issued.code), Way.IN, now - timedelta(days=30))
    late = scan._replace(id="2", point="dong-ba-01", scanned_at=now)
    answers = ScanDesk(as_ingest).record("gate", [scan, late])
    assert all(one.admission and one.admission.admit for one in answers)
    change_points(as_ingest, "board", [PointChange("1", "dong-ba-01", is_active=False)])
    change_card(as_ingest, str(issued.qid), CardChange(CardStep.REVOKE, "api:ward", "lost"))
    ensure_scan_days(as_timekeeper)
    assert finish_scan_days(as_timekeeper)
    assert drop_scans(as_timekeeper, now.date()) > 0
    assert drop_cards(as_timekeeper, now + timedelta(days=1), now) == 1
    assert occupancies(under("dashboards"))
    with pytest.raises(DBAPIError, match="permission denied"):
        ScanDesk(under("dashboards")).record("gate", [scan._replace(id="3")])

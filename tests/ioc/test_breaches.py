"""The clock of a breach runs from its discovery; look-ups are drawn for the auditor by nobody."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from ioc import audit
from ioc.breach_watch import remind
from ioc.breaches.model import BreachStep, ClockState
from ioc.breaches.service import breaches, file_of, note_step, open_breach
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.notices.service import letters_about
from ioc.sampling import AuditFinding, findings_of, monthly_sample, note_finding, sampled_months
from ioc.upkeep import purge_and_certify

HOUR = timedelta(hours=1)


def clock_state(centre: Centre) -> ClockState:
    [(_, state)] = breaches(centre)
    return state


def test_the_authority_is_told_within_72_hours_of_the_discovery(centre: Centre, clock) -> None:
    found = open_breach(
        centre, "a phone was lost", ["scans", "persons"], 12, centre.now() - 2 * HOUR, "minh"
    )
    assert found.due_at == centre.now() + 70 * HOUR
    clock.advance(hours=70)
    assert clock_state(centre) is ClockState.RUNNING
    clock.advance(seconds=1)
    assert clock_state(centre) is ClockState.OVERDUE
    with pytest.raises(Conflict, match="was not told"):
        note_step(centre, found.no, BreachStep.CLOSED, "done", "minh")
    note_step(centre, found.no, BreachStep.AUTHORITY_TOLD, "A05, by letter 17", "minh")
    assert clock_state(centre) is ClockState.TOLD_LATE
    with pytest.raises(Conflict, match="noted already"):
        note_step(centre, found.no, BreachStep.AUTHORITY_TOLD, "again", "minh")
    note_step(centre, found.no, BreachStep.CLOSED, "the phone was found", "minh")
    with pytest.raises(Conflict, match="is closed"):
        note_step(centre, found.no, BreachStep.NOTED, "one word more", "minh")
    assert [line.step.value for line in file_of(centre, found.no)] == [
        "found",
        "authority_told",
        "closed",
    ]
    clock.advance(days=1824)
    assert purge_and_certify(centre).says["removed"]["breaches"] == 0
    clock.advance(days=2)
    assert purge_and_certify(centre).says["removed"]["breaches"] == 1


def test_a_breach_says_what_and_of_what(centre: Centre) -> None:
    now = centre.now()
    wrong = [
        ("", ["scans"], None, now, "what"),
        ("x", [], None, now, "kinds"),
        ("x", ["dreams"], None, now, "kinds"),
        ("x", ["scans"], -1, now, "people"),
        ("x", ["scans"], None, now + HOUR, "discovered_at"),
    ]
    for what, kinds, people, at, field in wrong:
        with pytest.raises(InvalidInput) as fault:
            open_breach(centre, what, kinds, people, at, "minh")
        assert fault.value.field == field
    with pytest.raises(NotFound):
        note_step(centre, 9, BreachStep.NOTED, "x", "minh")


@pytest.fixture
def looked(centre: Centre, clock) -> Centre:
    """A month of look-ups: one officer looks often, another twice, a third only opens his desk."""
    for n in range(20):
        audit.record(centre, "often", "trail_seen", f"plate:75C{n:05}", "case 1", {})
    for n in range(2):
        audit.record(centre, "seldom", "person_traced", f"person:{n}", "case 2", {})
    audit.record(centre, "desk", "desk_seen", "desk:police", "handling", {})
    audit.record(centre, "often", "case_step", "case:1", None, {})
    # The store writes its own time into the audit.
    now = transact(centre.engine, lambda conn: conn.execute(text("SELECT now()")).scalar_one())
    clock.at = now + timedelta(days=32)
    return centre


def month_of(centre: Centre) -> date:
    day = (centre.now() - timedelta(days=32)).astimezone(centre.city.zone).date()
    return day.replace(day=1)


def test_a_sample_has_everybody_who_looked_and_is_chosen_by_nobody(looked: Centre) -> None:
    month = month_of(looked)
    object.__setattr__(looked.city.policy, "sample", 5)
    try:
        with pytest.raises(Conflict, match="not chained"):
            monthly_sample(looked, month)
        audit.seal(looked)
        sample = monthly_sample(looked, month)
        assert (sample.lookups, sample.actors, len(sample.drawn)) == (22, 2, 5)
        assert {one.actor for one in sample.drawn} == {"often", "seldom"}
        assert sample == monthly_sample(looked, month), "it can be drawn again by anybody"
        plates = [one.subject for one in sample.drawn if one.actor == "often"]
        assert all("•••" in plate for plate in plates), "the auditor sees no plate"
        object.__setattr__(looked.city.policy, "sample", 1)
        assert len(monthly_sample(looked, month).drawn) == 2, "of everybody one at least"
        early = replace(looked, now=lambda: looked.now() - timedelta(days=32))
        with pytest.raises(Conflict, match="not over"):
            monthly_sample(early, month)
        with pytest.raises(InvalidInput):
            monthly_sample(looked, month.replace(day=2))
    finally:
        object.__setattr__(looked.city.policy, "sample", 60)


def test_a_finding_is_of_what_was_drawn_and_not_of_oneself(looked: Centre) -> None:
    month = month_of(looked)
    audit.seal(looked)
    first = monthly_sample(looked, month).drawn[0]
    with pytest.raises(InvalidInput):
        note_finding(looked, month, first.entry, AuditFinding.UNJUSTIFIED, " ", "an auditor")
    with pytest.raises(Conflict, match="his own"):
        note_finding(looked, month, first.entry, AuditFinding.JUSTIFIED, "", first.actor)
    with pytest.raises(NotFound):
        note_finding(looked, month, 999, AuditFinding.JUSTIFIED, "", "an auditor")
    note_finding(looked, month, first.entry, AuditFinding.UNCLEAR, "no case 1", "an auditor")
    audit.seal(looked)
    with pytest.raises(Conflict, match="asked about"):
        note_finding(looked, month, first.entry, AuditFinding.UNCLEAR, "still", "an auditor")
    [found] = [one for one in monthly_sample(looked, month).drawn if one.finding]
    assert (found.entry, found.finding) == (first.entry, AuditFinding.UNCLEAR)
    # Asked about, it is judged: once.
    note_finding(looked, month, first.entry, AuditFinding.JUSTIFIED, "it was 11", "an auditor")
    audit.seal(looked)
    for finding in AuditFinding:
        with pytest.raises(Conflict, match="before"):
            note_finding(looked, month, first.entry, finding, "no", "another auditor")
    [found] = [one for one in monthly_sample(looked, month).drawn if one.finding]
    assert (found.finding, found.found_by) == (AuditFinding.JUSTIFIED, "an auditor")
    first_said, then = findings_of(looked, first.entry)
    assert (first_said.note, then.note) == ("no case 1", "it was 11")


def test_the_months_that_can_be_drawn_are_over_and_have_rows(looked: Centre, clock) -> None:
    month = month_of(looked)
    assert sampled_months(looked)[-1] == month
    clock.advance(days=62)
    assert len(sampled_months(looked)) >= 3
    early = replace(looked, now=lambda: looked.now() - timedelta(days=94))
    assert sampled_months(early) == []


def test_who_answers_is_reminded_as_the_hours_run_out_and_once_each(centre: Centre, clock) -> None:
    found = open_breach(centre, "a phone was lost", ["scans"], None, centre.now(), "minh")
    told = list[str]()
    for hours in (20, 5, 30, 12, 6):
        clock.advance(hours=hours)
        remind(centre)
        remind(centre)
        told.append(str(len(letters_about(centre, f"breach:{found.no}"))))
    # To two channels, with 52, 47, 17, 5 hours left, and none.
    assert told == ["0", "2", "4", "6", "8"]


@pytest.mark.parametrize("purpose", [None, "", "  "])
def test_nobody_looks_without_saying_why(centre: Centre, purpose: str | None) -> None:
    with pytest.raises(InvalidInput) as fault:
        audit.record(centre, "an officer", "trail_seen", "plate:1", purpose, {})
    assert fault.value.field == "purpose"
    # Nor by a way round our code.
    values = "now(), 'x', 'trail_seen', 'plate:1', :purpose, '{}'"
    statement = f"INSERT INTO audit (at, actor, action, subject, purpose, detail) VALUES ({values})"
    with pytest.raises(Exception, match="audit_purpose"):
        transact(centre.engine, lambda c: c.execute(text(statement), {"purpose": purpose}))
    audit.record(centre, "an officer", "case_step", "case:1", purpose, {})

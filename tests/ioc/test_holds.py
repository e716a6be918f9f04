"""What is held by law outlives its day apart, is counted by the certificate, goes when released."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, text

from ioc import audit
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.holds import service
from ioc.holds.model import HeldKind
from ioc.persons.model import NumberKind
from ioc.persons.rules import reference_of_number
from ioc.subjects.holdings import OF_PERSON, OF_PLATE
from ioc.upkeep import purge_and_certify
from tests.ioc.rows import add_row

NUMBER, PLATE, OTHER = "046085000123", "75C20302", "43C16839"
SHOT, FOREIGN = "a" * 64, "b" * 64
TABLES = ("alerts", "alert_steps", "permits", "passages", "tests", "evidence")


def review(centre: Centre, days: int = 30) -> date:
    return local_day(centre.now(), centre.city.zone) + timedelta(days=days)


def place(centre: Centre, kind: HeldKind, subject: str) -> int:
    return service.hold(centre, kind, subject, "order 12 of the court", review(centre), "minh")


def count(centre: Centre, statement: str) -> int:
    return transact(centre.engine, lambda conn: conn.execute(text(statement)).scalar_one())


def kept(centre: Centre, no: int) -> set[str]:
    return {row.of_table for row in service.read(centre, no, "minh", "order 12")}


@pytest.fixture
def known(centre: Centre) -> Centre:
    """What is over: an alert of two vehicles each, with a picture; a person with a test."""
    ref = reference_of_number(centre.settings.secret, NumberKind.CCCD, NUMBER)

    def work(conn: Connection) -> None:
        at = centre.now() - timedelta(hours=2)
        for plate, picture in ((PLATE, SHOT), (OTHER, FOREIGN)):
            add_row(conn, "evidence", at, sha256=picture)
            over = {"closed_at": at, "state": "closed", "plate_picture": picture}
            add_row(conn, "alerts", at, plate=plate, **over)
        for number in conn.execute(text("SELECT id FROM alerts")).scalars().all():
            add_row(conn, "alert_steps", at, alert=number)
        add_row(conn, "persons", at, ref=ref, head=ref, kind="cccd")
        add_row(conn, "passages", at, person=ref, head=ref)
        add_row(conn, "tests", at, person=ref, kind="pcr")

    transact(centre.engine, work)
    return centre


def test_a_held_plate_and_person_outlive_their_day_apart(known: Centre, clock) -> None:
    plate, person = (
        place(known, HeldKind.PLATE, "75C-203.02"),
        place(known, HeldKind.PERSON, NUMBER),
    )
    with pytest.raises(Conflict, match="already"):
        place(known, HeldKind.PLATE, PLATE)
    assert service.keep_new(known) >= 4
    assert service.keep_new(known) == 0
    clock.advance(days=1000)
    says = purge_and_certify(known).says
    assert [count(known, f"SELECT count(*) FROM {table}") for table in TABLES] == [0, 0, 0, 0, 0, 1]
    assert count(known, f"SELECT count(*) FROM evidence WHERE sha256 = '{SHOT}'") == 1
    assert kept(known, plate) == {"alerts"}
    assert kept(known, person) == {"persons", "passages", "tests"}
    assert says["held"] == {"holds": 2, "rows": 4, "pictures": 1}
    assert count(known, "SELECT count(*) FROM audit WHERE action = 'hold_read'") == 2
    detail = "SELECT count(*) FROM audit WHERE detail::text LIKE '%75C%' OR subject LIKE '%75C%'"
    assert count(known, detail) == 0, "of whom it is stands in the hold alone"
    service.release(known, plate, "the case is over", "minh")
    with pytest.raises(NotFound):
        service.release(known, plate, "again", "minh")
    says = purge_and_certify(known).says
    assert says["held"] == {"holds": 1, "rows": 3, "pictures": 0}
    assert count(known, "SELECT count(*) FROM evidence") == 0
    audit.seal(known)
    assert audit.verify(known) > 0


def test_a_held_alert_is_kept_with_its_log(known: Centre, clock) -> None:
    number = count(known, f"SELECT id FROM alerts WHERE plate = '{PLATE}'")
    no = place(known, HeldKind.ALERT, str(number))
    clock.advance(days=1000)
    purge_and_certify(known)
    assert kept(known, no) == {"alerts", "alert_steps"}
    [one] = service.holds(known)
    assert (one.rows, one.pictures, one.review_on < one.kept_at.date()) == (2, 1, True)


def test_what_comes_later_is_kept_before_the_purge(known: Centre, clock) -> None:
    no = place(known, HeldKind.PLATE, OTHER)
    service.keep_new(known)
    add = {"plate": OTHER, "closed_at": clock.at, "state": "closed", "sighting": "later"}
    transact(known.engine, lambda conn: add_row(conn, "alerts", clock.at, **add))
    clock.advance(days=1000)
    purge_and_certify(known)
    assert len(service.read(known, no, "minh", "order 12")) == 2


def test_a_hold_says_what_why_and_until_when(centre: Centre) -> None:
    good = (HeldKind.PLATE, PLATE, "order 12", review(centre))
    wrong = (
        (HeldKind.PLATE, "", *good[2:], "subject"),
        (HeldKind.PERSON, "12", *good[2:], "subject"),
        (HeldKind.ALERT, "x", *good[2:], "subject"),
        (HeldKind.ALERT, "4711", *good[2:], "subject"),
        (*good[:2], " ", good[3], "reason"),
        (*good[:3], review(centre, 0), "review_on"),
        (*good[:3], review(centre, 400), "review_on"),
    )
    for kind, subject, reason, day, field in wrong:
        with pytest.raises(InvalidInput) as fault:
            service.hold(centre, kind, subject, reason, day, "minh")
        assert fault.value.field == field


def test_every_table_of_a_subject_can_be_kept(centre: Centre) -> None:
    """The statements fit the schema: of nobody, nothing is kept, and nothing fails."""
    place(centre, HeldKind.PERSON, NUMBER)
    place(centre, HeldKind.PLATE, PLATE)
    assert service.keep_all(centre) == 0
    assert len(OF_PERSON) + len(OF_PLATE) > 10

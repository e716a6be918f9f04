"""A person is told what is held on him; it is erased as far as no law keeps it, numbers intact."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from ioc import audit
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.labels import CONFIG_DIR, Language, load_labels
from ioc.persons.model import NumberKind
from ioc.persons.rules import reference_of_number
from ioc.subjects.export import as_json, as_text, outcome_text
from ioc.subjects.holdings import UNTOLD, erasable, told
from ioc.subjects.model import About, HoldReason, Request, RequestKind, Subject
from ioc.subjects.service import erase, receive, requests, tell
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_read
from tests.ioc.rows import add_row

NUMBER, OTHER, PLATE = "046085000123", "046085000456", "75C20302"
CHECKED = "CCCD seen at the desk"
DAY = timedelta(days=1)


def ref_of(centre: Centre, number: str = NUMBER) -> str:
    return reference_of_number(centre.settings.secret, NumberKind.CCCD, number)


def ask(centre: Centre, kind: RequestKind, subject: Subject) -> Request:
    return receive(centre, kind, subject, CHECKED, "minh")


def count(centre: Centre, statement: str, **values: object) -> int:
    return transact(centre.engine, lambda conn: conn.execute(text(statement), values).scalar_one())


@pytest.fixture
def known(centre: Centre) -> Centre:
    """Two persons of whom everything is held that can be: the second is nobody's business."""

    def work(conn: Connection) -> None:
        at = centre.now() - timedelta(hours=20)
        for number, name in ((NUMBER, "Nguyễn Văn An"), (OTHER, "Trần Thị Bình")):
            ref = ref_of(centre, number)
            made = {"name": name, "birth_year": 1985, "born_on": "1985-03-02", "head": ref}
            add_row(conn, "persons", at, ref=ref, kind="cccd", **made)
            add_row(conn, "person_numbers", at, person=ref)
            add_row(conn, "person_variants", at, person=ref, name=name.upper())
            add_row(
                conn, "declarations", at, ref=f"d{number}", people=[ref], declared_by=ref,
                phone="0905123456", state="arrived", means="car", manner="self", plate=PLATE,
            )  # fmt: skip
            add_row(conn, "declaration_people", at, person=ref, declaration=f"d{number}")
            add_row(conn, "passages", at, person=ref, head=ref, is_entry=True)
            add_row(conn, "entrants", at, head=ref)
            add_row(conn, "lodgings", at, person=ref)
            add_row(conn, "scans", at, person=ref, point="dong-ba-01")
            add_row(conn, "cards", at, person=ref, state="revoked", medium="paper")
            add_row(conn, "permits", at, people=[ref, "another"], valid_until=at - 60 * DAY)
        pair = {"one": ref_of(centre), "other": ref_of(centre, OTHER), "ref": "pair"}
        add_row(conn, "person_pairs", at, **pair)
        add_row(conn, "person_pair_steps", at, pair="pair")

    transact(centre.engine, work)
    return centre


def held_on(centre: Centre, number: str) -> dict[str, int]:
    request = ask(centre, RequestKind.ACCESS, Subject(About.PERSON, number))
    _, sections = tell(centre, request.no, "minh")
    return {section.table: len(section.rows) for section in sections}


ALL = {
    *("persons", "person_variants", "person_pairs", "declarations", "passages", "lodgings"),
    *("scans", "cards", "permits"),
}


def test_everything_that_is_held_is_told_and_nothing_of_others(known: Centre) -> None:
    request = ask(known, RequestKind.ACCESS, Subject(About.PERSON, "046 085 000 123"))
    assert request.acknowledge_by.isoformat() == "2021-10-06"
    assert request.answer_by == known.now() + 10 * DAY
    request, sections = tell(known, request.no, "minh")
    assert {section.table for section in sections} == ALL
    assert all(len(section.rows) == 1 for section in sections)
    for language in Language:
        shown = as_text(known, request, sections, language)
        assert "Nguyễn Văn An" in shown
        assert "0905123456" in shown
        assert "Bình" not in shown
        assert "02/03/1985" in shown
        assert not [line for line in shown.splitlines() if "held." in line or "holding." in line]
    whole = json.loads(as_json(known, request, sections))
    assert {one["table"] for one in whole["held"]} == ALL
    assert requests(known) == []
    audit.seal(known)
    row = "SELECT purpose FROM audit WHERE action = 'subject_told'"
    assert transact(known.engine, lambda c: c.execute(text(row)).scalar_one()) == "request 1"


def test_a_number_stands_in_clear_nowhere(known: Centre) -> None:
    ask(known, RequestKind.ERASURE, Subject(About.PERSON, NUMBER))
    assert (
        count(
            known,
            "SELECT count(*) FROM subject_requests AS r WHERE r::text LIKE :n",
            n=f"%{NUMBER}%",
        )
        == 0
    )
    assert (
        count(known, "SELECT count(*) FROM audit AS a WHERE a::text LIKE :n", n=f"%{NUMBER}%") == 0
    )


def test_an_erasure_leaves_every_number_and_no_tie(known: Centre) -> None:
    tables = sorted(ALL - {"persons", "person_variants", "person_pairs"})
    before = {table: count(known, f"SELECT count(*) FROM {table}") for table in tables}
    request = ask(known, RequestKind.ERASURE, Subject(About.PERSON, NUMBER))
    planned = erase(known, request.no, "minh", dry_run=True)
    assert held_on(known, NUMBER).keys() == ALL, "a look at it changes nothing"
    outcome = erase(known, request.no, "minh")
    assert outcome == planned
    assert set(outcome.erased) == ALL
    assert outcome.holds == []
    assert held_on(known, NUMBER) == {}
    assert {table: count(known, f"SELECT count(*) FROM {table}") for table in tables} == before
    assert held_on(known, OTHER).keys() == ALL - {"person_pairs"}, "nothing of others is touched"
    assert count(known, "SELECT count(*) FROM declarations WHERE phone IS NULL") == 1
    assert count(known, "SELECT count(*) FROM permits WHERE 'another' = ANY(people)") == 2
    for table in ("person_numbers", "entrants", "declaration_people"):
        ref = ref_of(known)
        found = count(
            known, f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE :r", r=f"%{ref}%"
        )
        assert found == 0, table
    with pytest.raises(Conflict, match="answered already"):
        erase(known, request.no, "minh")


def test_what_a_law_or_a_running_matter_keeps_is_named_and_stays(known: Centre) -> None:
    at = known.now() - timedelta(hours=20)
    ref = ref_of(known)

    def work(conn: Connection) -> None:
        add_row(conn, "doses", at, person=ref, age_group="adult")
        add_row(conn, "cards", at, person=ref, state="issued", medium="paper")
        add_row(conn, "tasks", at, declaration=f"d{NUMBER}", state="open", kind="call")

    transact(known.engine, work)
    request = ask(known, RequestKind.ERASURE, Subject(About.PERSON, NUMBER))
    outcome = erase(known, request.no, "minh")
    reasons = {hold.table: hold.reason for hold in outcome.holds}
    assert reasons == {
        "doses": HoldReason.LAW,
        "cards": HoldReason.IN_FORCE,
        "declarations": HoldReason.UNDER_WAY,
        "persons": HoldReason.NEEDED,
        "person_variants": HoldReason.NEEDED,
    }
    [dose] = [hold for hold in outcome.holds if hold.table == "doses"]
    assert dose.until == at + known.city.limits.retention["doses"]
    assert set(outcome.erased) == ALL - {"persons", "person_variants", "declarations"}
    assert set(held_on(known, NUMBER)) == set(reasons)
    shown = outcome_text(known, outcome, Language.EN)
    assert "Decree 104/2016" in shown
    assert "within 14 days" in shown


def test_a_plate_is_erased_but_for_what_is_in_force_or_a_violation(centre: Centre) -> None:
    now = centre.now()
    for n, camera in enumerate(("cam-001", "cam-117", "cam-117")):
        at = now - (n + 1) * timedelta(hours=6)
        record_read(centre, "box", PlateRead(f"r{n}", camera, PLATE, 0.99, at, Heading.IN))

    def work(conn: Connection) -> None:
        add_row(conn, "permits", now, ref="p1", plate=PLATE, valid_until=now + DAY, holder="An")
        add_row(
            conn, "permits", now, ref="p2", plate=PLATE, valid_until=now - 50 * DAY, holder="An"
        )
        add_row(
            conn, "permits", now, ref="p3", plate=PLATE, valid_until=now - 40 * DAY, holder="An"
        )
        add_row(conn, "list_entries", now, plate=PLATE, list="watched")

    transact(
        centre.engine,
        lambda conn: [add_row(conn, "plate_lists", now, id="watched"), work(conn)],
    )
    request = ask(centre, RequestKind.ERASURE, Subject(About.PLATE, "75C-203.02"))
    _, sections = tell(centre, request.no, "minh")
    assert {one.table: len(one.rows) for one in sections} == {
        "sightings": 3,
        "alerts": 1,
        "permits": 3,
    }, "that somebody is looked for is told to nobody"
    outcome = erase(centre, request.no, "minh")
    assert outcome.erased == {"sightings": 2, "permits": 1}
    held = {hold.table: (hold.rows, hold.reason) for hold in outcome.holds}
    assert held == {
        "sightings": (1, HoldReason.LAW),
        "alerts": (1, HoldReason.LAW),
        "permits": (2, HoldReason.IN_FORCE),
    }, "a late read is judged by what held then"


def test_who_asks_must_be_known(centre: Centre) -> None:
    wrong = [
        (Subject(About.PERSON, "12"), CHECKED, "number"),
        (Subject(About.PLATE, "?!"), CHECKED, "plate"),
        (Subject(About.PERSON, NUMBER), "  ", "checked"),
    ]
    for subject, checked, field in wrong:
        with pytest.raises(InvalidInput) as fault:
            receive(centre, RequestKind.ACCESS, subject, checked, "minh")
        assert fault.value.field == field
    with pytest.raises(NotFound):
        tell(centre, 7, "minh")
    request = ask(centre, RequestKind.ACCESS, Subject(About.PERSON, NUMBER))
    with pytest.raises(Conflict, match="does not ask for deletion"):
        erase(centre, request.no, "minh")


# Where somebody's reference or plate stands, and why it is in no answer and no erasure of its own.
ELSEWHERE = {
    "declaration_people": "goes with declarations",
    "person_numbers": "goes with persons",
    "persons_fresh": "goes with persons",
    "entrants": "goes with passages",
    "plates_seen": "goes with sightings",
    "health_standing": "computed from doses and tests, and goes with them",
    "dose_corrections": "goes with doses",
    "test_results": "goes with tests",
    "case_steps": "goes with cases",
    "declaration_steps": "how many people, not who",
    "breaches": "how many people, not who",
}
TIES = ("person", "head", "plate", "people", "phone", "mail", "email", "holder", "declared_by")


def test_no_table_that_speaks_of_somebody_is_forgotten(centre: Centre) -> None:
    """A new table with a person or a plate in it must say how who it is about gets it erased."""
    statement = text("""
        SELECT DISTINCT c.table_name FROM information_schema.columns AS c
        JOIN pg_class AS r ON r.relname = c.table_name AND NOT r.relispartition
        WHERE c.table_schema = 'public' AND c.column_name = ANY(:ties)
    """)
    rows = transact(
        centre.engine, lambda conn: conn.execute(statement, {"ties": list(TIES)}).scalars().all()
    )
    spoken = {one.table for about in About for one in (*told(about), *erasable(about), *UNTOLD)}
    # Senders of reports are found by the report, which is theirs to show; calls keep no number.
    known = spoken | set(ELSEWHERE) | {"reporters"}
    assert set(rows) <= known, "say in ioc/subjects/holdings.py how it is told and erased"


def test_every_column_told_has_its_words() -> None:
    labels = load_labels(CONFIG_DIR / "labels")
    for about in About:
        for one in told(about):
            assert f"holding.{one.table}" in labels
            assert not [name for name in one.columns if f"held.{name}" not in labels], one.table

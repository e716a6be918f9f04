"""Doubt on the real store: what is accused, what is asked, and what is kept of it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc.alerts.model import Desk
from ioc.alerts.service import open_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.model import Heading, Outcome, PlateCharacter, PlateRead, Reason
from ioc.vehicles.recording import record_read, record_reads
from ioc.vehicles.upkeep import recount

GATE, MAIN = "cam-001", "cam-117"
DAY = timedelta(days=1)


def a_permit(centre: Centre, plate: str, permit_class: PermitClass, **span: float) -> None:
    now = centre.now()
    begin, end = now - timedelta(days=span.get("since", 1)), now + timedelta(days=span.get("to", 1))
    permit = Permit(f"p-{plate}", plate, permit_class, begin, end)
    grant_permits(centre, "transport", [permit])


def a_read(
    centre: Centre, plate: str, confidence: float = 0.99, camera: str = GATE, name: str = "1"
) -> PlateRead:
    characters = tuple(PlateCharacter(char, 0.99) for char in plate)
    seen_at = centre.now() - timedelta(seconds=5)
    return PlateRead(name, camera, plate, confidence, seen_at, Heading.IN, characters=characters)


def doubts(centre: Centre) -> list[tuple[str, str, str, list[str]]]:
    query = text("SELECT plate, band, reason, candidates FROM doubts ORDER BY plate")
    rows = transact(centre.engine, lambda conn: conn.execute(query).all())
    return [(r.plate, r.band, r.reason, [c["plate"] for c in r.candidates]) for r in rows]


def test_a_stranger_at_a_gate_is_stopped_and_the_doubt_is_kept(centre: Centre) -> None:
    verdict = record_read(centre, "box", a_read(centre, "43C16839")).verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.reason) == (Outcome.STOP, Reason.NO_PERMIT)
    [(plate, band, reason, candidates)] = doubts(centre)
    assert (plate, band, reason, candidates[0]) == ("43C16839", "act", "no_permit", "43C16839")


@pytest.mark.parametrize(
    ("read", "held"),
    [("43C16639", "43C16839"), ("75F126456", "75F128456"), ("43N16839", "43H16839")],
)
def test_a_likely_misread_of_a_permit_is_asked_about(centre: Centre, read: str, held: str) -> None:
    a_permit(centre, held, PermitClass.GREEN)
    result = record_read(centre, "box", a_read(centre, read))
    assert result.verdict is not None
    assert (result.verdict.outcome, result.verdict.reason) == (Outcome.REVIEW, Reason.UNSURE_READ)
    # A likeness never clears: nobody without a permit of its own has entered.
    assert result.verdict.permit is None
    [alert] = open_alerts(centre)
    assert (alert.desk, alert.plate) == (Desk.REVIEW, read)
    [(_, band, reason, candidates)] = doubts(centre)
    assert (band, reason) == ("review", "no_permit")
    assert held in candidates
    assert recount(centre) == []


def test_a_permit_that_is_over_explains_no_stop(centre: Centre) -> None:
    a_permit(centre, "43C16839", PermitClass.GREEN, since=9, to=-3)
    verdict = record_read(centre, "box", a_read(centre, "43C16639")).verdict
    # The look-alike is accused too, but of something else: which of the two, a person says.
    assert verdict is not None
    assert verdict.outcome is Outcome.REVIEW


def test_a_doubtful_read_like_a_yellow_pass_on_a_main_road_is_asked_about(centre: Centre) -> None:
    a_permit(centre, "43C20302", PermitClass.YELLOW)
    doubtful = record_read(centre, "box", a_read(centre, "43C20362", 0.6, MAIN))
    assert doubtful.verdict is not None
    assert doubtful.verdict.outcome is Outcome.REVIEW
    assert doubts(centre)[0][2] == "yellow_on_main"
    sure = record_read(centre, "box", a_read(centre, "43C20362", 0.999, MAIN, "2"))
    assert sure.verdict is not None
    assert sure.verdict.outcome is Outcome.NOTE


def test_a_doubtful_read_of_a_permit_passes_as_it_did(centre: Centre) -> None:
    a_permit(centre, "43C16839", PermitClass.GREEN)
    verdict = record_read(centre, "box", a_read(centre, "43C16839", 0.5)).verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.PASS
    assert doubts(centre) == []


def test_a_batch_asks_the_store_once_for_all_candidates(centre: Centre) -> None:
    a_permit(centre, "43C16839", PermitClass.GREEN)
    asked = []
    engine = centre.engine
    from sqlalchemy import event

    def note(conn, cursor, statement, *_: object) -> None:
        asked.append(statement.split("FROM")[0:2][-1].strip().split(" ")[0])

    event.listen(engine, "before_cursor_execute", note)
    reads = [a_read(centre, f"43C{16000 + n}", name=str(n)) for n in range(50)]
    record_reads(centre, "box", reads)
    event.remove(engine, "before_cursor_execute", note)
    assert asked.count("permits") == 2

"""Days are made, counted again, sealed and dropped; every record goes on its day; sums stay."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from ioc import tally
from ioc.alerts.service import find_alerts
from ioc.centre import Centre
from ioc.db import transact
from ioc.evidence import keep
from ioc.intake import IntakeStatus, Refusal, refuse
from ioc.overview import figures
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits, permits_of, revoke_permit
from ioc.permits.upkeep import withdraw_others
from ioc.upkeep import fold_tallies, purge
from ioc.vehicles import store
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import record_read, record_reads
from ioc.vehicles.service import latest_sightings
from ioc.vehicles.upkeep import drop_days, ensure_days, recount

DAY = timedelta(days=1)
GATE, MAIN = "cam-001", "cam-117"
JPEG = b"\xff\xd8\xff\xe0 a picture"


def a_read(centre: Centre, number: int, days_ago: float = 0, **changes: object) -> PlateRead:
    at = centre.now() - timedelta(days=days_ago)
    read = PlateRead(f"read-{number}", GATE, "43C16839", 0.99, at, Heading.IN)
    return replace(read, **changes)


@pytest.fixture
def busy(centre: Centre) -> Centre:
    """Twelve reads on four days, of a green, a yellow and an unknown vehicle."""
    ensure_days(centre)
    now = centre.now()
    permits = [
        Permit("green", "43C16839", PermitClass.GREEN, now - 60 * DAY, now + DAY),
        Permit("yellow", "75C20302", PermitClass.YELLOW, now - 60 * DAY, now + DAY),
    ]
    grant_permits(centre, "transport", permits)
    reads = [
        a_read(centre, n, n % 4 * 10, plate=plate, camera=camera)
        for n, (plate, camera) in enumerate(
            [("43C16839", GATE), ("75C20302", MAIN), ("29A00001", GATE)] * 4
        )
    ]
    record_reads(centre, "box", reads)
    return centre


def days_held(centre: Centre) -> list[date]:
    return transact(centre.engine, store.days_held)


def test_days_reach_over_the_whole_time_of_intake(centre: Centre, clock) -> None:
    ensure_days(centre)
    held = days_held(centre)
    assert (held[0], held[-1]) == (date(2021, 8, 19), date(2021, 10, 11))
    for number, days_ago in enumerate((44.99, 20, 0)):
        [result] = record_reads(centre, "box", [a_read(centre, number, days_ago)])
        assert result.receipt.status is IntakeStatus.RECORDED
    clock.advance(days=1)
    ensure_days(centre)
    ensure_days(centre)
    assert days_held(centre) == [*held, date(2021, 10, 12)]


def test_a_day_that_nobody_made_is_made_by_the_read(centre: Centre, clock) -> None:
    clock.advance(days=100)
    results = record_reads(centre, "box", [a_read(centre, 1), a_read(centre, 2, 40)])
    assert [result.receipt.status.value for result in results] == ["recorded", "recorded"]
    assert len(latest_sightings(centre, centre.now() - 45 * DAY)) == 2
    assert recount(centre) == []


def test_a_read_at_midnight_lies_on_the_new_day(centre: Centre, clock) -> None:
    clock.at = clock.at.replace(hour=17, minute=0, second=0)
    record_read(centre, "box", a_read(centre, 1))
    record_read(centre, "box", a_read(centre, 2, 1 / 86_400))
    assert figures(centre).values["reads_today"] == 1
    assert recount(centre) == []


def test_every_tally_equals_its_facts(busy: Centre) -> None:
    assert recount(busy) == []
    fold_tallies(busy)
    assert recount(busy) == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE tally SET n = n + 1 WHERE metric = 'read' AND place = 'cam-117'", "read cam-117"),
        ("DELETE FROM tally WHERE metric = 'verdict.stop'", "verdict.stop"),
        ("UPDATE tally_day SET n = n - 1 WHERE metric = 'entry.vehicle'", "entry.vehicle cam-001"),
        ("DELETE FROM sightings WHERE camera = 'cam-117'", "read cam-117"),
        ("DELETE FROM permits WHERE permit_id = 'green'", "permit.granted transport"),
        ("UPDATE tally_total SET n = n + 5 WHERE metric = 'read'", "total of read"),
        ("UPDATE tally_quarter SET n = 0 WHERE metric = 'read'", "quarter-hours of read"),
        ("DELETE FROM seal", "read"),
    ],
)
def test_a_number_that_is_off_is_named(busy: Centre, clock, statement: str, says: str) -> None:
    transact(busy.engine, lambda conn: tally.fold(conn, clock.at - DAY, busy.city.zone))
    drop_days(busy, clock.at.date() - 25 * DAY)
    assert recount(busy) == []
    transact(busy.engine, lambda conn: conn.execute(text(statement)))
    differences = recount(busy)
    assert differences
    assert any(says in difference for difference in differences)


def test_a_dropped_day_leaves_its_seal_and_every_number(busy: Centre) -> None:
    fold_tallies(busy)
    before = figures(busy).values
    assert busy.now().date() - 30 * DAY in drop_days(busy, busy.now().date() - 15 * DAY)
    assert days_held(busy)[0] == busy.now().date() - 15 * DAY
    assert len(latest_sightings(busy, busy.now() - 45 * DAY)) == 6
    assert figures(busy).values == before
    assert recount(busy) == []
    assert drop_days(busy, busy.now().date() - 15 * DAY) == []


def test_each_kind_goes_on_its_day(busy: Centre, clock) -> None:
    refuse(busy, "box", "read", [Refusal("x", "plate", "is empty", None)])
    keep(busy, JPEG, "plate", GATE, busy.now())
    clock.advance(days=14)
    gone = purge(busy)
    assert gone["days of sightings"] == 0
    assert not any(gone.values())
    assert {"registrations", "permits", "alerts", "people", "persons", "audit"} <= set(gone)
    clock.advance(days=47)
    fold_tallies(busy)
    gone = purge(busy)
    assert gone["days of sightings"] > 40
    assert (gone["intake"], gone["refused"], gone["pictures"]) == (14, 1, 1)
    assert gone["quarter-hours"] > 0
    assert latest_sightings(busy, clock.at - 100 * DAY) == []
    assert recount(busy) == []
    clock.advance(days=366)
    assert purge(busy)["permits"] == 2
    assert permits_of(busy, "43C16839") == []
    assert figures(busy).values["vehicles_approved_total"] == 2
    assert recount(busy) == []
    assert len(find_alerts(busy)) == 8, "what is open is never purged"


def test_a_permit_goes_with_all_its_versions_and_counts_once(centre: Centre, clock) -> None:
    now = centre.now()
    granted = Permit("p", "43C16839", PermitClass.GREEN, now, now + DAY)
    [receipt] = grant_permits(centre, "transport", [granted])
    revoke_permit(centre, str(receipt.ref), "transport")
    clock.advance(days=400)
    fold_tallies(centre)
    assert purge(centre)["permits"] == 2
    assert recount(centre) == []
    assert figures(centre).values["vehicles_approved_total"] == 1


def test_a_new_list_of_a_source_withdraws_what_it_no_longer_names(centre: Centre) -> None:
    now = centre.now()
    permits = [
        Permit(name, "43C16839", PermitClass.GREEN, now - DAY, now + DAY) for name in ("a", "b")
    ]
    grant_permits(centre, "transport", permits)
    grant_permits(centre, "police", permits[:1])
    assert withdraw_others(centre, "transport", ["b"]) == 1
    assert withdraw_others(centre, "transport", ["b"]) == 0
    assert sorted(permit.id for permit in permits_of(centre, "43C16839")) == ["a", "b"]
    assert recount(centre) == []

"""Nothing is lost and nothing is told twice, whatever comes in whatever order from whomever."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import count, pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from ioc.alerts.model import Alert, AlertOutcome, Step
from ioc.alerts.muting import mute, unmute
from ioc.alerts.service import Act, escalate, find_alert, log_of, take_step, unshelve_due
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.intake import IntakeStatus
from ioc.patrols.rules import ON_A_CASE
from ioc.patrols.service import find_patrols
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.recording import ReadResult, record_reads
from ioc.vehicles.service import sightings_of

TEAMS = ("to-01", "to-02", "a team of another force")
GATES = ("cam-001", "cam-002", "cam-003")
NUMBERS = count(1)
ALERTS_OF = text("SELECT id FROM alerts WHERE plate = ANY(:plates) ORDER BY id")
SIGHTINGS_OF = text("SELECT ref, alert FROM sightings WHERE plate = ANY(:plates)")

passes = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(GATES), st.integers(-25, 0)),
    min_size=1,
    max_size=5,
)


def alerts_of(centre: Centre, plates: list[str]) -> list[Alert]:
    numbers = transact(
        centre.engine, lambda conn: list(conn.execute(ALERTS_OF, {"plates": plates}).scalars())
    )
    return [find_alert(centre, str(number)) for number in numbers]


def check(centre: Centre, plates: list[str], expected: int) -> None:
    """Every sighting stands under one alert; one incident has one alert."""
    held = transact(
        centre.engine, lambda conn: list(conn.execute(SIGHTINGS_OF, {"plates": plates}))
    )
    assert len(held) == expected
    assert all(row.alert is not None for row in held)
    alerts, window = alerts_of(centre, plates), centre.city.limits.incident
    listed = {alert.id: sightings_of(centre, alert) for alert in alerts}
    assert sorted(s.ref for seen in listed.values() for s in seen) == sorted(r.ref for r in held)
    for alert in alerts:
        seen = listed[alert.id]
        assert len(seen) == alert.sightings
        assert all(abs(s.read.seen_at - alert.first_seen_at) < window for s in seen)
        assert all(s.alert == alert.id and s.read.plate == alert.plate for s in seen)
    starts = sorted((a.plate, a.reason, a.first_seen_at) for a in alerts)
    for (plate, reason, start), (other, why, later) in pairwise(starts):
        assert (plate, reason) != (other, why) or later - start >= window


class Room(RuleBasedStateMachine):
    """Boxes send from several threads, again and late, while officers do what they like."""

    centre: Centre

    @initialize()
    def open(self) -> None:
        number = next(NUMBERS)
        self.plates = [f"43C{10000 + number}", f"51D{10000 + number}"]
        self.sent: dict[str, list[PlateRead]] = {}
        self.expected = 0

    @rule(batches=st.lists(passes, min_size=1, max_size=3))
    def vehicles_pass(self, batches: list[list[tuple[int, str, int]]]) -> None:
        now = self.centre.now()
        reads = {
            f"box-{n}": [
                PlateRead(
                    f"r{next(NUMBERS)}",
                    camera,
                    self.plates[plate],
                    0.99,
                    now + timedelta(minutes=minutes),
                    Heading.IN,
                )
                for plate, camera, minutes in batch
            ]
            for n, batch in enumerate(batches)
        }
        for results in self.send(reads):
            assert all(result.receipt.status is IntakeStatus.RECORDED for result in results)
            assert all(result.alert is not None for result in results)
        self.expected += sum(len(batch) for batch in reads.values())
        self.sent = reads

    @precondition(lambda self: bool(self.sent))
    @rule()
    def boxes_send_again(self) -> None:
        for results in self.send(self.sent):
            assert all(result.receipt.status is IntakeStatus.REPEATED for result in results)

    @rule(step=st.sampled_from(Step), which=st.integers(0, 9))
    def an_officer_acts(self, step: Step, which: int) -> None:
        alerts = alerts_of(self.centre, self.plates)
        if not alerts:
            return
        alert = alerts[which % len(alerts)]
        unit = TEAMS[which % len(TEAMS)]
        act = Act(step, "an officer", unit=unit, note="why", outcome=AlertOutcome.OTHER)
        before = len(log_of(self.centre, alert.id))
        with suppress(Conflict):
            taken = take_step(self.centre, alert.id, act)
            assert len(log_of(self.centre, alert.id)) == before + 1
            assert taken.sightings == alert.sightings

    @rule(camera=st.sampled_from(GATES), lifts=st.booleans())
    def the_lead_mutes(self, camera: str, lifts: bool) -> None:
        if not lifts:
            mute(self.centre, "the lead", camera, "R-K1", "dirt on the lens")
            return
        with suppress(NotFound):
            unmute(self.centre, "the lead", camera, "R-K1")

    @rule(minutes=st.integers(1, 20))
    def time_goes_by(self, minutes: int) -> None:
        self.centre.now.advance(minutes=minutes)  # type: ignore[attr-defined]
        escalate(self.centre)
        unshelve_due(self.centre)

    @invariant()
    def nothing_is_lost_and_nothing_told_twice(self) -> None:
        if hasattr(self, "plates"):
            check(self.centre, self.plates, self.expected)

    @invariant()
    def a_unit_is_on_one_open_alert_or_on_none(self) -> None:
        on = [p for p in find_patrols(self.centre) if p.alert is not None]
        assert len({patrol.alert for patrol in on}) == len(on)
        for patrol in on:
            alert = find_alert(self.centre, str(patrol.alert))
            assert alert.closed_at is None
            assert alert.unit == patrol.station.name
            assert patrol.status in ON_A_CASE

    def send(self, reads: dict[str, list[PlateRead]]) -> list[list[ReadResult]]:
        with ThreadPoolExecutor(3) as pool:
            return list(pool.map(lambda item: record_reads(self.centre, *item), reads.items()))


def test_nothing_is_lost_and_nothing_is_told_twice(centre: Centre) -> None:
    Room.centre = centre
    run_state_machine_as_test(
        Room,
        settings=settings(
            max_examples=12,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_eight_writers_of_one_vehicle_raise_one_alert(centre: Centre) -> None:
    now, plates = centre.now(), ["43C90001", "51D90001", "74A90001"]

    def send(box: int) -> None:
        turned = plates[box % 3 :] + plates[: box % 3]
        reads = [
            PlateRead(f"{box}-{n}", GATES[n % 3], plate, 0.99, now, Heading.IN)
            for n, plate in enumerate(turned * 5)
        ]
        record_reads(centre, f"box-{box}", reads)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    check(centre, plates, 8 * 15)
    assert [alert.sightings for alert in alerts_of(centre, plates)] == [40, 40, 40]


def test_the_sightings_of_an_alert_are_found_by_its_index(centre: Centre) -> None:
    query = "EXPLAIN SELECT * FROM sightings WHERE alert = 7 AND seen_at >= '2021-10-04'"
    off = "SET LOCAL enable_seqscan = off"

    def work(conn):  # type: ignore[no-untyped-def]
        conn.execute(text(off))
        return "\n".join(conn.execute(text(query)).scalars())

    assert "alert_seen_at_idx" in transact(centre.engine, work)

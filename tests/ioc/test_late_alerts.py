"""A vehicle that has long gone: its alert says by how much it is late, and calls nobody."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from ioc.alerts.load import is_flood
from ioc.alerts.model import Alert, AlertState, Cause, Step
from ioc.alerts.rules import late_s
from ioc.alerts.service import Act, escalate, find_alerts, open_alerts, take_step
from ioc.centre import Centre
from tests.conftest import NOW, Clock
from tests.ioc.test_alerts import a_cause, raised

MINUTE = timedelta(minutes=1)
TOO_LATE = timedelta(minutes=5)


def known(minutes_after: float, number: int = 1, **changes: object) -> Cause:
    """A cause seen so many minutes before it is known, which is now."""
    seen_at = NOW - minutes_after * MINUTE
    return a_cause(number, seen_at=seen_at, known_at=NOW, **changes)


def topics(centre: Centre) -> list[str]:
    with centre.engine.connect() as conn:
        return list(
            conn.execute(text("SELECT topic FROM notices ORDER BY put_at, topic")).scalars()
        )


def one(centre: Centre) -> Alert:
    [alert] = open_alerts(centre)
    return alert


@pytest.mark.parametrize(
    ("known_after", "late"),
    [(None, None), (0, None), (5, None), (5.02, 301), (57, 3420), (-4, None)],
)
def test_late_is_what_became_known_after_the_limit_of_the_city(known_after, late):
    cause = a_cause() if known_after is None else known(known_after)
    assert late_s(cause, cause.seen_at, TOO_LATE) == late


def test_a_late_alert_says_by_how_much_and_neither_sounds_nor_goes_up(
    centre: Centre, clock: Clock
) -> None:
    raised(centre, known(57))
    alert = one(centre)
    assert (alert.late_s, alert.state, alert.unit_due_at) == (57 * 60, AlertState.NEW, None)
    assert alert.due_at == NOW + centre.city.limits.late_take
    clock.at = NOW + timedelta(hours=12)
    assert escalate(centre) == 0
    assert one(centre).level == 0
    assert topics(centre) == []
    taken = take_step(centre, alert.id, Act(Step.ACKNOWLEDGE, "police"))
    assert taken.late_s == alert.late_s
    clock.at += timedelta(hours=12)
    assert escalate(centre) == 0


def test_an_alert_in_time_goes_before_every_late_one(centre: Centre) -> None:
    raised(centre, *(known(40 + n, n, plate=f"43C{n:05}") for n in range(30)))
    raised(centre, known(1, 99, plate="43C99999"))
    alerts = open_alerts(centre)
    assert [alert.is_late for alert in alerts] == [False] + [True] * 30
    assert find_alerts(centre, limit=1)[0].plate == "43C99999"
    assert not is_flood(centre)


def test_seen_again_in_time_it_calls_after_all(centre: Centre, clock: Clock) -> None:
    raised(centre, known(6))
    assert one(centre).is_late
    clock.at = NOW + 2 * MINUTE
    raised(centre, a_cause(2, seen_at=clock.at, known_at=clock.at))
    alert = one(centre)
    assert (alert.late_s, alert.sightings) == (None, 2)
    assert alert.due_at == clock.at + centre.city.limits.acknowledge[alert.priority]
    assert alert.unit_due_at is not None
    clock.at = alert.due_at
    assert escalate(centre) == 1


def test_an_incident_told_in_one_go_is_as_late_as_its_last_sighting(centre: Centre) -> None:
    raised(centre, known(9, 1), known(1, 2))
    assert one(centre).late_s is None


def test_late_reads_that_join_leave_an_alert_in_time_as_it_is(centre: Centre) -> None:
    raised(centre, known(2, 1))
    before = one(centre)
    raised(centre, known(9, 2))
    assert one(centre).due_at == before.due_at
    assert one(centre).late_s is None


def test_taken_late_it_stays_for_the_log_when_seen_again(centre: Centre) -> None:
    raised(centre, known(6))
    take_step(centre, one(centre).id, Act(Step.ACKNOWLEDGE, "police"))
    raised(centre, known(0, 2))
    assert one(centre).late_s == 360

"""Permits as dated versions: what may follow what, what a version says, which one judges a read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.overview import figures
from ioc.permits import store
from ioc.permits.model import Appeal, Change, Order, Permit, PermitClass, PermitState
from ioc.permits.rules import changed, version_for
from ioc.permits.service import (
    change_permit,
    find_permit,
    grant_permits,
    permits_of,
    revoke_permit,
    versions_of,
)
from ioc.permits.upkeep import drop_permits
from ioc.vehicles.model import Heading, Outcome, PlateRead, Reason
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import find_sighting
from ioc.vehicles.upkeep import recount

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SITE = "kcl-truong-bia"
PLATE = "43C16839"


def a_permit(**changes: object) -> Permit:
    return replace(
        Permit(
            "p-1", PLATE, PermitClass.GREEN, NOW - DAY, NOW + DAY, ref="r", roads=("ql1a-north",)
        ),
        **changes,
    )


def order(change: Change, **terms: object) -> Order:
    return Order(change, "an officer", "a reason", **terms)


def granted(centre: Centre, **changes: object) -> str:
    [receipt] = grant_permits(centre, "transport", [a_permit(**changes)])
    return str(receipt.ref)


def judged(centre: Centre, name: str, seen_at: datetime, camera: str = "cam-117"):
    read = PlateRead(name, camera, PLATE, 0.99, seen_at, Heading.IN)
    return record_read(centre, "box", read).verdict


STATES = {
    PermitState.GRANTED: a_permit(),
    PermitState.REVOKED: a_permit(revoked_at=NOW - HOUR),
    PermitState.APPEALED: a_permit(revoked_at=NOW - HOUR, appeal=Appeal.OPEN),
    PermitState.FINAL: a_permit(revoked_at=NOW - HOUR, appeal=Appeal.DISMISSED),
}
ORDERS = {
    Change.GRANT: order(Change.GRANT),
    Change.AMEND: order(Change.AMEND, permit_class=PermitClass.YELLOW),
    Change.EXTEND: order(Change.EXTEND, valid_until=NOW + 2 * DAY),
    Change.RENEW: order(Change.RENEW, valid_until=NOW + 9 * DAY),
    Change.REVOKE: order(Change.REVOKE),
    Change.APPEAL: order(Change.APPEAL),
    Change.UPHOLD: order(Change.UPHOLD),
    Change.DISMISS: order(Change.DISMISS),
}
NO = None
# Down: how the permit stands. Across: the change. In it: how it stands then; NO: refused.
TABLE = {
    PermitState.GRANTED: (NO, "granted", "granted", "granted", "revoked", NO, NO, NO),
    PermitState.REVOKED: (NO, NO, NO, NO, NO, "appealed", NO, NO),
    PermitState.APPEALED: (NO, NO, NO, NO, NO, NO, "granted", "final"),
    PermitState.FINAL: (NO, NO, NO, NO, NO, NO, NO, NO),
}


@pytest.mark.parametrize("state", PermitState)
def test_every_change_leads_where_the_table_says_or_is_refused(state: PermitState) -> None:
    permit = STATES[state]
    assert permit.state is state
    for change, then in zip(Change, TABLE[state], strict=True):
        if then is NO:
            with pytest.raises(Conflict, match=f"{change.value} cannot follow {state.value}"):
                changed(permit, ORDERS[change], NOW)
        else:
            new = changed(permit, ORDERS[change], NOW)
            assert (new.state.value, new.version) == (then, 2), change


@pytest.mark.parametrize(
    ("given_order", "field"),
    [
        (order(Change.AMEND), "change"),
        (order(Change.AMEND, permit_class=PermitClass.GREEN), "change"),
        (order(Change.AMEND, permit_class=PermitClass.RED), "destination"),
        (order(Change.AMEND, valid_from=NOW), "valid_from"),
        (order(Change.AMEND, valid_until=NOW - 2 * DAY), "valid_until"),
        (order(Change.EXTEND), "valid_until"),
        (order(Change.EXTEND, valid_until=NOW + DAY), "valid_until"),
        (order(Change.EXTEND, valid_until=NOW + 2 * DAY, roads=()), "roads"),
        (order(Change.RENEW), "valid_until"),
        (order(Change.RENEW, valid_from=NOW, valid_until=NOW + 9 * DAY), "valid_from"),
        (order(Change.RENEW, valid_until=NOW + HOUR), "valid_until"),
        (order(Change.RENEW, valid_until=NOW + 9 * DAY, holds_from=NOW), "holds_from"),
        (order(Change.REVOKE, permit_class=PermitClass.RED), "permit_class"),
    ],
)
def test_an_order_that_cannot_be_names_its_field(given_order: Order, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        changed(a_permit(), given_order, NOW)
    assert refused.value.field == field


def test_a_change_says_why_and_its_times_have_an_offset() -> None:
    with pytest.raises(InvalidInput, match="why"):
        Order(Change.REVOKE, "an officer", "  ")
    with pytest.raises(InvalidInput, match="valid_until"):
        order(Change.EXTEND, valid_until=datetime(2021, 10, 9))  # noqa: DTZ001


def test_what_has_ended_is_renewed_not_extended() -> None:
    ended = a_permit(valid_until=NOW - HOUR)
    for change in (Change.EXTEND, Change.AMEND):
        with pytest.raises(Conflict, match="renew it"):
            changed(ended, ORDERS[change], NOW)
    new = changed(ended, ORDERS[Change.RENEW], NOW)
    assert (new.valid_from, new.held_from, new.valid_until) == (NOW, NOW, NOW + 9 * DAY)


def test_a_permit_that_is_red_no_longer_forgets_its_site() -> None:
    red = a_permit(permit_class=PermitClass.RED, destination=SITE, deadline=NOW + HOUR)
    new = changed(red, order(Change.AMEND, permit_class=PermitClass.GREEN), NOW)
    assert (new.destination, new.deadline) == (None, None)


def test_a_late_read_is_judged_by_what_held_when_it_was_seen(centre: Centre, clock) -> None:
    ref = granted(centre)
    clock.advance(hours=1)
    change_permit(centre, ref, order(Change.AMEND, permit_class=PermitClass.YELLOW))
    clock.advance(hours=1)
    before, after = judged(centre, "late", NOW), judged(centre, "now", clock.at)
    assert (before.outcome, before.permit_version) == (Outcome.PASS, 1)
    assert (after.reason, after.permit_version) == (Reason.YELLOW_ON_MAIN, 2)
    [first, second] = versions_of(centre, ref)
    assert (first.superseded_at, second.known_at) == (NOW + HOUR, NOW + HOUR)
    assert (second.change, second.actor, second.why) == (Change.AMEND, "an officer", "a reason")
    assert find_permit(centre, ref, 1).permit_class is PermitClass.GREEN


def test_what_was_wrong_from_the_start_is_mended_for_late_reads_too(centre: Centre, clock) -> None:
    ref = granted(centre)
    clock.advance(hours=1)
    order_of_old = order(Change.AMEND, permit_class=PermitClass.YELLOW, holds_from=NOW - DAY)
    change_permit(centre, ref, order_of_old)
    verdict = judged(centre, "late", NOW)
    assert (verdict.reason, verdict.permit_version) == (Reason.YELLOW_ON_MAIN, 2)


def test_a_read_keeps_the_version_it_was_judged_by(centre: Centre, clock) -> None:
    ref = granted(centre)
    read = PlateRead("kept", "cam-117", PLATE, 0.99, NOW, Heading.IN)
    result = record_read(centre, "box", read)
    clock.advance(hours=1)
    revoke_permit(centre, ref, "an officer", NOW - HOUR)
    sighting = find_sighting(centre, str(result.receipt.ref), NOW)
    assert (sighting.verdict.permit, sighting.verdict.permit_version) == (ref, 1)
    assert record_read(centre, "box", read).verdict == replace(
        sighting.verdict, desk=None, priority=None
    )


def test_a_renewal_to_come_leaves_the_days_before_it_alone(centre: Centre, clock) -> None:
    ref = granted(centre)
    renewal = order(Change.RENEW, valid_from=NOW + 2 * DAY, valid_until=NOW + 4 * DAY)
    change_permit(centre, ref, renewal)
    assert judged(centre, "today", NOW).permit_version == 1
    clock.advance(days=1, hours=1)
    between = judged(centre, "between", clock.at, "cam-001")
    assert (between.reason, between.permit_version) == (Reason.EXPIRED, 1)
    clock.advance(days=1)
    assert judged(centre, "after", clock.at).permit_version == 2
    assert figures(centre).values["vehicles_approved_total"] == 1
    assert recount(centre) == []


def test_a_change_of_a_renewal_to_come_begins_with_it(centre: Centre) -> None:
    ref = granted(centre)
    renewal = order(Change.RENEW, valid_from=NOW + 2 * DAY, valid_until=NOW + 4 * DAY)
    change_permit(centre, ref, renewal)
    for later in (
        order(Change.AMEND, permit_class=PermitClass.YELLOW),
        order(Change.EXTEND, valid_until=NOW + 5 * DAY),
    ):
        assert change_permit(centre, ref, later).held_from == NOW + 2 * DAY
    assert judged(centre, "today", NOW).permit_version == 1
    assert [version.is_void for version in versions_of(centre, ref)] == [False, True, True, False]


def test_a_revocation_ends_a_renewal_to_come_and_an_appeal_may_restore(centre, clock) -> None:
    ref = granted(centre)
    change_permit(centre, ref, order(Change.RENEW, valid_until=NOW + 4 * DAY))
    clock.advance(hours=1)
    change_permit(centre, ref, order(Change.REVOKE))
    assert judged(centre, "revoked", clock.at, "cam-001").reason is Reason.REVOKED
    assert judged(centre, "before", NOW).permit_version == 1
    change_permit(centre, ref, order(Change.APPEAL))
    assert judged(centre, "appealed", clock.at, "cam-001").permit_version == 4
    clock.advance(days=1)
    restored = change_permit(centre, ref, order(Change.UPHOLD))
    assert (restored.state, restored.version) == (PermitState.GRANTED, 5)
    assert judged(centre, "restored", clock.at, "cam-001").outcome is Outcome.PASS
    assert judged(centre, "late", NOW + 2 * HOUR, "cam-001").reason is Reason.REVOKED
    with pytest.raises(NotFound):
        change_permit(centre, "nothing", order(Change.REVOKE))


def test_a_permit_is_kept_until_its_last_version_has_ended(centre: Centre, clock) -> None:
    ref = granted(centre)
    change_permit(centre, ref, order(Change.EXTEND, valid_until=NOW + 9 * DAY))
    assert drop_permits(centre, NOW + 5 * DAY) == 0
    assert drop_permits(centre, NOW + 10 * DAY) == 2
    assert recount(centre) == []


def test_sent_again_after_a_change_a_permit_stays_as_it_was_changed(centre: Centre) -> None:
    ref = granted(centre)
    change_permit(centre, ref, order(Change.AMEND, permit_class=PermitClass.YELLOW))
    assert granted(centre) == ref
    assert [permit.version for permit in permits_of(centre, PLATE)] == [2]


CHOICES = st.sampled_from([change for change in Change if change is not Change.GRANT])
STEPS = st.lists(st.tuples(CHOICES, st.integers(-30, 60), st.integers(0, 20)), max_size=8)


def an_order(change: Change, hours: int, permit: Permit) -> Order:
    at = NOW + hours * HOUR
    match change:
        case Change.AMEND:
            other = PermitClass.YELLOW if permit.permit_class is PermitClass.GREEN else "green"
            return order(change, permit_class=PermitClass(other), holds_from=at)
        case Change.EXTEND:
            return order(change, valid_until=permit.valid_until + 12 * HOUR)
        case Change.RENEW:
            begins = permit.valid_until + abs(hours) * HOUR
            return order(change, valid_from=begins, valid_until=begins + DAY)
        case Change.REVOKE | Change.UPHOLD:
            return order(change, holds_from=at if hours % 2 else None)
    return order(change)


def is_void(versions: list, number: int) -> bool:
    """Whether later versions speak of all that one spoke of."""
    begins = [version.permit.held_from or datetime.min.replace(tzinfo=UTC) for version in versions]
    return any(later <= begins[number] for later in begins[number + 1 :])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_at_any_time_one_version_is_known_and_one_speaks(centre: Centre, clock, steps) -> None:
    """The store's book-keeping against the plain definition, over whatever was changed before."""
    transact(centre.engine, lambda conn: conn.execute(text("DELETE FROM permits")))
    transact(centre.engine, lambda conn: conn.execute(text("DELETE FROM intake")))
    clock.at = NOW
    ref = granted(centre)
    for change, hours, wait in steps:
        clock.advance(hours=wait)
        try:
            change_permit(centre, ref, an_order(change, hours, find_permit(centre, ref)))
        except (Conflict, InvalidInput):
            continue
    versions = versions_of(centre, ref)
    assert [v.permit.version for v in versions] == list(range(1, len(versions) + 1))
    assert [v.superseded_at for v in versions[:-1]] == [v.known_at for v in versions[1:]]
    assert versions[-1].superseded_at is None
    assert [v.is_void for v in versions] == [is_void(versions, n) for n in range(len(versions))]
    speaking = transact(centre.engine, lambda conn: store.speaking_of(conn, [PLATE]))[PLATE]
    for hours in range(-40, 200, 7):
        at = NOW + hours * HOUR
        found = [permit for permit in speaking if permit.speaks_at(at)]
        wanted = version_for(versions, clock.at, at)
        assert [permit.version for permit in found] == ([wanted.version] if wanted else [])

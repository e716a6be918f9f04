"""Lists of plates: registered with an owner, entered by one person, approved by another."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.lists.model import ListEntry, ListKind, ListReason, PlateList
from ioc.lists.service import (
    amend,
    approve,
    drop_entries,
    enter,
    find_list,
    register_list,
    registry,
    review_list,
    tell_stale,
    waiting,
    withdraw,
)
from ioc.lists.store import entries_of
from ioc.notices.service import letters_about

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY = timedelta(days=1)
PLATE = "43C16839"
POLICE = PlateList(
    "police-watch", ListKind.WATCH, "PC08", "Công an tỉnh", "Truy tìm xe", date(2021, 10, 31)
)


def an_entry(number: int = 1, **changes: object) -> ListEntry:
    entry = ListEntry(f"e-{number}", "", PLATE, ListReason.STOLEN, NOW - DAY, NOW + 30 * DAY)
    return replace(entry, **changes)


@pytest.fixture
def listed(centre: Centre) -> Centre:
    register_list(centre, POLICE, "lan")
    return centre


def in_force(centre: Centre, plate: str = PLATE) -> list[ListEntry]:
    return transact(centre.engine, lambda conn: entries_of(conn, [plate])).get(plate, [])


def test_an_entry_holds_once_a_second_person_approved_it(listed: Centre) -> None:
    [receipt] = enter(listed, POLICE.id, [an_entry()], "lan")
    assert in_force(listed) == []
    assert [entry.ref for entry, _ in waiting(listed)] == [receipt.ref]
    with pytest.raises(Conflict, match="entered by the one who approves"):
        approve(listed, POLICE.id, "lan", [str(receipt.ref)])
    assert approve(listed, POLICE.id, "lan") == []
    assert in_force(listed) == []
    assert approve(listed, POLICE.id, "minh", [str(receipt.ref)]) == [receipt.ref]
    [entry] = in_force(listed)
    assert (entry.entered_by, entry.approved_by, entry.approved_at) == ("lan", "minh", NOW)
    assert waiting(listed) == []


def test_what_does_not_wait_cannot_be_approved(listed: Centre) -> None:
    with pytest.raises(Conflict, match="entry: nothing does not wait"):
        approve(listed, POLICE.id, "minh", ["nothing"])
    with pytest.raises(NotFound, match="no-list"):
        approve(listed, "no-list", "minh")


def test_the_same_entry_again_changes_nothing(listed: Centre) -> None:
    first = enter(listed, POLICE.id, [an_entry(), an_entry(2, plate="75A12345")], "lan")
    again = enter(listed, POLICE.id, [an_entry(), an_entry(3)], "lan")
    assert [r.status for r in again] == [IntakeStatus.REPEATED, IntakeStatus.RECORDED]
    assert again[0].ref == first[0].ref
    [refused] = enter(listed, POLICE.id, [an_entry(plate="74C44276")], "lan")
    assert refused.status is IntakeStatus.REFUSED
    assert len(waiting(listed)) == 3


def test_a_change_needs_an_approval_of_its_own(listed: Centre) -> None:
    [receipt] = enter(listed, POLICE.id, [an_entry()], "lan")
    approve(listed, POLICE.id, "minh")
    ref = str(receipt.ref)
    new = amend(listed, ref, an_entry(reason=ListReason.WANTED), "minh")
    assert (new.version, new.id, new.entered_by, new.approved_by) == (2, "e-1", "minh", None)
    assert in_force(listed) == []
    with pytest.raises(Conflict):
        approve(listed, POLICE.id, "minh", [ref])
    approve(listed, POLICE.id, "lan")
    assert [entry.reason for entry in in_force(listed)] == [ListReason.WANTED]


def test_a_withdrawn_entry_holds_no_longer(listed: Centre) -> None:
    [receipt] = enter(listed, POLICE.id, [an_entry()], "lan")
    approve(listed, POLICE.id, "minh")
    withdraw(listed, str(receipt.ref), "lan", "found")
    assert in_force(listed) == []
    with pytest.raises(NotFound):
        withdraw(listed, str(receipt.ref), "lan", "found")


@pytest.mark.parametrize(
    ("kind", "reason", "fault"),
    [
        (ListKind.WATCH, ListReason.EMERGENCY, "reason: emergency is none of quarantine_breaker"),
        (ListKind.EXEMPT, ListReason.STOLEN, "reason: stolen is none of emergency"),
        (ListKind.PERMITS, ListReason.STOLEN, "list: lab is of permits"),
    ],
)
def test_a_list_takes_the_reasons_of_its_kind(
    centre: Centre, kind: ListKind, reason: ListReason, fault: str
) -> None:
    register_list(centre, replace(POLICE, id="lab", kind=kind), "lan")
    with pytest.raises(InvalidInput, match=fault):
        enter(centre, "lab", [an_entry(reason=reason)], "lan")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"valid_until": NOW - DAY}, "valid_until: must be later"),
        ({"priority": "P4"}, "priority: 'P4' is none of P1, P2, P3"),
        ({"id": ""}, "id: "),
    ],
)
def test_a_wrong_entry_names_its_field(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidInput, match=fault):
        an_entry(**changes)


@pytest.mark.parametrize("name", ["owner", "source", "purpose"])
def test_a_list_has_an_owner_a_source_and_a_purpose(name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        replace(POLICE, **{name: " "})


def test_a_list_is_stale_after_its_day_until_it_is_looked_through(listed: Centre, clock) -> None:
    enter(listed, POLICE.id, [an_entry(), an_entry(2)], "lan")
    [known] = registry(listed)
    assert (known.approved, known.waiting, known.is_stale) == (0, 2, False)
    assert known.list.loaded_at == NOW
    clock.advance(days=28)
    assert registry(listed)[0].is_stale
    with pytest.raises(InvalidInput, match="review_on: 2021-10-31 is over"):
        review_list(listed, POLICE.id, POLICE.review_on, "lan")
    review_list(listed, POLICE.id, date(2021, 12, 31), "lan")
    assert not registry(listed)[0].is_stale
    assert find_list(listed, POLICE.id).loaded_at == NOW


def test_a_stale_list_is_told_of_once_to_the_shift_lead(listed: Centre, clock) -> None:
    assert tell_stale(listed) == 0
    clock.advance(days=28)
    assert (tell_stale(listed), tell_stale(listed)) == (1, 0)
    [letter] = letters_about(listed, "list:police-watch")
    assert (letter.channel, letter.notice.words["owner"]) == ("shift-lead", "PC08")
    review_list(listed, POLICE.id, date(2021, 11, 30), "lan")
    clock.advance(days=30)
    assert tell_stale(listed) == 1


def test_a_list_keeps_its_kind(listed: Centre) -> None:
    with pytest.raises(Conflict, match="is a list of kind watch"):
        register_list(listed, replace(POLICE, kind=ListKind.EXEMPT), "lan")


def test_who_did_what_is_in_the_audit(listed: Centre) -> None:
    [receipt] = enter(listed, POLICE.id, [an_entry()], "lan")
    approve(listed, POLICE.id, "minh")
    withdraw(listed, str(receipt.ref), "lan", "found")
    found = text("SELECT actor, action FROM audit ORDER BY actor, action")
    rows = transact(listed.engine, lambda conn: conn.execute(found).all())
    assert [tuple(row) for row in rows] == [
        ("lan", "list_entered"),
        ("lan", "list_registered"),
        ("lan", "list_withdrawn"),
        ("minh", "list_approved"),
    ]


def test_entries_go_when_their_time_is_over(listed: Centre) -> None:
    enter(listed, POLICE.id, [an_entry(), an_entry(2, valid_until=NOW)], "lan")
    assert drop_entries(listed, NOW + timedelta(seconds=1)) == 1
    assert len(waiting(listed)) == 1

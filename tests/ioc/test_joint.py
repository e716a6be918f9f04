"""Reads of many threads share transactions, and each caller gets its own answers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from ioc.centre import Centre
from ioc.intake import IntakeStatus
from ioc.vehicles.joint import JointReads
from tests.ioc.test_vehicles import a_read, counted


@pytest.fixture
def commits(centre: Centre):
    """Count the transactions of this centre."""
    seen: list[int] = []
    listener = lambda _conn: seen.append(1)  # noqa: E731
    event.listen(centre.engine, "commit", listener)
    yield seen
    event.remove(centre.engine, "commit", listener)


def together(joint: JointReads, parties: list[tuple[str, list]], workers: int = 8) -> list:
    """Let every party record in a thread of its own, all at the same moment."""
    barrier = Barrier(len(parties))

    def one(party):
        barrier.wait()
        return joint.record(*party)

    with ThreadPoolExecutor(max(workers, len(parties))) as pool:
        return list(pool.map(one, parties))


def test_forty_callers_need_far_fewer_commits_and_each_gets_its_own(centre, commits) -> None:
    parties = [(f"box-{n % 3}", [a_read(n, plate=f"43C{n:05}")]) for n in range(40)]
    results = together(JointReads(centre), parties)
    for (_, [read]), [result] in zip(parties, results, strict=True):
        assert result.receipt.id == read.id
        assert result.receipt.status is IntakeStatus.RECORDED
        assert result.alert is not None
    assert counted(centre, "read") == {"read": 40}
    assert len(commits) < 30


def test_one_alone_goes_alone(centre, commits) -> None:
    joint = JointReads(centre)
    for n in range(3):
        [result] = joint.record("box", [a_read(n)])
        assert result.receipt.status is IntakeStatus.RECORDED
    assert len(commits) == 3


def test_the_same_read_sent_by_many_at_once_is_kept_once(centre) -> None:
    results = together(JointReads(centre), [("box", [a_read(1)])] * 12)
    statuses = [result.receipt.status for [result] in results]
    assert statuses.count(IntakeStatus.RECORDED) == 1
    assert statuses.count(IntakeStatus.REPEATED) == 11
    assert len({result.alert for [result] in results}) == 1
    assert counted(centre, "read") == {"read": 1}


def test_what_fails_for_one_fails_for_no_other(centre) -> None:
    # A NUL cannot be kept in a text; what a read's plate may hold is checked at the border.
    bad = replace(a_read(7))
    object.__setattr__(bad, "plate", "43C\x0000001")
    parties = [("box", [a_read(n, plate=f"43C{n:05}")]) for n in range(6)] + [("box", [bad])]
    joint = JointReads(centre)
    barrier = Barrier(len(parties))

    def one(party):
        barrier.wait()
        try:
            return joint.record(*party)
        except (ValueError, SQLAlchemyError) as fault:
            return fault

    with ThreadPoolExecutor(len(parties)) as pool:
        *good, failed = pool.map(one, parties)
    assert isinstance(failed, Exception)
    assert all(result.receipt.status is IntakeStatus.RECORDED for [result] in good)
    [after] = joint.record("box", [a_read(9)])
    assert after.receipt.status is IntakeStatus.RECORDED


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=8), salt=st.integers(0, 10**9))
def test_every_read_is_answered_in_its_place(centre, sizes, salt) -> None:
    parties, number = [], 0
    for size in sizes:
        reads = [a_read(f"{salt}-{number + k}") for k in range(size)]
        parties.append((f"box-{size}", reads))
        number += size
    for (_, reads), results in zip(parties, together(JointReads(centre), parties), strict=True):
        assert [result.receipt.id for result in results] == [read.id for read in reads]

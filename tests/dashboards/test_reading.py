"""What several screens draw from is read once, and never older than what woke them."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from dashboards.reading import Reading, wanted_since


def asked(reading: Reading, centre: object, since: float):
    wanted_since.set(since)
    return reading.of(centre)


def test_screens_woken_together_share_one_reading() -> None:
    begun: list[float] = []

    def read(_centre) -> int:
        begun.append(time.monotonic())
        time.sleep(0.05)
        return len(begun)

    reading, centre = Reading(read), object()
    since = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(copy_context().run, asked, reading, centre, since) for _ in range(8)]
        assert {task.result() for task in tasks} == {1}
    # What happened after the reading was begun is not in it.
    later = begun[0] + 0.001
    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(copy_context().run, asked, reading, centre, later) for _ in range(8)]
        assert {task.result() for task in tasks} == {2}


def test_outside_the_hub_everything_is_read_anew() -> None:
    counted = iter(range(9))
    reading = Reading(lambda _centre: next(counted))
    assert [reading.of(object()) for _ in range(3)] == [0, 1, 2]


def test_a_fault_is_told_to_all_who_waited_and_tried_again_by_the_next() -> None:
    answers = iter([OSError("away"), "back"])

    def read(_centre) -> str:
        found = next(answers)
        if isinstance(found, OSError):
            raise found
        return found

    reading, centre, since = Reading(read), object(), time.monotonic()
    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            copy_context().run(asked, reading, centre, since)
    assert copy_context().run(asked, reading, centre, time.monotonic()) == "back"

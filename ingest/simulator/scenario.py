"""A scenario played to a centre: its reads sent by the API, each when it is due."""

import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ingest.simulator.box import READS, Box
from ioc.clock import utc_now
from ioc.scenarios import Appearance, Scenario

SLEEP_S = 0.25
Progress = Callable[[int, int], object]


def play(
    scenario: Scenario,
    box: Box,
    *,
    speed: float = 1.0,
    progress: Progress = lambda _sent, _all: None,
) -> list[dict[str, Any]]:
    """Send the reads of `scenario`, those of its past at once; return the answers in their order.

    Args:
        scenario: what happens.
        box: who sends it.
        speed: how many times as fast as life, above 0; the times that are told stay those of life.
        progress: is told how many reads are sent, of how many.

    Raises:
        Unavailable: the centre does not answer.
        InvalidInput: it refuses the key or a batch.
    """
    begin = time.monotonic()
    start = utc_now() + box.clock_shift()
    left, answers = list(scenario.appearances), []
    while left:
        passed_s = (time.monotonic() - begin) * speed
        due = [one for one in left if one.at_s <= passed_s]
        if due:
            left = left[len(due) :]
            # What plays faster than life is told as if it had happened that much sooner.
            now = min(passed_s, (time.monotonic() - begin))
            answers += box.send(
                READS, [_item(one, start + _late(one, passed_s, now)) for one in due]
            )
            progress(len(answers), len(scenario.appearances))
        elif left:
            time.sleep(min(SLEEP_S, (left[0].at_s - passed_s) / speed + 0.001))
    return answers


def _late(one: Appearance, passed_s: float, now_s: float) -> timedelta:
    return timedelta(seconds=one.at_s - (passed_s - now_s))


def _item(one: Appearance, at: datetime) -> dict[str, Any]:
    plate = "".join(str(random.randrange(10)) if c == "#" else c for c in one.plate)
    return {
        "id": uuid.uuid4().hex,
        "camera": one.camera,
        "plate": plate,
        "confidence": one.confidence,
        "direction": one.direction.value,
        "seen_at": at.isoformat(),
    }

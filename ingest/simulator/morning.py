"""The day until now, for a centre that has seen nothing of it: a demo that begins at noon has one.

What bears a time of its own is made up from midnight on. What is stamped as it comes in would all
be of this minute: of that only so much comes that no list is empty.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.simulator.life import REPORTS, Item, Life

STAMPED = frozenset({"scans", "doses", "tests", "calls"})
FEW = {"declarations": 40, "cards": 40, REPORTS: 60}
STEP = timedelta(minutes=5)


def morning(
    life: Life, span: tuple[datetime, datetime], zone: ZoneInfo, speed: float
) -> Iterator[tuple[str, Item]]:
    """Yield the stream and the item of what happened in start <= t < end, as `Life.happen` does."""
    at, now = span
    told: Counter[str] = Counter()
    while at < now:
        passed = min(STEP, now - at)
        at += passed
        for name, item in life.happen(passed.total_seconds(), at, zone, speed):
            told[name] += 1
            if name in STAMPED or told[name] <= FEW.get(name, 0):
                yield name, item

"""The vehicles of a demo's made-up traffic that need a permit: invented, the same at every start.

They are many, so that none is seen at two places sooner than it can drive there.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from ioc.permits.model import PermitClass

GREENS, YELLOWS = 1_500, 100
# Vehicles of two neighbouring provinces; those without a permit are of a third, and unlike them.
GREEN_SERIES = tuple(f"37{letter}" for letter in "ABCDEH")
YELLOW_SERIES = ("36C",)
STRAY_SERIES = "92K"
# Numbers lie this far apart, so that no plate is like another.
STEP = 137


@cache
def fleet() -> Mapping[str, PermitClass]:
    """Return the class of permit of each vehicle, by plate.

    >>> len(fleet())
    1600
    """
    greens = dict.fromkeys(_plates(GREEN_SERIES, GREENS), PermitClass.GREEN)
    return {**greens, **dict.fromkeys(_plates(YELLOW_SERIES, YELLOWS), PermitClass.YELLOW)}


def _plates(series: tuple[str, ...], count: int) -> Iterator[str]:
    for number in range(count):
        yield f"{series[number % len(series)]}{10_000 + number // len(series) * STEP:05}"

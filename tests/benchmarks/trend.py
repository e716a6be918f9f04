"""Whether something grows: the slope of samples, beside what chance alone would make of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

# Of a slope by chance alone, one in two hundred lies further out than so many of its errors.
ERRORS = 2.8


@dataclass(frozen=True)
class Trend:
    """How a quantity went with time.

    Attributes:
        mean: of all samples.
        slope: a line's rise an hour, `error` its standard error.
        rise: what the line rose over all samples, as a share of the mean.
    """

    mean: float
    slope: float
    error: float
    rise: float

    def grows(self, share: float) -> bool:
        """Tell whether it rose by more than `share` of its mean, and by more than chance makes."""
        return self.rise > share and self.slope > ERRORS * self.error


def trend(hours: Sequence[float], values: Sequence[float]) -> Trend:
    """Return the line of least squares through the samples.

    >>> flat = trend([0, 1, 2, 3], [5.0, 5.1, 4.9, 5.0])
    >>> flat.grows(0.05), trend([0, 1, 2, 3], [5.0, 6.0, 7.1, 8.0]).grows(0.05)
    (False, True)
    """
    if len(values) < 3:
        return Trend(fmean(values) if values else 0.0, 0.0, 0.0, 0.0)
    middle, mean = fmean(hours), fmean(values)
    spread = sum((x - middle) ** 2 for x in hours)
    slope = sum((x - middle) * (y - mean) for x, y in zip(hours, values, strict=True)) / spread
    left = [(y - mean - slope * (x - middle)) ** 2 for x, y in zip(hours, values, strict=True)]
    error = sqrt(sum(left) / (len(values) - 2) / spread)
    return Trend(mean, slope, error, slope * (hours[-1] - hours[0]) / mean if mean else 0.0)

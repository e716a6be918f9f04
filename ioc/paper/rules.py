"""Whether a facility keeps to its own rhythm, and which small numbers are not shown. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import median

from ioc.paper.model import Rhythm, Silence

# Fewer days of reports than this say nothing of a rhythm.
FEWEST_DAYS = 5
# Silent is who has been quiet for longer than so many times his usual gap, and some days at least.
PATIENCE, LEAST_DAYS = 3.0, 2
# Cells below it are not shown to who may not see persons (domain: small-cell suppression).
SMALL = 5


def rhythm_of(facility: str, days: Sequence[date], today: date) -> Silence:
    """Return how a facility reports by the days on which it did, in their order.

    The usual gap is the median of the gaps between them, so that week-ends do not alarm.
    """
    if not days:
        return Silence(facility, Rhythm.NEVER, None, None, None)
    quiet = (today - days[-1]).days
    if len(days) < FEWEST_DAYS:
        return Silence(facility, Rhythm.NEW, days[-1], None, quiet)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    usual = float(median(gaps))
    longest_usual = max(gaps) if len(gaps) >= 2 * FEWEST_DAYS else 0
    is_silent = quiet > max(PATIENCE * usual, LEAST_DAYS, longest_usual)
    rhythm = Rhythm.SILENT if is_silent else Rhythm.REPORTING
    return Silence(facility, rhythm, days[-1], usual, quiet)


def suppressed(cells: Mapping[str, int]) -> dict[str, int | None]:
    """Return cells of one row with those under five hidden, None standing for them.

    Where one alone is hidden, the next smallest is too: from the sum it could be told.
    """
    hidden = {name for name, n in cells.items() if 0 < n < SMALL}
    shown = sorted((n, name) for name, n in cells.items() if name not in hidden and n)
    if len(hidden) == 1 and shown:
        hidden.add(shown[0][1])
    return {name: None if name in hidden else n for name, n in cells.items()}

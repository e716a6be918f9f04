"""What a scan counts towards. Pure; the same rule counts when it comes in and at a recount."""

from collections.abc import Iterator

IN, OUT, TURNED_AWAY = "scan.in", "scan.out", "scan.turned_away"
# The set of points that scanned on a day.
SCANNED = "scan"


def metrics_of(*, is_in: bool, admit: bool) -> Iterator[str]:
    """Yield the metrics that one scan counts in, at its point."""
    yield IN if is_in else OUT
    if not admit:
        yield TURNED_AWAY

"""What a sighting counts towards. Pure; the same rule counts when it comes in and at a recount."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ioc.places import Direction, RoadClass
from ioc.vehicles.model import Heading, Outcome, Sighting, Spot

ENTERING = frozenset({Outcome.PASS, Outcome.NOTE})


def counts_of(sightings: Sequence[Sighting]) -> dict[tuple[str, str, datetime], int]:
    """Return how much each (metric, camera, instant seen) grows by."""
    counts: dict[tuple[str, str, datetime], int] = {}
    for sighting in sightings:
        read, verdict = sighting.read, sighting.verdict
        permit = None if verdict.permit_class is None else verdict.permit_class.value
        for metric in metrics_of(
            verdict.outcome, verdict.reason.value, permit, is_entry=sighting.is_entry
        ):
            key = (metric, read.camera, read.seen_at)
            counts[key] = counts.get(key, 0) + 1
    return counts


def metrics_of(
    outcome: Outcome, reason: str, permit: str | None, *, is_entry: bool
) -> Iterator[str]:
    """Yield the metrics that one sighting counts in."""
    yield "read"
    yield f"verdict.{outcome}"
    yield f"reason.{reason}"
    if is_entry:
        yield "entry.vehicle"
        yield f"entry.vehicle.{permit or 'none'}"


def enters(spot: Spot, heading: Heading, outcome: Outcome) -> bool:
    """Tell whether a sighting is a vehicle that entered: inbound at a gate, not stopped."""
    if spot.road_class != RoadClass.GATE or outcome not in ENTERING:
        return False
    if heading is Heading.UNKNOWN:
        return spot.direction == Direction.IN
    return heading is Heading.IN

"""What a sighting counts towards. Pure; the same rule counts when it comes in and at a recount."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from ioc.places import City, Direction, RoadClass
from ioc.vehicles.model import Heading, Outcome, Sighting

ENTERING = frozenset({Outcome.PASS, Outcome.NOTE})


def counts_of(sightings: Sequence[Sighting], city: City) -> dict[tuple[str, str, datetime], int]:
    """Return how much each (metric, camera, instant seen) grows by."""
    counts: dict[tuple[str, str, datetime], int] = {}
    for sighting in sightings:
        read, verdict = sighting.read, sighting.verdict
        permit = None if verdict.permit_class is None else verdict.permit_class.value
        is_entry = enters(city, read.camera, read.direction, verdict.outcome)
        for metric in metrics_of(verdict.outcome, verdict.reason.value, permit, is_entry=is_entry):
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


def enters(city: City, camera_id: str, heading: Heading, outcome: Outcome) -> bool:
    """Tell whether a sighting is a vehicle that entered: inbound at a gate, not stopped."""
    camera = city.cameras.get(camera_id)
    if camera is None or camera.road_class is not RoadClass.GATE or outcome not in ENTERING:
        return False
    if heading is Heading.UNKNOWN:
        return camera.direction is Direction.IN
    return heading is Heading.IN

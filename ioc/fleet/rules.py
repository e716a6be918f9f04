"""Who should watch which camera, and whether a read was its teller's to tell."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ioc.fleet.model import OVERLAP, Span, Worker
from ioc.vehicles.plate import distance

Text = tuple[str, float]


def share_out(workers: Sequence[Worker], owners: Mapping[str, str]) -> dict[str, str]:
    """Return who should have each camera: what somebody has he keeps, unless he has too many.

    Cameras that nobody there can watch are left out. The same for everybody who asks.

    Args:
        workers: all known; those that are gone or leaving get nothing.
        owners: who has which camera now.
    """
    able = {w.name: w for w in workers if w.is_alive and not w.is_leaving}
    offered = {camera for worker in able.values() for camera in worker.offers}
    plan = {
        camera: name
        for camera, name in sorted(owners.items())
        if name in able and camera in able[name].offers
    }
    can = {camera: [w for w in able.values() if camera in w.offers] for camera in offered}
    load = Counter(plan.values())
    # Those that few can watch first: the others find a place anyway.
    for camera in sorted(offered - plan.keys(), key=lambda camera: (len(can[camera]), camera)):
        chosen = min(can[camera], key=lambda w: ((load[w.name] + 1) / w.weight, w.name))
        plan[camera] = chosen.name
        load[chosen.name] += 1
    _even_out(plan, load, able)
    return plan


def _even_out(plan: dict[str, str], load: Counter[str], able: Mapping[str, Worker]) -> None:
    """Move cameras one by one from who has too many to who has room, as few as it takes."""
    for _ in range(len(plan)):
        by_load = sorted(able.values(), key=lambda w: (load[w.name] / w.weight, w.name))
        move = next(
            (
                (camera, rich, poor)
                for poor in by_load
                for rich in reversed(by_load)
                if load[rich.name] / rich.weight > (load[poor.name] + 1) / poor.weight
                for camera in sorted(c for c, name in plan.items() if name == rich.name)
                if camera in poor.offers
            ),
            None,
        )
        if move is None:
            return
        camera, rich, poor = move
        plan[camera] = poor.name
        load[rich.name] -= 1
        load[poor.name] += 1


def why_stale(span: Span | None, seen_at: datetime) -> str | None:
    """Return why a read was not its worker's to tell; None when it was.

    Args:
        span: when the camera was in that worker's hands; None: never under this number.
        seen_at: of the read.
    """
    if span is None:
        return "lease: the camera was never watched under this number"
    if seen_at < span.since - OVERLAP:
        return "lease: the camera was not yet this worker's when this was seen"
    if span.until is not None and seen_at >= span.until + OVERLAP:
        return "lease: the camera was another worker's when this was seen"
    return None


def is_near_change(span: Span, seen_at: datetime) -> bool:
    """Tell whether another worker may have told of the same vehicle."""
    ends = [span.since] if span.until is None else [span.since, span.until]
    return any(abs(seen_at - end) < 2 * OVERLAP for end in ends)


def is_told(read: Text, others: Iterable[Text], sure: float) -> bool:
    """Tell whether the vehicle of a read was told before, of what was told about that time.

    As one worker's memory has it: what was told in doubt is told again once it is sure, and a
    doubtful text that is nearly another's is of the same vehicle.

    Args:
        read: its plate and confidence.
        others: theirs.
        sure: so confident is a read that is not doubtful.
    """
    return any(_is_one(read, other, sure) for other in others)


def _is_one(read: Text, other: Text, sure: float) -> bool:
    (plate, confidence), (told, surety) = read, other
    if surety < sure <= confidence:
        return False
    if plate == told:
        return True
    doubtful = min(confidence, surety) < sure
    return doubtful and distance(plate, told) <= (2 if min(len(plate), len(told)) >= 7 else 1)

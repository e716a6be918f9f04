"""What a unit may tell of itself, and which free one is nearest. Pure."""

from collections.abc import Callable, Iterable, Sequence
from math import cos, hypot, inf, radians

from ioc.errors import Conflict
from ioc.patrols.model import Near, Patrol, PatrolStatus
from ioc.places import Camera

KM_A_DEGREE = 111.2
# Streets go round corners: without a drawn road the way is longer than the crow's by so much.
DETOUR = 1.4
# A unit nearer to the camera than this stands there; the graph would lead it away and back.
AT_HAND_KM = 0.5
ON_A_CASE = (PatrolStatus.ASSIGNED, PatrolStatus.EN_ROUTE, PatrolStatus.AT_SCENE)

# What is between two cameras by road, in kilometres; inf where no drawn road leads.
Roads = Callable[[str, str], float]


def require_status(patrol: Patrol, told: PatrolStatus) -> None:
    """Return when a unit's own device may say that it is `told` now.

    Raises:
        Conflict: the desk's alert says otherwise.
    """
    if patrol.alert is not None and told not in ON_A_CASE:
        raise Conflict(f"status: {patrol.station.id} is on alert {patrol.alert}, not {told}")
    if patrol.alert is None and told in ON_A_CASE:
        raise Conflict(f"status: {patrol.station.id} is on no alert, so not {told}")


def nearest(
    patrols: Iterable[Patrol], camera: Camera, cameras: Sequence[Camera], roads: Roads, kmh: float
) -> list[Near]:
    """Return the free units, the nearest to `camera` by road first.

    A unit's way is the straight line to the camera nearest to it, and the road from there.
    """
    found = []
    for patrol in patrols:
        if patrol.status is not PatrolStatus.FREE:
            continue
        km, by_road = _way(patrol.point, camera, cameras, roads)
        found.append(Near(patrol, km, km / kmh * 60, by_road=by_road))
    return sorted(found, key=lambda near: (near.km, near.patrol.station.id))


def _way(
    point: tuple[float, float], camera: Camera, cameras: Sequence[Camera], roads: Roads
) -> tuple[float, bool]:
    straight = straight_km(point, (camera.lat, camera.lon))
    if straight <= AT_HAND_KM or not cameras:
        return straight * DETOUR, False
    start = min(cameras, key=lambda other: straight_km(point, (other.lat, other.lon)))
    road = roads(camera.id, start.id)
    if road == inf:
        return straight * DETOUR, False
    return road + straight_km(point, (start.lat, start.lon)) * DETOUR, True


def straight_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the straight line between two points in degrees, near enough within one city."""
    shrink = cos(radians((one[0] + other[0]) / 2))
    return KM_A_DEGREE * hypot(one[0] - other[0], (one[1] - other[1]) * shrink)

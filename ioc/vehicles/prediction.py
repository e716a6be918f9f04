"""Where a vehicle is going to be seen next: by the road graph, from where it was seen last."""

from datetime import timedelta

from ioc.alerts.model import Alert
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.vehicles.model import Predicted
from ioc.vehicles.service import trail

LATELY = 20
BEFORE = timedelta(hours=1)


def predicted(centre: Centre, alert: Alert, most: int = 3) -> list[Predicted]:
    """Return the cameras that the vehicle of an alert may pass next, the soonest first.

    From its newest sighting, whether that raised an alert or not. The camera it came from stands
    last: few turn round.
    """
    sightings = trail(centre, alert.plate, alert.first_seen_at - BEFORE, LATELY)
    if not sightings:
        return []
    last = sightings[0].read
    before = next((s.read.camera for s in sightings if s.read.camera != last.camera), None)
    graph = centre.roads.on(local_day(last.seen_at, centre.city.zone))
    reaches = graph.next_cameras(last.camera, most + 1)
    ahead = sorted(reaches, key=lambda reach: (reach.camera == before, reach.usual))
    return [
        Predicted(
            camera=reach.camera,
            km=reach.km,
            earliest_at=last.seen_at + reach.earliest,
            usual_at=last.seen_at + reach.usual,
        )
        for reach in ahead[:most]
    ]

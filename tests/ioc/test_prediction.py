"""The cameras that come next for the vehicle of an alert, with their times."""

from dataclasses import replace
from datetime import timedelta

from ioc.alerts.service import find_alert
from ioc.centre import Centre
from ioc.vehicles.model import Heading, PlateRead
from ioc.vehicles.prediction import predicted
from ioc.vehicles.recording import record_read

PLATE = "43C16839"


def seen(centre: Centre, number: int, camera: str, **ago: float) -> str | None:
    at = centre.now() - timedelta(**ago)
    return record_read(
        centre, "box", PlateRead(f"r{number}", camera, PLATE, 0.99, at, Heading.IN)
    ).alert


def test_the_next_cameras_come_with_their_times(centre: Centre) -> None:
    alert = find_alert(centre, str(seen(centre, 1, "cam-001", minutes=1)))
    found = predicted(centre, alert)
    assert 1 <= len(found) <= 3
    assert [p.usual_at for p in found] == sorted(p.usual_at for p in found)
    for one in found:
        assert alert.first_seen_at < one.earliest_at <= one.usual_at
        assert one.camera in centre.city.cameras
        assert one.camera != "cam-001"
        assert one.km > 0


def test_it_goes_on_from_where_the_vehicle_was_seen_last(centre: Centre) -> None:
    alert = find_alert(centre, str(seen(centre, 1, "cam-001", minutes=30)))
    first = predicted(centre, alert)[0]
    # Seen there with a note and no alert: the alert's vehicle is there all the same.
    seen(centre, 2, first.camera, minutes=5)
    onward = predicted(centre, alert)
    assert first.camera not in [one.camera for one in onward]
    assert all(one.earliest_at > centre.now() - timedelta(minutes=5) for one in onward)


def test_the_camera_it_came_from_stands_last(centre: Centre) -> None:
    alert = find_alert(centre, str(seen(centre, 1, "cam-001", minutes=59)))
    seen(centre, 2, "cam-117", minutes=9)
    [first] = predicted(centre, alert, 1)
    seen(centre, 3, first.camera, minutes=1)
    onward = [one.camera for one in predicted(centre, alert, 6)]
    assert len(onward) > 1
    assert "cam-117" not in onward[:-1]


def test_a_vehicle_that_nobody_saw_goes_nowhere(centre: Centre) -> None:
    alert = find_alert(centre, str(seen(centre, 1, "cam-001")))
    assert predicted(centre, replace(alert, plate="51D00000")) == []

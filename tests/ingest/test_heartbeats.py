"""What a box says of its cameras stands on the desk of cameras for a minute, whatever its clock."""

from datetime import timedelta

import pytest

from ioc.camera_states import camera_states
from ioc.camera_watch import watch_cameras
from ioc.centre import Centre
from ioc.snapshot import CameraState
from tests.conftest import NOW, Clock

BEAT = {"id": "1", "camera": "cam-001", "state": "live", "worker": "box-7", "frame_age_s": 0.4}


def post(api, *items) -> list[dict]:
    answer = api.post("/v1/heartbeats", json={"items": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def the_camera(centre: Centre) -> CameraState:
    return next(one for one in camera_states(centre) if one.id == "cam-001")


def test_a_box_says_how_its_camera_does(api, centre: Centre, clock: Clock) -> None:
    [result] = post(api, BEAT | {"fault": "covered", "fault_for_s": 90.0, "waiting_bytes": 7})
    assert result == {"id": "1", "status": "recorded"}
    state = the_camera(centre)
    assert (state.state, state.picture_age_s, state.fault) == ("live", 0.4, "covered")
    assert state.fault_since == NOW - timedelta(seconds=90)
    # it speaks every quarter of a minute: what it said is not old before the next word
    clock.at += timedelta(seconds=40)
    assert the_camera(centre).state == "live"
    clock.at += timedelta(seconds=40)
    assert the_camera(centre).state == "lost"
    clock.at = NOW
    assert watch_cameras(centre) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"camera": "cam-999"}, "camera"),
        ({"state": "asleep"}, "state"),
        ({"fault": "misread"}, "fault"),
        ({"frame_age_s": -1}, "frame_age_s"),
        ({"frame_age_s": float("1e300")}, "frame_age_s"),
        ({"worker": ""}, "worker"),
        ({"error": "a\nb"}, "error"),
        ({"plate": "75A12345"}, "plate"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(api, change, field) -> None:
    good, bad = post(api, BEAT, BEAT | {"id": "2"} | change)
    assert good["status"] == "recorded"
    assert bad["status"] == "refused"
    assert bad["why"].startswith(field)

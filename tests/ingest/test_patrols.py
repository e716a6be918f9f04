"""Units tell by the API where they are and what they do, each for itself alone."""

import httpx
import pytest

from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from tests.ingest.makers import a_read, post


def an_update(number: int = 1, **changes: object) -> dict[str, object]:
    update = {"id": f"u-{number}", "patrol": "to-01", "at": "2021-10-04T07:32:00Z"}
    return {**update, "status": "off_duty", **changes}


def test_a_unit_tells_and_is_told(api: httpx.Client) -> None:
    first, second = post(
        api,
        "/v1/patrols",
        an_update(lat=16.5, lon=107.5),
        an_update(2, patrol="to-02", status=None, camera="cam-117"),
    )
    assert (first, second) == (
        {"id": "u-1", "status": "recorded"},
        {"id": "u-2", "status": "recorded"},
    )
    [again] = post(api, "/v1/patrols", an_update(lat=16.5, lon=107.5))
    assert again["status"] == "repeated"
    units = {unit["id"]: unit for unit in api.get("/v1/patrols").json()["items"]}
    assert len(units) == 23
    assert (units["to-01"]["status"], units["to-01"]["lat"]) == ("off_duty", 16.5)
    assert (units["to-02"]["status"], units["to-02"]["camera"]) == ("free", "cam-117")
    assert units["to-03"]["placed_at"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patrol": "to-99"}, "patrol"),
        ({"lat": 16.5}, "lat"),
        ({"lat": 16.5, "lon": 500}, "lon"),
        ({"camera": "cam-999"}, "camera"),
        ({"status": None}, "status"),
        ({"status": "asleep"}, "status"),
        ({"status": "at_scene"}, "status"),
        ({"at": "2021-10-04T07:32:00"}, "at"),
        ({"at": "2021-10-04T09:32:00Z"}, "at"),
        ({"plate": "43C16839"}, "plate"),
    ],
)
def test_what_is_wrong_names_its_field_and_the_others_go_in(
    api: httpx.Client, changes: dict[str, object], field: str
) -> None:
    refused, taken = post(api, "/v1/patrols", an_update(**changes), an_update(2, patrol="to-02"))
    assert refused["status"] == "refused"
    assert refused["why"].startswith(f"{field}:")
    assert taken["status"] == "recorded"


def test_a_device_speaks_for_its_own_unit_and_sees_no_other(
    api: httpx.Client, stranger: httpx.Client, centre: Centre
) -> None:
    key = create_key(centre, "to-01", [Right.PATROLS])
    stranger.headers["Authorization"] = f"Bearer {key}"
    own, other = post(stranger, "/v1/patrols", an_update(), an_update(2, patrol="to-02"))
    assert own["status"] == "recorded"
    assert (other["status"], other["why"]) == (
        "refused",
        "patrol: this key speaks for 'to-01' alone",
    )
    assert [unit["id"] for unit in stranger.get("/v1/patrols").json()["items"]] == ["to-01"]
    assert stranger.get("/v1/alerts").status_code == 403


def test_a_step_sends_a_unit_and_says_when_it_is_taken(api: httpx.Client) -> None:
    first, second = post(api, "/v1/reads", a_read(), a_read(2, plate="51D12345"))
    for read in (first, second):
        api.post(f"/v1/alerts/{read['alert']}/steps", json={"step": "acknowledge"})
    assign = {"step": "assign", "unit": "to-01"}
    assert api.post(f"/v1/alerts/{first['alert']}/steps", json=assign).status_code == 200
    taken = api.post(f"/v1/alerts/{second['alert']}/steps", json=assign)
    assert taken.status_code == 409
    assert f"is on alert {first['alert']}" in taken.json()["detail"]

"""Rendered roads through the real models: exactly the vehicles that passed, each once, and never
the text a camera burns into its picture.
"""

from datetime import timedelta

import pytest

from ioc.vehicles.model import Ground, Layout
from vision.detector import Detector
from vision.frames import EPOCH, Frame
from vision.fusion import Region
from vision.passing import VehiclePass
from vision.reader import Reader
from vision.recogniser import Recogniser
from vision.scene.address import parse_scene_url

LOOKS_PER_S = 5


@pytest.fixture(scope="module")
def models() -> tuple[Detector, Reader]:
    return Detector(), Reader()


def told(models, address: str, seconds: float) -> list[VehiclePass]:
    scene = parse_scene_url(address).open()
    recognise = Recogniser(*models, Region.VN)
    passes = []
    for number in range(round(seconds * LOOKS_PER_S)):
        t_s = number / LOOKS_PER_S
        passes += recognise(Frame(scene.frame(t_s), EPOCH + timedelta(seconds=t_s), number))
    return passes + recognise.finish()


@pytest.mark.parametrize(
    ("weather", "passes"),
    [
        ("day", "51F12345@3/35,29B67891:car:yellow:two-line@7/35,59P135790@8.5/25,43C24682@12/40"),
        ("night", "75A31415@3/35,92C27182:lorry:yellow@7.5/35"),
        # one behind the other, and two side by side
        ("dusk", "51F12345@3/30,51F12354@5/30,75A31415@9/30,59P135790@9.2/25"),
    ],
)
def test_each_vehicle_is_told_once(models, weather, passes):
    address = f"scene:seed=5&weather={weather}&width=960&height=540&name=14B02819T&passes={passes}"
    expected = [one.split("@")[0].split(":")[0] for one in passes.split(",")]
    assert sorted(p.plate.text for p in told(models, address, 14)) == sorted(expected)


def test_the_read_has_its_best_picture_and_what_is_seen_on_it(models):
    address = "scene:seed=5&passes=29B67891:car:yellow:two-line@3/35"
    [seen] = told(models, address, 6)
    assert (seen.plate.layout, seen.plate.colour) == (Layout.TWO_LINE, Ground.YELLOW)
    assert seen.plate.confidence >= 0.95
    [alone] = Recogniser(*models, Region.VN).read_picture(seen.frame.image)
    assert alone.plate.text == seen.plate.text
    blue, green, red = seen.plate_picture().reshape(-1, 3).mean(0)
    assert min(green, red) > blue + 20


def test_an_empty_road_tells_nothing(models):
    assert told(models, "scene:seed=9&passes=51F12345@500/35", 5) == []

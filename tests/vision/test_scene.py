"""Rendered traffic: the same at the same time, true to its truth, and told by one line of text."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.vehicles.model import Ground, Layout
from vision.scene.address import parse_scene_url, parse_vehicle
from vision.scene.face import Blank
from vision.scene.plates import render_plate
from vision.scene.scene import Scene, Setting, frames
from vision.scene.still import training_picture
from vision.scene.traffic import PlannedTraffic, RandomTraffic, Run
from vision.scene.vehicles import Kind
from vision.scene.weather import Weather

SMALL = "width=640&height=360"
PLANNED = (
    "scene:seed=4&passes=75A12345@5/20,43C00891:lorry:yellow:two-line@14/20/1,"
    "75F166480@22/15,TM6672@30/20"
)


def test_frames_depend_on_time_and_seed_alone():
    url = f"scene:seed=9&per_minute=20&weather=rain&direction=both&{SMALL}&name=GATE"
    one, other = parse_scene_url(url).open(), parse_scene_url(url).open()
    wanted = one.frame(7.3)
    other.frame(99.0)
    assert np.array_equal(other.frame(7.3), wanted)
    assert np.array_equal(one.frame(7.3), wanted)
    assert not np.array_equal(one.frame(7.5), wanted)
    assert not np.array_equal(parse_scene_url(url.replace("=9", "=8")).open().frame(7.3), wanted)


def test_another_process_sees_the_same_traffic():
    program = (
        "import hashlib; from vision.scene.address import parse_scene_url as p;"
        f"s = p('scene:seed=9&per_minute=20&{SMALL}').open();"
        "print(hashlib.sha256(s.frame(7.3).tobytes()).hexdigest())"
    )
    run = [sys.executable, "-c", program]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    frame = parse_scene_url(f"scene:seed=9&per_minute=20&{SMALL}").open().frame(7.3)
    assert said == hashlib.sha256(frame.tobytes()).hexdigest()


def test_a_frame_belongs_to_its_caller():
    scene = parse_scene_url(f"scene:{SMALL}").open()
    first = scene.frame(0.0)
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(scene.frame(0.0), kept)


@pytest.mark.parametrize("weather", list(Weather))
def test_the_plate_in_the_picture_is_the_plate_of_the_truth(weather):
    passes = "75A12345@5/20,75F166480@22/15"
    scene = parse_scene_url(f"scene:seed=4&weather={weather}&passes={passes}").open()
    for seen_pass in scene.passes(0, 60):
        t_s = (seen_pass.first_s + seen_pass.last_s) / 2
        (seen,) = [s for s in scene.truth(t_s) if s.number == seen_pass.number]
        face = seen_pass.vehicle.face
        other = replace(face, text=face.text.translate(str.maketrans("123456", "654312")))
        image = scene.frame(t_s)
        assert likeness(image, seen, face) > max(0.6, likeness(image, seen, other) + 0.1)


def likeness(image, seen, face):
    """How much the plate cut out of the picture resembles the face drawn from straight ahead."""
    flat = render_plate(face, 60)
    h, w = flat.shape[:2]
    goal = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    move = cv2.getPerspectiveTransform(np.array(seen.plate_corners, np.float32), goal)
    cut = cv2.warpPerspective(image, move, (w, h))
    return float(cv2.matchTemplate(cut, flat, cv2.TM_CCOEFF_NORMED)[0, 0])


@pytest.mark.parametrize(
    ("plate", "low", "high"),
    [
        ("75A12345:car:white", (120, 120, 120), (255, 255, 255)),
        ("75A12346:car:yellow", (0, 110, 150), (110, 255, 255)),
        ("75A12347:car:blue", (80, 20, 0), (220, 150, 110)),
        ("TM6672:car:red", (0, 0, 110), (130, 130, 255)),
    ],
)
def test_the_box_shows_the_colour_of_the_ground(plate, low, high):
    scene = parse_scene_url(f"scene:seed=2&{SMALL}&passes={plate}@9/20").open()
    (seen,) = scene.truth(9)
    x, y, w, h = (round(v) for v in seen.plate_box)
    middle = np.median(scene.frame(9)[y : y + h, x : x + w].reshape(-1, 3), 0)
    assert (middle >= low).all()
    assert (middle <= high).all()


def test_coming_plates_grow_and_leaving_plates_shrink():
    scene = parse_scene_url(PLANNED).open()
    by_number = {p.number: p for p in scene.passes(0, 60)}
    assert [p.is_leaving for p in by_number.values()] == [False, True, True, False]
    for number, seen_pass in by_number.items():
        assert seen_pass.last_s - seen_pass.first_s > 0.2
        wide = [
            next(s.plate_box[2] for s in scene.truth(t) if s.number == number)
            for t in np.linspace(seen_pass.first_s, seen_pass.last_s, 5)
        ]
        assert wide == sorted(wide, reverse=seen_pass.is_leaving)


def test_a_planned_pass_is_where_it_was_told_to_be():
    scene = parse_scene_url(PLANNED).open()
    first, lorry, bike, army = (p.vehicle for p in scene.passes(0, 60))
    assert (first.kind, first.face.ground, first.face.blank) == (Kind.CAR, Ground.WHITE, Blank.LONG)
    assert (lorry.kind, lorry.face.ground) == (Kind.LORRY, Ground.YELLOW)
    assert lorry.face.layout is Layout.TWO_LINE
    assert bike.kind is Kind.MOTORBIKE
    assert army.face.ground is Ground.RED
    (now,) = scene.truth(5.0)
    assert now.vehicle.face.text == "75A12345"
    assert now.readable
    assert scene.truth(90.0) == []


def test_a_nearer_vehicle_hides_the_plate_behind_it():
    url = f"scene:{SMALL}&passes=75A12345@10/20,43C00891:lorry@9.2/20"
    scene = parse_scene_url(url).open()
    nearest, behind = scene.truth(8.8)
    assert nearest.vehicle.kind is Kind.LORRY
    assert nearest.visible == 1.0
    assert behind.visible < 0.1
    assert not behind.readable


def test_traffic_keeps_to_its_rate_and_its_weights():
    spec = parse_scene_url("scene:seed=3&per_minute=30&plates=75A12345*3,43A55555,59P135790")
    traffic = RandomTraffic(3, 30, spec.vehicles)
    texts = [run.vehicle.face.text for run in traffic.runs(0, 600)]
    assert 298 <= len(texts) <= 302
    assert {t: round(texts.count(t) / len(texts), 1) for t in set(texts)} == {
        "75A12345": 0.6,
        "43A55555": 0.2,
        "59P135790": 0.2,
    }


@given(st.integers(0, 1000), st.sampled_from([2.0, 6.0, 30.0, 60.0]), st.floats(0, 500))
def test_spans_tile_the_traffic(seed, per_minute, cut_s):
    traffic = RandomTraffic(seed, per_minute, direction="both")
    whole = traffic.runs(cut_s - 20, cut_s + 20)
    assert traffic.runs(cut_s - 20, cut_s) + traffic.runs(cut_s, cut_s + 20) == whole
    assert all(run in traffic.present(run.at_s) for run in whole)
    assert [run.at_s for run in whole] == sorted(run.at_s for run in whole)


@given(st.integers(0, 200), st.floats(20, 300))
def test_vehicles_do_not_drive_through_one_another(seed, t_s):
    traffic = RandomTraffic(seed, 30, direction="both")
    lanes: dict[int, list[float]] = {}
    for run in traffic.present(t_s):
        if run.vehicle.kind is not Kind.MOTORBIKE:
            lanes.setdefault(run.lane, []).append(run.place(t_s).y_m)
    for places in lanes.values():
        gaps = np.diff(sorted(places))
        assert (gaps > 4.0).all()


def test_motorbikes_show_the_side_that_carries_their_plate():
    runs = RandomTraffic(1, 60, direction="in").runs(0, 120)
    assert all(r.is_leaving for r in runs if r.vehicle.kind is Kind.MOTORBIKE)
    assert not any(r.is_leaving for r in runs if r.vehicle.kind is not Kind.MOTORBIKE)


def test_frames_come_at_the_scene_s_rate():
    scene = parse_scene_url(f"scene:{SMALL}&fps=8").open()
    assert [t for t, _ in frames(scene, 1.0, 2.0)] == [1 + k / 8 for k in range(8)]


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("rtsp://x", "source"),
        ("scene:nonsense", "nonsense"),
        ("scene:colour=red", "colour"),
        ("scene:seed=1&seed=2", "seed"),
        ("scene:seed=-1", "seed"),
        ("scene:seed=1.5", "seed"),
        ("scene:seed=abc", "seed"),
        ("scene:per_minute=0", "per_minute"),
        ("scene:per_minute=nan", "per_minute"),
        ("scene:per_minute=600", "per_minute"),
        ("scene:weather=snow", "weather"),
        ("scene:direction=up", "direction"),
        ("scene:kmh=5", "kmh"),
        ("scene:abreast=2", "abreast"),
        ("scene:parking=0.5", "parking"),
        ("scene:width=10", "width"),
        ("scene:height=99999", "height"),
        ("scene:fps=0", "fps"),
        ("scene:plates=75a123", "plates"),
        ("scene:plates=75A12345*0", "plates"),
        ("scene:plates=75A12345:tank", "plates"),
        ("scene:plates=75A12345:car:pink", "plates"),
        ("scene:plates=75A12345:car:white:three-line", "plates"),
        ("scene:plates=75A12345:motorbike:white:one-line", "plates"),
        ("scene:plates=,", "plates"),
        ("scene:plates=/nowhere/plates.txt", "plates"),
        ("scene:passes=75A12345", "passes"),
        ("scene:passes=75A12345@x", "passes"),
        ("scene:passes=75A12345@3/900", "passes"),
        ("scene:passes=75A12345@3&plates=75A12345", "passes"),
        ("scene:passes=", "passes"),
    ],
)
def test_a_wrong_address_names_its_field(url, field):
    with pytest.raises(InvalidInput) as fault:
        parse_scene_url(url)
    assert fault.value.field == field


def test_plates_can_come_from_a_file(tmp_path):
    file = tmp_path / "plates.txt"
    file.write_text("# weights behind a star\n75A12345*4\n\n59P135790:motorbike:blue\n")
    (car, four), (bike, one) = parse_scene_url(f"scene:plates={file}").vehicles
    assert (car.face.text, four, one) == ("75A12345", 4, 1)
    assert (bike.face.ground, bike.kind) == (Ground.BLUE, Kind.MOTORBIKE)


def test_vehicles_of_a_pool_join_those_of_the_address():
    spec = parse_scene_url(f"scene:pool=gate&per_minute=60&{SMALL}")
    assert spec.pool == "gate"
    scene = spec.open(((parse_vehicle("75A12345"), 1),))
    assert {p.vehicle.face.text for p in scene.passes(0, 3)} == {"75A12345"}


@pytest.mark.parametrize("wrong", [{"width": 1}, {"height": 5}, {"fps": 0.0}])
def test_a_setting_out_of_range_is_refused(wrong):
    with pytest.raises(InvalidInput) as fault:
        Setting(**wrong)
    assert fault.value.field in wrong


@pytest.mark.parametrize(("speed", "lane", "field"), [(0, 0, "speed_kmh"), (20, 7, "lane")])
def test_an_impossible_run_is_refused(speed, lane, field):
    with pytest.raises(InvalidInput) as fault:
        Run(0, parse_vehicle("75A12345"), 1.0, speed, lane, is_leaving=False)
    assert fault.value.field == field


def test_an_empty_road_stays_as_it_is():
    scene = Scene(PlannedTraffic(()), Setting(640, 360))
    assert scene.passes(0, 100) == []
    change = scene.frame(3.0).astype(int) - scene.frame(9.0)
    assert np.abs(change).max() <= 5


def test_training_pictures_hold_the_plates_they_name():
    rng = np.random.default_rng(6)
    plates = 0
    for _ in range(12):
        image, labelled = training_picture(rng, 640, 360)
        assert image.shape == (360, 640, 3)
        for (x, y, w, h), text, layout, ground in labelled:
            plates += 1
            assert w >= 18
            assert x >= 0
            assert y >= 0
            assert x + w <= 640
            assert y + h <= 360
            assert text.isalnum()
            assert layout in Layout
            assert ground is not Ground.UNKNOWN
            inside = image[round(y) : round(y + h), round(x) : round(x + w)]
            assert inside.std() > 8
    assert plates > 6

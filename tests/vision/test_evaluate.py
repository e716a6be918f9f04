"""Measuring: what counts as found, read and sure, what confidence is worth, and a fair peer."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from ioc.cli import main
from ioc.vehicles.model import Ground
from vision.box import Box
from vision.fusion import Region
from vision.scene.address import parse_scene_url
from vision.scene.face import Blank, PlateFace
from vision.scene.plates import render_plate
from vision.training.data import Plate, region_of
from vision.training.diagram import diagram
from vision.training.peer import Line, pick
from vision.training.scores import Answer, calibration, groups_of, judged, score_plate, tilt

PLATE = Plate((100, 100, 120, 30), "51F12345")
HERE = Box(102, 101, 118, 29)
ELSEWHERE = Box(400, 100, 118, 29)


@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        ([], {"found": 0, "exact": 0, "edits": 8, "sure": 0, "sure_wrong": 0}),
        ([Answer("51F12345", 0.97, HERE)], {"found": 1, "exact": 1, "edits": 0, "sure": 1}),
        ([Answer("51F12345", 0.90, HERE)], {"found": 1, "exact": 1, "sure": 0, "sure_wrong": 0}),
        ([Answer("51F12346", 0.99, HERE)], {"found": 1, "exact": 0, "edits": 1, "sure_wrong": 1}),
        ([Answer("51F12345", 0.99, ELSEWHERE)], {"found": 0, "exact": 1}),
        ([Answer("X", 0.2, HERE)], {"found": 1, "exact": 0, "edits": 8, "sure_wrong": 0}),
    ],
)
def test_a_plate_is_found_read_and_sure_or_not(answers, counts) -> None:
    score = score_plate(PLATE, answers)
    assert {name: getattr(score, name) for name in counts} == counts


def test_a_plate_nobody_transcribed_counts_as_found_alone() -> None:
    score = score_plate(Plate(PLATE.box, ""), [Answer("51F12345", 0.99, HERE)])
    assert (score.found, score.texts, score.exact) == (1, 0, 0)


def test_the_groups_of_a_plate_tell_lines_width_blur_and_light() -> None:
    night = np.full((300, 600, 3), 20, np.uint8)
    assert set(groups_of(PLATE, night)) == {
        "one line",
        "90-129 px",
        "blurred",
        "dark",
        "level",
    }
    noisy = np.random.default_rng(1).integers(0, 255, (300, 600, 3), dtype=np.uint8)
    assert "sharp" in set(groups_of(Plate((10, 10, 40, 30), ""), noisy))
    assert "two lines" in set(groups_of(Plate((10, 10, 40, 30), ""), noisy))


@pytest.mark.parametrize("blank", [Blank.LONG, Blank.MOTORBIKE])
@pytest.mark.parametrize("degrees", [0, 4, -9, 13])
def test_tilt_is_told_in_degrees(blank, degrees) -> None:
    plate = render_plate(PlateFace("59P135790", blank, Ground.WHITE), 110)
    road = cv2.copyMakeBorder(plate, 40, 40, 20, 20, cv2.BORDER_CONSTANT, value=(60, 60, 60))
    size = road.shape[1], road.shape[0]
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), degrees, 1)
    turned = cv2.warpAffine(road, turn, size, borderValue=(60, 60, 60))
    assert tilt(turned) == pytest.approx(abs(degrees), abs=1)


def test_only_answers_on_known_plates_are_judged() -> None:
    answers = [Answer("51F12345", 0.9, HERE), Answer("51F12345", 0.9, ELSEWHERE)]
    assert list(judged([PLATE], answers)) == [(0.9, True)]
    assert list(judged([Plate(PLATE.box, "")], answers)) == []


def test_confidence_that_keeps_its_word_has_no_error() -> None:
    honest = [(0.75, True)] * 75 + [(0.75, False)] * 25
    assert calibration(honest)["ece"] == 0
    boasting = [(0.995, True)] * 50 + [(0.995, False)] * 50
    assert calibration(boasting)["ece"] == pytest.approx(0.495)
    assert calibration(boasting)["certain"] == (100, 0.5)
    assert calibration([(1.0, True)])["bins"][-1][2:] == (1, 1.0, 1.0)
    assert calibration([])["ece"] is None


def test_the_diagram_marks_each_group_where_it_belongs() -> None:
    sure, unsure = [(0.995, True)] * 90, [(0.6, True)] * 5 + [(0.6, False)] * 5
    root = ElementTree.fromstring(diagram(calibration(sure + unsure)))
    marks = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    titles = [mark[0].text for mark in marks]
    assert titles == ["0.5-0.7: 10 answers, 50.0% right", "0.99-1.0: 90 answers, 100.0% right"]
    low, high = ({k: float(mark.get(k)) for k in ("cx", "cy", "r")} for mark in marks)
    assert low["cx"] < high["cx"]
    assert low["cy"] > high["cy"]  # SVG counts downwards
    assert low["r"] < high["r"]
    assert "expected calibration error" in "".join(root.itertext())
    ElementTree.fromstring(diagram(calibration([])))


def line(text: str, y: float, confidence: float = 0.9, x: float = 100) -> Line:
    return Line(text, confidence, Box(x, y, 80, 28))


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        ([line("51F12345", 10)], ["51F12345"]),
        ([line("59P1", 10), line("35790", 40)], ["59P135790"]),
        ([line("35790", 40), line("59P1", 10)], ["59P135790"]),
        ([line("59P1", 10), line("35790", 400)], []),
        ([line("59P1", 10), line("35790", 40, x=400)], []),
        ([line("5IF12345", 10)], ["51F12345"]),
        ([line("HOTLINE", 10), line("CAMERA03", 200)], []),
        ([line("51F12345", 10, 0.6), line("43C16839", 300, 0.8)], ["43C16839", "51F12345"]),
    ],
    ids=["one", "two", "any-order", "far-below", "beside", "look-alike", "lettering", "surest"],
)
def test_the_peer_is_given_its_plates_by_the_same_grammar(lines, texts) -> None:
    assert [answer.text for answer in pick(lines, Region.VN)] == texts


def test_any_region_takes_what_has_the_length_of_a_plate() -> None:
    assert [a.text for a in pick([line("ABC1234", 10), line("NO", 200)], Region.ANY)] == ["ABC1234"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three rendered pictures of one car, labelled by the renderer."""
    scene = parse_scene_url("scene:passes=51F12345@3/30&width=960&height=540").open()
    rows = []
    for number, at_s in enumerate((2.6, 2.8, 3.0)):
        name = f"car-{number}.png"
        cv2.imwrite(str(tmp_path / name), scene.frame(at_s))
        [truth] = scene.truth(at_s)
        x, y, w, h = truth.plate_box
        rows.append([name, x, y, w, h, "51F12345", 1, "rendered"])
    with (tmp_path / "scenes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "x", "y", "w", "h", "plate", "lines", "source"])
        writer.writerows(rows)
    return tmp_path


def test_the_command_tells_sources_looks_and_calibration(folder, capsys) -> None:
    told = folder / "told.jsonl"
    assert main(["vision", "evaluate", str(folder), "--every", "--json", "--told", str(told)]) == 0
    result = json.loads(capsys.readouterr().out)["ioc"]
    assert result["sources"]["rendered"] == result["sources"]["all"]
    assert result["sources"]["all"]["exact"] == 1
    assert result["looks"]["one line"]["plates"] == 3
    assert sum(bin_[2] for bin_ in result["calibration"]["bins"]) == 3
    lines = [json.loads(text) for text in told.read_text().splitlines()]
    assert [record["plates"][0]["text"] for record in lines] == ["51F12345"] * 3


def test_plates_alone_are_read_without_being_looked_for(folder, capsys) -> None:
    plate = cv2.imread(str(folder / "car-2.png"))
    with (folder / "scenes.csv").open() as file:
        row = list(csv.DictReader(file))[-1]
    x, y, w, h = (int(float(row[k])) for k in "xywh")
    (folder / "cut").mkdir()
    cv2.imwrite(str(folder / "cut/one.png"), plate[y : y + h, x : x + w])
    text = "image,plate,truth\ncut/one.png,51F12345,checked by eye\ncut/one.png,51X1,machine\n"
    (folder / "crops.csv").write_text(text)
    arguments = ["vision", "evaluate", str(folder), "--every", "--json"]
    assert main(arguments) == 0
    sources = json.loads(capsys.readouterr().out)["ioc"]["sources"]
    assert sources["plates alone: cut"]["exact"] == 1
    assert sources["all"]["plates"] == 4  # the text that breaks the grammar is no truth
    assert main([*arguments, "--source", "cut"]) == 0
    assert set(json.loads(capsys.readouterr().out)["ioc"]["sources"]) == {
        "plates alone: cut",
        "all",
    }


@pytest.mark.parametrize(
    ("source", "region"),
    [("greenparking", Region.VN), ("foreign-us", Region.ANY), ("foreign-br", Region.ANY)],
)
def test_a_source_is_measured_under_the_grammar_of_its_country(source, region) -> None:
    assert region_of(source) is region


def test_people_get_tables(folder, capsys) -> None:
    assert main(["vision", "evaluate", str(folder), "--every"]) == 0
    out = capsys.readouterr().out
    assert "rendered" in out
    assert "confidence" in out


def test_a_folder_without_truth_is_named(tmp_path, capsys) -> None:
    assert main(["vision", "evaluate", str(tmp_path)]) == 1
    assert "no scenes.csv" in capsys.readouterr().err

"""`ioc vision …` as its users type it."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import cv2
import pytest

from ioc.cli import main
from tests.vision.test_frames import write_video
from vision.scene.address import parse_scene_url

PLATE = "51F12345"
KEYS = {"text", "confidence", "box", "characters", "layout", "colour", "valid"}


@pytest.fixture(scope="module")
def scene():
    """One car that comes, read best at 3 s."""
    return parse_scene_url(f"scene:passes={PLATE}@3/30&width=960&height=540").open()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, scene) -> Path:
    """A picture, a film of one car, and files that are neither."""
    at = tmp_path_factory.mktemp("files")
    cv2.imwrite(str(at / "car.jpg"), scene.frame(2.9), [cv2.IMWRITE_JPEG_QUALITY, 95])
    cv2.imwrite(str(at / "road.png"), scene.frame(30))
    write_video(at / "film.mp4", [scene.frame(t / 10) for t in range(45)])
    (at / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and then nothing")
    (at / "notes.mp4").write_text("not a film")
    return at


def read(capsys, *words: object) -> tuple[int, list[dict]]:
    code = main(["vision", "read", "--json", *map(str, words)])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_picture_gives_its_plates(capsys, folder, scene):
    code, [record] = read(capsys, folder / "car.jpg")
    assert code == 0
    assert set(record) == {"image", "plates", "ms"}
    [plate] = record["plates"]
    assert set(plate) == KEYS
    assert (plate["text"], plate["valid"], plate["layout"], plate["colour"]) == (
        PLATE, True, "one-line", "white",
    )  # fmt: skip
    assert [c["char"] for c in plate["characters"]] == list(PLATE)
    assert all(0 <= c["confidence"] <= 1 for c in plate["characters"])
    [truth] = scene.truth(2.9)
    assert plate["box"] == pytest.approx(truth.plate_box, abs=12)
    assert record["ms"] > 0


def test_a_picture_without_plates_gives_none(capsys, folder):
    assert read(capsys, folder / "road.png")[1][0]["plates"] == []


def test_a_video_gives_one_line_a_vehicle(capsys, folder):
    code, [record] = read(capsys, folder / "film.mp4")
    assert code == 0
    assert set(record) >= KEYS | {"video", "first_s", "last_s", "frames"}
    assert record["text"] == PLATE
    assert 0 <= record["first_s"] < record["last_s"] <= 4.5
    assert record["frames"] >= 2


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(capsys, folder):
    names = ["broken.jpg", "car.jpg", "notes.mp4", "missing.png", "film.mp4", "."]
    code, records = read(capsys, *(folder / name for name in names))
    assert code == 1
    assert [Path(r.get("image", r.get("video"))) for r in records] == [folder / n for n in names]
    assert ["error" in r for r in records] == [True, False, True, True, False, True]
    assert all(set(r) == {"image", "error"} and r["error"] for r in records if "error" in r)


def test_people_get_lines_of_text(capsys, folder):
    assert main(["vision", "read", str(folder / "car.jpg"), str(folder / "broken.jpg")]) == 1
    told = capsys.readouterr()
    assert PLATE in told.out
    assert "broken.jpg" in told.err


def test_the_bar_on_a_terminal_leaves_the_output_alone(folder):
    terminal, other_end = os.openpty()
    words = ["vision", "read", "--json", str(folder / "film.mp4")]
    command = [sys.executable, "-m", "ioc.cli", *words]
    with (
        ThreadPoolExecutor(1) as pool,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=other_end) as reading,
    ):
        os.close(other_end)
        drawn = pool.submit(all_shown, terminal)
        told = reading.stdout.read()
    os.close(terminal)
    assert json.loads(told)["text"] == PLATE
    assert b"reading" in drawn.result()


def all_shown(terminal: int) -> bytes:
    """Read a terminal to its end: the bar of a slow machine fills it, and then waits for us."""
    shown = b""
    with suppress(OSError):  # so does Linux tell that nobody holds the other end
        while part := os.read(terminal, 4096):
            shown += part
    return shown


def test_any_region_takes_foreign_plates(capsys, folder):
    code, [record] = read(capsys, "--region", "any", folder / "car.jpg")
    assert (code, record["plates"][0]["text"]) == (0, PLATE)
    assert main(["vision", "read", "--region", "mars", str(folder / "car.jpg")]) == 2


def test_bench_tells_what_this_machine_carries(capsys):
    assert main(["vision", "bench", "--json", "--seconds", "1"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["ms"]) == {"gate", "find", "read_a_plate", "decode"}
    assert figures["picture_to_plates_ms"] > 0
    assert figures["streams_a_core"] > 0
    assert figures["memory_mb"] > 50


@pytest.fixture
def watching(service_env, monkeypatch):
    """The environment of a watch, for `main` in this process."""
    for name in ("IOC_STATE", "IOC_DATABASE_URL", "IOC_REDIS_URL", "IOC_SECRET", "IOC_DEMO",
                 "IOC_EVIDENCE", "IOC_CONFIG", "IOC_CITY"):  # fmt: skip
        monkeypatch.setenv(name, service_env[name])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--camera", "cam-9999", "--source", "rtsp://127.0.0.1:9/x"], "cam-9999"),
        (["--camera", "cam-001", "--source", "no/such/clip.mp4"], "clip.mp4"),
        (["--camera", "cam-001", "--source", "gopher://x"], "gopher"),
        (["--camera", "cam-001", "--source", "scene:weather=hail"], "weather"),
        (["--camera", "cam-001", "--source", "scene:pool=nobody"], "nobody"),
        (["--camera", "cam-001"], "source"),
        (["--camera", "cam-001", "--camera", "cam-001", "--source", "scene:", "--source",
          "scene:"], "cam-001"),
        (["--camera", "cam-001", "--source", "scene:", "--to", "http://127.0.0.1:9"],
         "IOC_API_KEY"),
    ],
)  # fmt: skip
def test_wrong_orders_are_named(capsys, watching, words, named):
    assert main(["vision", "watch", *words]) in (1, 2)
    assert named in capsys.readouterr().err


def test_a_watch_records_what_passes_and_ends_on_sigterm(centre, service_env):
    from ioc.vehicles.service import latest_sightings

    words = ["--camera", "cam-001", "--source", f"scene:passes={PLATE}@3/30&width=960&height=540",
             "--camera", "cam-002", "--source", "rtsp://user:s3cret@127.0.0.1:9/x"]  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "-m", "ioc.cli", "vision", "watch", *words],
        env=service_env, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        sightings, beats = [], {}
        end = time.monotonic() + 40
        while time.monotonic() < end and worker.poll() is None and not sightings:
            time.sleep(0.1)
            sightings = latest_sightings(centre, since=centre.now().replace(year=2000))
            beats = centre.live.beats("camera")
    finally:
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate(timeout=60)[1]
    assert [(s.read.plate, s.read.camera) for s in sightings] == [(PLATE, "cam-001")], said
    assert worker.returncode == 0, said
    assert beats["cam-001"]["state"] == "live"
    assert beats["cam-002"]["state"] == "lost"
    assert "refused" in beats["cam-002"]["error"]
    assert "s3cret" not in said
    assert "127.0.0.1:9" in said


def test_help_imports_no_model():
    script = (
        "import sys; from ioc.cli import main; code = main(['vision', '--help']);"
        "sys.exit(code or any(m in sys.modules for m in ('cv2', 'openvino', 'av', 'numpy')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done


def test_bench_really_watches_so_many_cameras(capsys):
    arguments = ["--cameras", "1", "--seconds", "5", "--per-minute", "40", "--json"]
    assert main(["vision", "bench", *arguments]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["vehicles"] >= 1
    assert figures["recall"] == figures["recall_of_1"] == 1
    assert figures["told_twice"] == 0
    assert figures["memory_mb_a_camera"] > 0  # of this whole process of tests

"""Hostile and odd files: an answer or an error each, never a crash and never a hang."""

import http.server
import io
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ioc.clock import utc_now
from ioc.errors import Unavailable
from tests.vision.test_frames import write_video
from vision.fusion import Region
from vision.reading import FileReader
from vision.scene.address import parse_scene_url
from vision.sources import stream_shots

PLATE = "51F12345"
TURNED = range(1, 9)
# EXIF tag 274: how the camera was held (CIPA DC-008, 4.6.5).
ORIENTATION = 274
# What undoes each orientation, so that the stored picture shows upright once it is read.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module")
def reader() -> FileReader:
    return FileReader(Region.VN)


@pytest.fixture(scope="module")
def car() -> Image.Image:
    """One car, near enough to be read."""
    scene = parse_scene_url(f"scene:passes={PLATE}@3/30&width=960&height=540").open()
    return Image.fromarray(cv2.cvtColor(scene.frame(2.9), cv2.COLOR_BGR2RGB))


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def texts(reader: FileReader, path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    [record] = reader.records(path)
    assert "error" not in record, record
    return [plate["text"] for plate in record["plates"]]


def as_16_bit(picture: Image.Image) -> bytes:
    deep = np.asarray(picture, np.uint16)[:, :, ::-1] * 257
    return cv2.imencode(".png", deep)[1].tobytes()


ODD: dict[str, Callable[[Image.Image], bytes]] = {
    "grey.jpg": lambda car: saved(car.convert("L"), "JPEG", quality=95),
    "cmyk.jpg": lambda car: saved(car.convert("CMYK"), "JPEG", quality=95),
    "progressive.jpg": lambda car: saved(car, "JPEG", quality=95, progressive=True),
    "named-wrongly.png": lambda car: saved(car, "JPEG", quality=95),
    "palette.png": lambda car: saved(car.quantize(256), "PNG"),
    "transparent.png": lambda car: saved(car.convert("RGBA"), "PNG"),
    "deep.png": as_16_bit,
    "animated.gif": lambda car: saved(
        car, "GIF", save_all=True, append_images=[car.rotate(9)], loop=0
    ),
    "animated.webp": lambda car: saved(
        car, "WEBP", save_all=True, append_images=[car.rotate(9)], quality=95
    ),
    "photo.tiff": lambda car: saved(car, "TIFF"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_are_read_all_the_same(reader, car, tmp_path, name) -> None:
    assert texts(reader, tmp_path / name, ODD[name](car)) == [PLATE]


@pytest.mark.parametrize("orientation", TURNED)
def test_a_picture_is_read_as_the_camera_was_held(reader, car, tmp_path, orientation) -> None:
    way = STORED[orientation]
    stored = car if way is None else car.transpose(way)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    content = saved(stored, "JPEG", quality=95, exif=exif)
    assert texts(reader, tmp_path / "held.jpg", content) == [PLATE]


def a_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


WRONG: dict[str, tuple[bytes, str]] = {
    "text.jpg": (b"this is no picture, whatever it is called\n" * 40, "not one frame"),
    "empty.png": (b"", "cannot be read"),
    "head-alone.jpg": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "neither a picture"),
    "huge.png": (a_bomb(20_000, 20_000), "larger than a picture may be"),
    "large.png": (a_bomb(12_000, 12_000), "12000 x 12000 px"),
    "endless.png": (a_bomb(2**31 - 1, 2**31 - 1), "larger than a picture may be"),
    "zeros.bmp": (b"BM" + b"\0" * 60, "neither a picture"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_picture_is_an_error_that_says_so(reader, tmp_path, name) -> None:
    content, why = WRONG[name]
    (tmp_path / name).write_bytes(content)
    [record] = reader.records(tmp_path / name)
    assert set(record) == {"image", "error"}
    assert why in record["error"]


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (20_000, 3), (3, 20_000)])
def test_extreme_shapes_hold_no_plate(reader, tmp_path, size) -> None:
    assert texts(reader, tmp_path / "thin.png", saved(Image.new("RGB", size, "grey"), "PNG")) == []


def test_a_wide_picture_is_read(reader, car, tmp_path) -> None:
    sheet = Image.new("RGB", (20_000, 540), "grey")
    sheet.paste(car, (3000, 0))
    path = tmp_path / "wide.jpg"
    path.write_bytes(saved(sheet, "JPEG", quality=90))
    [record] = reader.records(path)
    assert "error" not in record


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_truncated_picture_is_an_error_or_an_answer(reader, car, tmp_path, kind, share) -> None:
    whole = saved(car, kind)
    path = tmp_path / "cut"
    path.write_bytes(whole[: int(len(whole) * share)])
    [record] = reader.records(path)
    assert ("plates" in record) != ("error" in record)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_a_video_cut_in_the_middle_ends_by_itself(reader, car, tmp_path, suffix, share) -> None:
    small = cv2.resize(np.asarray(car)[:, :, ::-1], (320, 180))
    whole = write_video(tmp_path / f"film.{suffix}", [small] * 12).read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    records = list(reader.records(path))
    assert all(("text" in record) != ("error" in record) for record in records)


SMALL = Image.fromarray(np.random.default_rng(3).integers(0, 255, (40, 60, 3), dtype=np.uint8))
SEEDS = {kind: saved(SMALL, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")}


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(sorted(SEEDS)),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 10**6),
    keeps_whole=st.booleans(),
)
def test_no_damage_makes_it_fail(reader, tmp_path, kind, flips, cut, keeps_whole) -> None:
    content = bytearray(SEEDS[kind])
    for place, value in flips:
        content[place % len(content)] = value
    path = tmp_path / "damaged"
    path.write_bytes(content if keeps_whole else content[: cut % len(content)])
    for record in reader.records(path):
        assert ("plates" in record or "text" in record) != ("error" in record)


LISTS = {
    "/live.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{video}\n#EXT-X-ENDLIST\n",
    "/live.ffconcat": "ffconcat version 1.0\nfile 'file:{video}'\n",
    "/live.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=file:{video}\n",
}


@pytest.mark.parametrize("path", LISTS)
def test_a_camera_cannot_make_us_open_a_file(tmp_path: Path, path: str) -> None:
    """A hostile camera answers with a list of files of our own machine."""
    video = tmp_path / "private.mp4"
    write_video(video, [np.full((96, 160, 3), 200, np.uint8)] * 10)

    class Camera(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(LISTS[path].format(video=video).encode())

        def log_message(self, *told: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}{path}"
        with pytest.raises(Unavailable):
            next(iter(stream_shots(address, utc_now)))
        server.shutdown()

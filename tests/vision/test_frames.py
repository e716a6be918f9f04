from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from ioc.errors import InvalidInput
from vision.frames import EPOCH, Frame, Video, is_picture, load_picture

NOON = datetime(2021, 10, 4, 5, tzinfo=UTC)


def numbered(count: int, width: int = 160, height: int = 96) -> list[np.ndarray]:
    """Pictures whose brightness tells their number: 5 x number."""
    return [np.full((height, width, 3), 5 * i, np.uint8) for i in range(count)]


def write_video(path: Path, images: list[np.ndarray], fps: int = 10) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "qp": "5"})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in images:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))
    return path


def test_a_video_gives_every_frame_in_order_on_its_own_time(tmp_path):
    path = write_video(tmp_path / "a.mp4", numbered(20))
    with Video(path) as video:
        assert video.duration_s == pytest.approx(2.0, abs=0.11)
        frames = list(video.frames(NOON))
    assert [f.index for f in frames] == list(range(20))
    assert [round((f.at - NOON).total_seconds(), 3) for f in frames] == [i / 10 for i in range(20)]
    shades = [float(f.image.mean()) for f in frames]
    assert shades == sorted(shades)
    assert frames[0].image.shape == (96, 160, 3)


def test_a_rate_thins_the_frames_out_and_keeps_their_time(tmp_path):
    path = write_video(tmp_path / "a.mp4", numbered(20))
    with Video(path) as video:
        frames = list(video.frames(NOON, rate=5))
    assert [f.index for f in frames] == list(range(0, 20, 2))
    assert frames[-1].at == NOON + timedelta(seconds=1.8)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp"])
def test_a_picture_is_read_in_colour(tmp_path, suffix):
    path = tmp_path / f"Ảnh{suffix}"
    blue = np.zeros((40, 60, 3), np.uint8)
    blue[:, :, 0] = 250
    path.write_bytes(cv2.imencode(suffix, blue)[1].tobytes())
    assert is_picture(path)
    assert load_picture(path)[20, 30].tolist() == pytest.approx([250, 0, 0], abs=6)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.mp4", None),
        ("empty.mp4", b""),
        ("text.mp4", b"this is no video at all, whatever it is called\n" * 50),
        (
            "sound.wav",
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0@\x1f\0\0\1\0\x08\0data\0\0\0\0",
        ),
    ],
)
def test_an_unreadable_video_is_named(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=name):
        Video(path)


def test_a_video_cut_short_gives_what_it_holds(tmp_path):
    whole = write_video(tmp_path / "a.mkv", numbered(40)).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    with Video(tmp_path / "cut.mkv") as video:
        assert 1 <= len(list(video.frames())) < 40


@pytest.mark.parametrize("content", [None, b"", b"\xff\xd8\xff\xe0 no jpeg", b"plain text"])
def test_an_unreadable_picture_is_named(tmp_path, content):
    path = tmp_path / "broken.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"broken\.jpg"):
        load_picture(path)


def test_a_frame_is_checked_when_it_is_made():
    image = np.zeros((4, 4, 3), np.uint8)
    assert Frame(image, EPOCH, 0).at == EPOCH
    with pytest.raises(InvalidInput, match="at"):
        Frame(image, datetime(2021, 10, 4), 0)  # noqa: DTZ001  a naive time is the point
    with pytest.raises(InvalidInput, match="image"):
        Frame(image[:, :, 0], EPOCH, 0)

"""A quiet road costs little, and nothing that moves on it is lost."""

import io
from datetime import timedelta

import av
import cv2
import numpy as np
import pytest

from vision.frames import EPOCH
from vision.motion import small_grey
from vision.quiet import QuietDecoder

FPS = 25
GROUP = 25
SIZE = (640, 360)
SPARE = 256
GRAIN = np.random.default_rng(3).standard_normal((SIZE[1] + SPARE, SIZE[0] + SPARE), np.float32)


def road(seconds: float, visits: tuple[tuple[float, float], ...] = (), noise: float = 2.0) -> list:
    """Return pictures of a grey road with grain; between the times given a square crosses it.

    The number of each picture is written into its corner as a shade.
    """
    images = []
    for i in range(round(seconds * FPS)):
        # No two pictures alike, though grain is drawn once: each lies on another part of it.
        down, right = i * 37 % SPARE, i * 53 % SPARE
        grain = GRAIN[down : down + SIZE[1], right : right + SIZE[0]]
        image = np.clip(90 + noise * grain, 0, 255).astype(np.uint8)
        for begin, end in visits:
            if begin <= i / FPS < end:
                x = int((i / FPS - begin) / (end - begin) * 560)
                image[150:210, x : x + 70] = 220
        images.append(image)
    return images


def packets(images: list, *, group: int = GROUP, b_frames: int = 0) -> tuple:
    """Return the container of an H.264 film of the images."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        options = {"preset": "veryfast", "bf": str(b_frames), "sc_threshold": "0", "crf": "23"}
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.gop_size = group
        for image in images:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="gray")))
        out.mux(stream.encode(None))
    file.seek(0)
    return av.open(file, "r")


def grey_of(picture):
    return small_grey(picture.to_ndarray(format="gray"))


def watched(images: list, **how) -> tuple[list, list[bool]]:
    """Return what the decoder told, and whether it slept after each packet."""
    told, slept = [], []
    with packets(images, **how) as film:
        stream = film.streams.video[0]
        decoder = QuietDecoder(stream.codec_context, grey_of)
        for number, packet in enumerate(film.demux(stream)):
            told += decoder.take(packet, EPOCH + timedelta(seconds=number / FPS))
            slept.append(decoder.is_asleep)
    return told, slept


def second(one) -> float:
    return (one.at - EPOCH).total_seconds()


def bright(one) -> bool:
    return bool((grey_of(one.picture) > 180).any())


@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_quiet_road_is_decoded_at_its_key_frames_alone(b_frames):
    told, slept = watched(road(20), b_frames=b_frames)
    shown = [one for one in told if one.picture is not None]
    late_part = [one for one in shown if second(one) > 8]
    assert all(slept[8 * FPS :])
    assert len(late_part) == pytest.approx(12, abs=1)  # one a second, where 300 came


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("begin", [9.1, 9.5, 9.9])
def test_every_picture_of_a_visit_is_told_in_order_after_a_sleep(b_frames, begin):
    told, slept = watched(road(16, ((begin, begin + 2.4),)), b_frames=b_frames)
    assert slept[9 * FPS]
    shown = [one for one in told if one.picture is not None]
    seen = [second(one) for one in shown if bright(one)]
    assert len(seen) == round(2.4 * FPS)
    times = [second(one) for one in shown]
    assert times == sorted(times)
    assert len(set(times)) > 0.6 * len(times)  # pictures out of order share their packets' times


def test_what_is_over_before_the_next_key_frame_is_told_too():
    told, slept = watched(road(16, ((10.2, 10.8),)), group=50)
    assert slept[10 * FPS]
    seen = [one for one in told if one.picture is not None and bright(one)]
    assert len(seen) == round(0.6 * FPS)
    assert seen[0].is_late
    assert not seen[-1].is_late  # the growing packets woke it before the next key frame came


def test_a_vehicle_that_stays_is_seen_and_lets_it_sleep_again():
    visit = road(12, ((9.2, 9.9),))
    standing = road(8)
    for image in standing:
        image[150:210, 300:370] = 220
    told, slept = watched(visit + standing)
    shown = [one for one in told if one.picture is not None and second(one) >= 12]
    assert bright(shown[0])
    assert slept[-3]
    assert all(bright(one) for one in shown)


@pytest.mark.parametrize(
    ("group", "why"), [(100, "key frames four seconds apart"), (1, "every picture is a key frame")]
)
def test_it_never_sleeps_where_it_could_miss_something(group, why):
    told, slept = watched(road(14), group=group)
    assert not any(slept), why
    assert sum(one.picture is not None for one in told) == pytest.approx(14 * FPS, abs=2)


def test_a_damaged_key_frame_wakes_it():
    with packets(road(14)) as film:
        stream = film.streams.video[0]
        decoder = QuietDecoder(stream.codec_context, grey_of)
        shown = 0
        for number, packet in enumerate(film.demux(stream)):
            at = EPOCH + timedelta(seconds=number / FPS)
            is_broken = packet.is_keyframe and number == 10 * FPS
            if is_broken:
                assert decoder.is_asleep
                packet.update(np.zeros(packet.size, np.uint8).tobytes())
                packet.is_keyframe = True
            shown += sum(one.picture is not None for one in decoder.take(packet, at))
            assert not (is_broken and decoder.is_asleep)
    assert shown > 3 * FPS  # a second awake at its beginning, and all after the damage


def test_at_night_grain_alone_does_not_keep_it_awake():
    _, slept = watched([cv2.convertScaleAbs(i, None, 0.4) for i in road(16, noise=12.0)])
    assert np.mean(slept[9 * FPS :]) > 0.7

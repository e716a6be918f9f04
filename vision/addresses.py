"""From the address of a camera to the source of its pictures."""

from pathlib import Path
from urllib.parse import urlsplit

from ioc.clock import Now
from ioc.errors import InvalidInput
from vision.frames import Video
from vision.scene_source import open_scene
from vision.sources import Source, file_shots, mask_address, stream_shots

STREAM_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})


def open_source(address: str, now: Now, city_dir: Path | None = None) -> Source:
    """Return the source at `address`; nothing is connected yet.

    Args:
        address: rtsp://, http:// or scene: URL, or the path of a video file.
        now: the clock that stamps live pictures.
        city_dir: the folder whose demo.toml says what a scene's `pool=NAME` stands for.

    Raises:
        InvalidInput: the address is of no kind we know, or a scene's parameter is wrong.
    """
    scheme = urlsplit(address).scheme.lower()
    if scheme in STREAM_SCHEMES:
        return Source(mask_address(address), lambda: stream_shots(address, now))
    if scheme == "scene":
        return open_scene(address, now, city_dir)
    if scheme and not Path(address).exists():
        known = ", ".join(sorted(STREAM_SCHEMES))
        raise InvalidInput("source", f"{mask_address(address)}: use {known}, scene or a file")
    path = Path(address)
    Video(path).close()
    return Source(str(path), lambda: file_shots(path, now), has_end=True)

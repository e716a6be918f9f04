"""Rendered scenes as live cameras: `scene:` addresses, with the plates a city's demo shows."""

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ioc.clock import Now
from ioc.errors import ConfigFault, InvalidInput
from ioc.vehicles.model import Ground, Layout
from vision.scene.address import SceneSpec, Weighted, parse_scene_url, vehicle_of
from vision.scene.vehicles import Kind
from vision.sources import Shot, Source, shot_of

DAY_S = 86_400


def open_scene(address: str, now: Now, city_dir: Path | None) -> Source:
    """Return the rendered camera at a `scene:` address.

    Args:
        address: see `vision.scene.address.parse_scene_url`.
        now: the clock its pictures are stamped by.
        city_dir: the folder whose demo.toml says what `pool=NAME` stands for.

    Raises:
        InvalidInput: a field of the address is wrong, or the pool is not there.
    """
    spec = parse_scene_url(address)
    vehicles = load_pool(city_dir, spec.pool) if spec.pool else ()
    return Source(address, lambda: scene_shots(spec, vehicles, now))


def scene_shots(spec: SceneSpec, vehicles: Weighted, now: Now) -> Iterator[Shot]:
    """Yield the scene's pictures at its own pace; one that comes too late is left out.

    Random traffic goes by the time of day, so that a camera started again does not show the same
    vehicles again; planned passes begin when the camera is opened.
    """
    scene = spec.open(vehicles)
    start_s = 0.0 if spec.passes else now().timestamp() % DAY_S
    begin_s = time.monotonic()
    number = 0
    while True:
        wait_s = begin_s + number / spec.fps - time.monotonic()
        time.sleep(max(wait_s, 0.0))
        yield shot_of(scene.frame(start_s + number / spec.fps), now())
        elapsed_s = time.monotonic() - begin_s
        number = max(number + 1, int(elapsed_s * spec.fps))


def load_pool(city_dir: Path | None, name: str) -> Weighted:
    """Return the vehicles of a pool of the city's demo.toml, each with its weight.

    Raises:
        InvalidInput: there is no such pool, or a vehicle in it is not described.
        ConfigFault: demo.toml is no TOML.
    """
    if city_dir is None:
        raise InvalidInput("pool", f"{name!r} needs a city's folder to stand in")
    file = city_dir / "demo.toml"
    try:
        demo = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InvalidInput("pool", f"{name!r}: {file}: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault
    weights = demo.get("pool", {}).get(name)
    if not weights:
        raise InvalidInput("pool", f"{file} has no [pool.{name}]")
    known = {entry.get("plate"): entry for entry in demo.get("vehicle", [])}
    return tuple(
        (vehicle_of(plate, *_looks(known.get(plate, {}))), int(weight))
        for plate, weight in weights.items()
    )


def _looks(entry: dict[str, Any]) -> tuple[Kind | None, Ground | None, Layout | None]:
    kind, ground, layout = (entry.get(name) for name in ("kind", "ground", "layout"))
    try:
        return kind and Kind(kind), ground and Ground(ground), layout and Layout(layout)
    except ValueError as fault:
        raise InvalidInput("pool", f"{entry.get('plate')}: {fault}") from fault

"""The processes an installation consists of: one row a service."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ioc.errors import ConfigFault
from ioc.supervisor import Service
from ioc.vendors import read_readers

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Watched:
    """A camera that is to be watched: its id in the city, and where its pictures come from."""

    camera: str
    source: str


@dataclass(frozen=True)
class Ports:
    """Where the pages and the API are served."""

    host: str
    pages: int
    api: int


def city_services(ports: Ports, cameras: Path | None, *, workers: int = 1) -> tuple[Service, ...]:
    """Return the services of one city on one machine.

    Args:
        ports: where the pages and the API are served.
        cameras: file of the cameras, which the workers share out among themselves; None: none.
        workers: processes that watch cameras, at least 1.
    """
    asked = LOOPBACK if ports.host in ("0.0.0.0", "::") else ports.host
    services = [
        Service(
            "ingest",
            ("ingest", "serve", "--host", ports.host, "--port", str(ports.api)),
            "ioc_ingest",
            f"http://{asked}:{ports.api}",
        ),
        Service(
            "dashboards",
            ("dashboards", "serve", "--host", ports.host, "--port", str(ports.pages)),
            "ioc_dashboards",
            f"http://{asked}:{ports.pages}",
            has_spare=True,
        ),
        Service("timekeeper", ("timekeeper", "run"), "ioc_timekeeper"),
    ]
    for number in range(1, workers + 1 if cameras else 1):
        name = f"vision-{number}"
        words = ("vision", "fleet", "--name", name, "--cameras", str(cameras))
        services.append(Service(name, words, "ioc_vision"))
    return tuple(services)


def listening_services(city_dir: Path) -> tuple[Service, ...]:
    """Return what asks and listens to cameras that read themselves; none where all of them send."""
    readers = read_readers(city_dir)[0].cameras.values()
    if not any(reader.pull or reader.topic for reader in readers):
        return ()
    return (Service("listening", ("ingest", "listen"), "ioc_ingest"),)


def simulated_services(ports: Ports, speed: float) -> tuple[Service, ...]:
    """Return what makes up traffic, `speed` times as fast as life; none at 0."""
    if speed <= 0:
        return ()
    words = ("ingest", "simulate", "--api", f"http://{ports.host}:{ports.api}")
    return (Service("simulator", (*words, "--speed", str(speed)), None),)


def load_cameras(file: Path) -> tuple[Watched, ...]:
    """Return the [[camera]] entries (id, source) of a TOML file.

    Raises:
        ConfigFault: the file is missing or no TOML, or an entry lacks a value.
    """
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("camera", [])
    except FileNotFoundError:
        raise ConfigFault(file, 0, "there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault
    cameras = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or not entry.get("id") or not entry.get("source"):
            raise ConfigFault(file, 0, f"camera {number}: needs an id and a source")
        cameras.append(Watched(str(entry["id"]), str(entry["source"])))
    return tuple(cameras)

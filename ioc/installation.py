"""The processes an installation consists of: one row a service."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ioc.children import Service, asked_at
from ioc.errors import ConfigFault
from ioc.vendors import read_readers

ARCHIVE_URL = "IOC_ARCHIVE_URL"


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
    asked = asked_at(ports.host)
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
        Service("timekeeper", ("timekeeper", "run"), "ioc_timekeeper", has_probes=True),
    ]
    for number in range(1, workers + 1 if cameras else 1):
        name = f"vision-{number}"
        words = ("vision", "fleet", "--name", name, "--cameras", str(cameras))
        services.append(Service(name, words, "ioc_vision", has_probes=True))
    return tuple(services)


def listening_services(city_dir: Path) -> tuple[Service, ...]:
    """Return what asks and listens to cameras that read themselves; none where all of them send."""
    if not read_readers(city_dir)[0].is_listened_to:
        return ()
    return (Service("listening", ("ingest", "listen"), "ioc_ingest", has_probes=True),)


def keeping_services(env: Mapping[str, str]) -> tuple[Service, ...]:
    """Return what keeps the log of the store; none where nobody says by which address."""
    if not env.get(ARCHIVE_URL, "").strip():
        return ()
    return (Service("archive", ("admin", "archive"), "ioc_archive", has_probes=True),)


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

"""What is wrong with the settings and the machine: secrets, folders, disks, ports."""

import json
import os
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ioc.condition import free_share
from ioc.doctor.model import Defect, Need, fault, warning
from ioc.doctor.premises import HOST, Check, Premises, have
from ioc.errors import InvalidInput
from ioc.settings import LOCAL, SECRET_LENGTH, Settings
from ioc.signing import known_public

# Below this a disk is full by the end of a busy day; below the other the next hour.
LITTLE_FREE, NOTHING_FREE = 0.10, 0.02
# What nobody guessed has many different characters: 32 of one hexadecimal key have about 14.
LEAST_DIFFERENT = 10
KNOWN = frozenset(
    {
        "",
        "admin",
        "changeme",
        "change-me",
        "demo",
        "example",
        "ioc",
        "password",
        "postgres",
        "secret",
    }
)
SHORT = 12
SERVICES = ("VISION", "INGEST", "DASHBOARDS", "TIMEKEEPER")
PATIENCE_S = 2.0


def settings_faults(at: Premises) -> Iterator[Defect]:
    """Name the setting that is missing or wrong: nothing starts before it is mended."""
    if at.settings_fault is not None:
        found = at.settings_fault
        yield fault("settings_wrong", setting=found.field, why=found.why)


def secret_faults(at: Premises) -> Iterator[Defect]:
    """Name secrets that somebody could guess, or that are not kept."""
    settings = have(at.settings)
    if settings.is_demo:
        return
    if not _is_random(settings.secret):
        yield fault("secret_weak", setting="IOC_SECRET")
    urls = {"IOC_DATABASE_URL": settings.database_url, "IOC_REDIS_URL": settings.redis_url}
    own = {f"IOC_DATABASE_URL_{name}" for name in SERVICES}
    urls |= {name: at.env[name] for name in own if at.env.get(name)}
    for name, url in sorted(urls.items()):
        if _is_guessable(url):
            yield fault("password_weak", setting=name)
    try:
        known_public(settings.evidence_key, settings.state_dir)
    except (InvalidInput, OSError):
        yield fault("evidence_key_wrong", setting="IOC_EVIDENCE_KEY")


def folder_faults(at: Premises) -> Iterator[Defect]:
    """Name folders that cannot be written, or that others may look into."""
    settings = have(at.settings)
    for name, folder in _folders(settings).items():
        if not _may_write(folder):
            yield fault("folder_closed", folder=folder, setting=name)
    if settings.state_dir.is_dir() and settings.state_dir.stat().st_mode & 0o077:
        yield fault("state_open", folder=settings.state_dir)


def disk_faults(at: Premises) -> Iterator[Defect]:
    """Name disks that will be full soon."""
    for folder in dict.fromkeys(_folders(have(at.settings)).values()):
        share = free_share(folder)
        if share < LITTLE_FREE:
            told = fault if share < NOTHING_FREE else warning
            yield told("disk_full", folder=folder, percent=round(100 * share))


def port_faults(at: Premises) -> Iterator[Defect]:
    """Name ports at which something else listens: the service there cannot start."""
    for service, port in at.ports.items():
        if _listens(port) and not _is_ours(port):
            yield fault("port_taken", service=service, port=port)


CHECKS = (
    Check("settings", Need.NOTHING, settings_faults),
    Check("secrets", Need.SETTINGS, secret_faults),
    Check("folders", Need.SETTINGS, folder_faults),
    Check("disks", Need.SETTINGS, disk_faults),
    Check("ports", Need.NOTHING, port_faults),
)


def _is_random(secret: str) -> bool:
    return len(secret) >= SECRET_LENGTH and len(Counter(secret)) >= LEAST_DIFFERENT


def _is_guessable(url: str) -> bool:
    """Tell whether the password of an address could be guessed; none on this machine is none."""
    parts = urlsplit(url)
    password = unquote(parts.password or "")
    if not password:
        return parts.hostname not in LOCAL
    return password.lower() in KNOWN or len(password) < SHORT


def _folders(settings: Settings) -> Mapping[str, Path]:
    return {
        "IOC_STATE": settings.state_dir,
        "IOC_EVIDENCE": settings.evidence_dir,
        "IOC_BACKUPS": settings.backup_dir,
    }


def _may_write(folder: Path) -> bool:
    """Tell whether a file can be written in a folder, or the folder be made; nothing is left."""
    if not folder.exists():
        there = next(path for path in folder.parents if path.exists())
        return there.is_dir() and os.access(there, os.W_OK)
    probe = folder / f".ioc-doctor-{os.getpid()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return False
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), PATIENCE_S).close()
    except OSError:
        return False
    return True


def _is_ours(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        told = json.loads(connection.getresponse().read(1000))
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return isinstance(told, dict) and told.get("status") == "alive"

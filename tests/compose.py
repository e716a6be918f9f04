"""docker-compose.yml as Compose reads it, and its services as processes of this machine."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
STATE = "/var/lib/ioc"


def variables() -> dict[str, str | None]:
    """Return the default of each variable of the file; None where one must be given."""
    text = FILE.read_text(encoding="utf-8")
    return {m[1]: m[3] if m[2] == "-" else None for m in VARIABLE.finditer(text)}


def filled(text: str, given: Mapping[str, str]) -> str:
    """Return `text` with its variables put in, as Compose does; a required one must be given."""

    def value(match: re.Match[str]) -> str:
        name, sort, rest = match.groups()
        if name in given:
            return given[name]
        assert sort == "-", f"{name} is required and not given"
        return rest or ""

    return VARIABLE.sub(value, text).replace("$$", "$")


def load_compose(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the file with its variables put in."""
    return yaml.safe_load(filled(FILE.read_text(encoding="utf-8"), given))


class Process:
    """A service as a process here: its words and environment, with this machine's addresses.

    Nothing else is changed: what a container is told, and no more, must be enough.
    """

    def __init__(
        self, service: Mapping[str, Any], places: Mapping[str, str], ports: Mapping[int, int]
    ) -> None:
        self._places = places
        self._ports = ports
        self.words = [sys.executable, "-m", "ioc.cli", *self._here(service["command"])]
        named = service["environment"]
        values = {name: self._put(str(value)) for name, value in named.items()}
        # What the image says, see the Dockerfile.
        self.env = {"PATH": "/usr/bin:/bin", "IOC_STATE": places[STATE], **values}
        check = service.get("healthcheck", {}).get("test", [])
        # Where the container may write: what is mounted there, and nothing else of the state.
        mounts = (str(mount).split(":") for mount in service.get("volumes", []))
        self.writable = [self._put(mount[1]) for mount in mounts if mount[-1] != "ro"]
        self.check = [sys.executable, *self._here(check[2:])] if check else []

    def _here(self, words: list[str]) -> list[str]:
        return [self._put(word) for word in words]

    def _put(self, text: str) -> str:
        for there, here in self._places.items():
            text = text.replace(there, here)
        for there, here in self._ports.items():
            text = re.sub(rf"(?<!\d){there}(?!\d)", str(here), text)
        return text

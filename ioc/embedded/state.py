"""The folder one installation keeps its stores, secrets and logs in: private, and held by one.

<state>/lock           held by flock for as long as the supervisor lives; says who holds it
<state>/runtime.json   process ids and ports of what runs, replaced whole
<state>/secrets/NAME   one random secret a file, mode 0600
<state>/postgres|valkey|evidence|logs
"""

import fcntl
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ioc.errors import InvalidInput, Unavailable

PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600
# A log beyond this is set aside when its process is started again, so two of them bound the disk.
LOG_LIMIT_BYTES = 16_000_000


@dataclass(frozen=True)
class State:
    """A state folder; everything below it is for its owner's eyes only."""

    path: Path

    def folder(self, name: str) -> Path:
        """Return the sub-folder `name`, made when missing, mode 0700."""
        path = self.path / name
        path.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        """Return the log file of the process `name`; an overlong one is set aside first."""
        path = self.folder("logs") / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".old.log"))
        return path

    def secret(self, name: str) -> str:
        """Return the secret `name`, made at random on first use and kept in a file of mode 0600."""
        path = self.folder("secrets") / name
        if not path.exists():
            _replace(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="ascii").strip()

    def runtime(self) -> dict[str, Any]:
        """Return what the present or last holder wrote of its processes; empty when none did."""
        try:
            found = json.loads((self.path / "runtime.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return found if isinstance(found, dict) else {}

    def note_runtime(self, **values: object) -> None:
        """Add `values` to runtime.json; a reader sees the old file or the new one, never half."""
        merged = {**self.runtime(), **values}
        _replace(self.path / "runtime.json", json.dumps(merged, indent=1, sort_keys=True))


def make_state(path: Path) -> State:
    """Return the state folder at `path`, made and closed to others.

    Raises:
        InvalidInput: `path` is a file, belongs to somebody else, or cannot be made.
    """
    path = path.expanduser().absolute()
    try:
        path.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        if path.stat().st_uid != os.geteuid():
            raise InvalidInput("--state", f"{path} belongs to another user")
        path.chmod(PRIVATE_DIR)
    except OSError as fault:
        raise InvalidInput("--state", f"{path} cannot be used: {fault.strerror}") from fault
    return State(path)


@contextmanager
def hold_state(path: Path) -> Iterator[State]:
    """Make the state folder at `path` and hold it alone until the end.

    Raises:
        Unavailable: another process holds it; the message says which.
        InvalidInput: the folder cannot be used.
    """
    state = make_state(path)
    with (state.path / "lock").open("a+", encoding="utf-8") as lock:
        (state.path / "lock").chmod(PRIVATE_FILE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(_in_use(state)) from None
        lock.truncate(0)
        lock.write(json.dumps(_holder()))
        lock.flush()
        yield state


def holder_of(state: State) -> Mapping[str, Any] | None:
    """Return `pid`, `command` and `since` of the process that holds `state`, or None."""
    try:
        with (state.path / "lock").open(encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found = json.loads(lock.read() or "{}")
                return found if isinstance(found, dict) else {}
    except (FileNotFoundError, json.JSONDecodeError):
        pass
    return None


def _holder() -> dict[str, object]:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "command": command, "since": since}


def _in_use(state: State) -> str:
    held = holder_of(state) or {}
    who = "process {pid} ({command}, since {since})".format_map(
        {"pid": "?", "command": "?", "since": "?", **held}
    )
    return f"the state folder {state.path} is held by {who}; stop it or give another --state"


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "w"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

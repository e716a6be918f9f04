"""Starting, finding and ending child processes so that none is ever left behind."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ioc.errors import Unavailable

# Run between fork and exec by a small Python of its own: `preexec_fn` would run it in a copy of a
# process with threads, which may hang. 1 is PR_SET_PDEATHSIG; a supervisor that is gone by now
# sends nothing any more. The process id stays the same.
TIE = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, int(sys.argv[1]), 0, 0, 0)
if os.getppid() != int(sys.argv[2]):
    sys.exit("the supervisor is gone")
os.execvp(sys.argv[3], sys.argv[3:])
"""
# Below Linux's range of outgoing ports (32768 up), so that no connection of ours takes the port
# of a store between its death and its restart.
PORTS = range(20_000, 32_000)
PROC = Path("/proc")


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    stdin_text: str | None = None,
    keeps_stdin: bool = False,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output appended to `log`.

    The kernel sends it `death_signal` when the thread that called this ends (Linux), so call it
    from the main thread. A session of its own keeps a terminal's Ctrl-C from it: the supervisor
    stops its children in order. `keeps_stdin`: the caller writes to it later, and closes it.

    Raises:
        Unavailable: there is no such program.
    """
    is_told = stdin_text is not None or keeps_stdin
    source = subprocess.PIPE if is_told else subprocess.DEVNULL
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*_tie(death_signal), *(str(part) for part in command)],
                stdin=source,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                start_new_session=True,
            )
    except OSError as fault:
        raise Unavailable(f"{command[0]} cannot be started: {fault.strerror}") from fault
    if process.stdin is not None and not keeps_stdin:
        # One that died at once reads nothing: its end is seen, and told, by whoever waits for it.
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write((stdin_text or "").encode())
    return process


def _tie(death_signal: signal.Signals) -> list[str]:
    """Return the words before a command that tie its life to that of this process (Linux)."""
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", TIE, str(int(death_signal)), str(os.getpid())]


def end(process: subprocess.Popen[bytes], how: signal.Signals, patience_s: float) -> None:
    """Ask `process` to stop with `how`; kill its whole group when it has not after `patience_s`."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(done: Callable[[], bool], patience_s: float, step_s: float = 0.02) -> bool:
    """Return whether `done` came true within `patience_s`."""
    limit = time.monotonic() + patience_s
    while not done():
        if time.monotonic() > limit:
            return False
        time.sleep(step_s)
    return True


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether `port` of `host` can be listened on now."""
    with socket.socket() as probe:
        # As every server does: a connection of yesterday in TIME_WAIT does not make a port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """Return `preferred` when it is free, else a free loopback port."""
    chance = random.SystemRandom()
    for port in [preferred or 0, *chance.sample(PORTS, 200)]:
        if port in PORTS and is_free(port):
            return port
    raise Unavailable(f"no free port on 127.0.0.1 between {PORTS.start} and {PORTS.stop}")


def born_at(pid: int) -> str:
    """Return the kernel's start time of `pid`, which tells a process from a later bearer of its id.

    Empty where it cannot be known: no such process, or no /proc.
    """
    try:
        stat = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field is the name in brackets, which may hold blanks.
    return stat.rpartition(")")[2].split()[19]


def working_in(folder: Path) -> list[int]:
    """Return the ids of the processes whose working directory is `folder` (none without /proc)."""
    target = str(folder.resolve())
    found = []
    for entry in PROC.glob("[0-9]*"):
        try:
            if str((entry / "cwd").readlink()) == target:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def clear_leftovers(folder: Path, patience_s: float) -> None:
    """Wait for the processes that work in `folder` to end; after `patience_s` kill them."""
    if not wait_until(lambda: not working_in(folder), patience_s):
        for pid in working_in(folder):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        wait_until(lambda: not working_in(folder), patience_s)


def last_words(log: Path, lines: int = 3) -> str:
    """Return the last lines of `log` that are not blank, joined by ` | `."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "no log"
    kept = [line.strip() for line in text[-4000:].splitlines() if line.strip()]
    return " | ".join(kept[-lines:]) or "the log is empty"

"""The program that keeps the store's log as it is written: `pg_receivewal`."""

import subprocess
import time
from pathlib import Path
from signal import SIGTERM

from ioc.embedded.binaries import connection_env
from ioc.embedded.process import end, last_words, spawn
from ioc.errors import Unavailable

# What the engine calls whoever keeps its log: commits may be told to wait for him.
NAME = "archive"
PAUSE_S, STOP_S = 2.0, 5.0
# Whoever is refused by the store ends within this.
SURE_S = 1.0


class Receiver:
    """The program that keeps the log, started again when it ends."""

    def __init__(self, program: Path, folder: Path, url: str) -> None:
        """Remember what to run; `tend` starts it."""
        self._command = [
            str(program), "--directory", str(folder), "--slot", NAME, "--synchronous",
            "--no-loop", "--no-password", "--status-interval=1",
        ]  # fmt: skip
        self._slot = [
            str(program), "--slot", NAME, "--create-slot", "--if-not-exists", "--no-password",
        ]  # fmt: skip
        self._env = {**connection_env(url), "PGAPPNAME": NAME}
        self._log = folder.with_name("archive.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._tried_at = -PAUSE_S

    def make_slot(self) -> None:
        """Let the engine keep what we have not got yet, from now on.

        Raises:
            Unavailable: it does not answer, or refuses.
        """
        done = subprocess.run(
            self._slot, env=self._env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Unavailable(f"pg_receivewal: {done.stderr.strip()[-300:]}")

    @property
    def follows(self) -> bool:
        """Tell whether it has run for a while: it ends at once where the store refuses it."""
        is_alive = self._process is not None and self._process.poll() is None
        return is_alive and time.monotonic() - self._tried_at >= SURE_S

    def tend(self) -> str:
        """Start it where it does not run; return why it ended, empty where it runs."""
        if self._process is not None and self._process.poll() is None:
            return ""
        why = "" if self._process is None else last_words(self._log, 1)
        if time.monotonic() - self._tried_at >= PAUSE_S:
            self._tried_at = time.monotonic()
            self._process = spawn(self._command, self._log, env=self._env)
        return why

    def stop(self) -> None:
        """End it; what it has is on the disk."""
        if self._process is not None:
            end(self._process, SIGTERM, STOP_S)

"""One Valkey server of our own: the live memory, which may be lost at any moment."""

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ioc.embedded.binaries import plan_launch
from ioc.embedded.process import clear_leftovers, end, free_port, last_words, spawn, wait_until
from ioc.errors import Unavailable

START_S = 20.0
STOP_S = 3.0
SECRET = "valkey"

# Nothing is written to disk: hints, heartbeats and counters are made anew within seconds, and a
# file would be one more thing that can be stale.
CONFIG = """\
port {port}
bind 127.0.0.1
dir {folder}
requirepass {password}
appendonly no
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
databases 64
"""


@dataclass
class Valkey:
    """A server that keeps nothing; `secret` gives its password."""

    folder: Path
    log: Path
    program: Path
    secret: Callable[[str], str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server; return when it answers.

        Raises:
            Unavailable: it does not start; the message ends with its last words.
        """
        clear_leftovers(self.folder, patience_s=5)
        self.port = free_port(self.port)
        launch = plan_launch(self.program)
        config = CONFIG.format(port=self.port, folder=self.folder, password=self.secret(SECRET))
        # By standard input, where no listing of processes shows the password.
        self.process = spawn([*launch.prefix, self.program, "-"], self.log, stdin_text=config)
        if not wait_until(self._answers, START_S) or not self.is_alive():
            self.stop()
            raise Unavailable(f"Valkey did not start: {last_words(self.log)}")

    def is_alive(self) -> bool:
        """Tell whether the server's process lives."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop the server."""
        if self.process is not None:
            end(self.process, signal.SIGTERM, STOP_S)
            self.process = None

    def url(self, number: int = 0) -> str:
        """Return the address of database `number`, with the password."""
        return f"redis://:{self.secret(SECRET)}@127.0.0.1:{self.port}/{number}"

    def _answers(self) -> bool:
        if not self.is_alive():
            return True
        try:
            at_once = Retry(NoBackoff(), 0)
            with redis.Redis.from_url(self.url(), socket_timeout=1, retry=at_once) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

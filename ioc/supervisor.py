"""The processes of one machine: started together, restarted when they die, stopped in order."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

from ioc.children import Child, Service
from ioc.embedded.process import born_at, end, is_free, last_words, spawn
from ioc.embedded.state import State
from ioc.embedded.stores import Stores
from ioc.errors import InvalidInput, IocError, Unavailable

logger = logging.getLogger(__name__)

IOC = (sys.executable, "-m", "ioc.cli")
ROUND_S = 0.1
STOP_S = 6.0
# A process that lived this long is taken to be sound again.
SOUND_S = 30.0
LOOK_S = 5.0
# A process that lives and answers nobody for so long is killed, and so restarted.
SILENCE_S = 30.0


class Supervisor:
    """Runs the services on `stores`; `environment(service)` is what a service is told."""

    def __init__(
        self,
        stores: Stores,
        services: Sequence[Service],
        environment: Callable[[Service], Mapping[str, str]],
        program: Sequence[str] = IOC,
        silence_s: float = SILENCE_S,
    ) -> None:
        """Remember what is to run; nothing is started yet."""
        self._stores = stores
        self._environment = environment
        self._program = program
        self._children = [Child(service) for service in services]
        self._silence_s = silence_s
        self._look_at = 0.0
        self._stores_failed_at: float | None = None

    @property
    def state(self) -> State:
        """Return the state folder the services log to."""
        return self._stores.state

    def start(self) -> None:
        """Start every service at once."""
        self._end_strays()
        for child in self._children:
            self._start(child)
        self._note()

    def add(self, services: Sequence[Service]) -> None:
        """Start more services, which nobody waits for."""
        added = [Child(service) for service in services]
        self._children += added
        for child in added:
            self._start(child)
        self._note()

    def tend(self) -> list[str]:
        """Start again what has died; return the names of what was started."""
        self._end_silent()
        revived = self._tend_stores()
        for child in self._children:
            if child.is_alive():
                if child.service.has_spare:
                    load = partial(self._spawned, child, "--spare")
                    child.spare.keep(child.started_at, load)
                continue
            lived = time.monotonic() - child.started_at
            if child.process is not None:
                logger.warning(
                    "%s ended with %s: %s",
                    child.service.name,
                    child.process.returncode,
                    last_words(self.state.log(child.service.name), 1),
                )
                child.process = None
                child.failures = 1 if lived > SOUND_S else child.failures + 1
            if lived >= child.pause_s() and self._started_again(child):
                revived.append(child.service.name)
        if revived:
            self._note()
        return revived

    def unready(self) -> list[str]:
        """Return the names of the services that do not answer yet."""
        return [child.service.name for child in self._children if not child.is_ready()]

    def wait_ready(self, patience_s: float, is_ready: Callable[[], bool]) -> None:
        """Tend the services until all answer and `is_ready` holds.

        Raises:
            Unavailable: not within `patience_s`, or one dies three times; its last words are told.
        """
        limit = time.monotonic() + patience_s
        while (waiting := self.unready()) or not is_ready():
            self.tend()
            for child in self._children:
                if child.failures >= 3:
                    log = self.state.log(child.service.name)
                    raise Unavailable(f"{child.service.name} does not start: {last_words(log)}")
            if time.monotonic() > limit:
                late = ", ".join(waiting) or "the cameras"
                raise Unavailable(
                    f"not ready after {patience_s:.0f} s: {late}; see {self.state.path}/logs"
                )
            time.sleep(2 * ROUND_S)

    def run(self) -> None:
        """Tend the services until a signal ends it, which is how it should end."""
        with suppress(KeyboardInterrupt):
            while True:
                for name in self.tend():
                    logger.info("%s was started again", name)
                time.sleep(ROUND_S)

    def stop(self, patience_s: float = STOP_S) -> None:
        """Stop every service: all are asked at once, and killed after `patience_s`."""
        for child in self._children:
            if child.process is not None and child.is_alive():
                child.process.send_signal(signal.SIGTERM)
            child.spare.end()
        limit = time.monotonic() + patience_s
        for child in self._children:
            if child.process is not None:
                end(child.process, signal.SIGTERM, max(0.1, limit - time.monotonic()))

    def _start(self, child: Child) -> None:
        child.process = child.spare.take() or self._spawned(child)
        child.started_at = time.monotonic()

    def _started_again(self, child: Child) -> bool:
        """Start a service that had died; tell whether that went well, or the disk is at fault."""
        try:
            self._start(child)
        except (OSError, Unavailable) as fault:
            logger.error("%s cannot be started: %s", child.service.name, fault)  # noqa: TRY400
            child.started_at, child.failures = time.monotonic(), child.failures + 1
        return child.is_alive()

    def _spawned(self, child: Child, *more: str) -> subprocess.Popen[bytes]:
        service = child.service
        command = [*self._program, *service.words, *more]
        log, env = self.state.log(service.name), child.told(self._environment(service))
        return spawn(command, log, env=env, keeps_stdin=bool(more))

    def _end_silent(self) -> None:
        if time.monotonic() < self._look_at:
            return
        for child in self._children:
            if child.process is not None and child.is_silent(self._silence_s):
                logger.warning("%s is silent and is ended", child.service.name)
                child.process.kill()
        self._look_at = time.monotonic() + min(LOOK_S, self._silence_s)

    def _tend_stores(self) -> list[str]:
        failed_at = self._stores_failed_at
        if failed_at is not None and time.monotonic() - failed_at < 1.0:
            return []
        try:
            self._stores_failed_at = None
            return self._stores.restart_dead()
        except IocError as fault:
            self._stores_failed_at = time.monotonic()
            logger.error("a store does not come up: %s", fault)  # noqa: TRY400  its sentence is enough
            return []

    def _note(self) -> None:
        running = {
            child.service.name: {
                "pid": child.process.pid,
                "born": born_at(child.process.pid),
                **({"probes": child.probes} if child.probes else {}),
            }
            for child in self._children
            if child.process is not None
        }
        try:
            self.state.note_runtime(supervisor={"pid": os.getpid()}, services=running)
        except OSError as fault:
            # A full disk ends no service: they run, only nobody reads where.
            logger.error("what runs cannot be written down: %s", fault)  # noqa: TRY400

    def _end_strays(self) -> None:
        """End what a killed supervisor left behind and the kernel did not take along."""
        for name, known in dict(self.state.runtime().get("services", {})).items():
            pid, born = int(known.get("pid", 0)), known.get("born")
            if pid and born and born_at(pid) == born:
                logger.warning("ending %s, left by an earlier run", name)
                os.kill(pid, signal.SIGKILL)


def require_free(port: int, option: str, host: str) -> None:
    """Return when `port` of `host` can be listened on.

    Raises:
        Unavailable: it is in use; the message names the port and the option.
        InvalidInput: it is no port.
    """
    if not 0 < port < 65536:
        raise InvalidInput(option, f"{port} is no port (1 to 65535)")
    if not is_free(port, host):
        raise Unavailable(f"port {port} is in use: give another with {option}")


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the first SIGTERM, SIGHUP or Ctrl-C into KeyboardInterrupt; let the clean-up finish."""
    signals = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup asks for
        signals.append(signal.SIGHUP)

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, leave) for number in signals}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)

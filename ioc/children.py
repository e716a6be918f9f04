"""A service of an installation, its present process, and how it is asked whether it goes."""

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from ioc.embedded.process import free_port
from ioc.embedded.spare import Spare
from ioc.probes import VARIABLE, probe_address
from ioc.readiness import answers

LOOPBACK = "127.0.0.1"
PROBE_S = 1.0
# The first restart comes at once; one that keeps dying waits longer each time, at most this.
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True)
class Service:
    """One process of the installation.

    Attributes:
        name: of its log and in runtime.json.
        words: of its command line, after `ioc`.
        role: the database role it signs in with; None when it knows no store, only the API.
        address: of its /healthz (it lives) and /readyz (it can do its work); None where it serves
            nobody.
        has_spare: another process of it is loaded and waits (`--spare`), to follow one that dies.
        has_probes: it serves nobody, and answers these two where IOC_PROBES says.
    """

    name: str
    words: tuple[str, ...]
    role: str | None
    address: str | None = None
    has_spare: bool = False
    has_probes: bool = False


@dataclass
class Child:
    """A service and its present process; `probes` is where that was told to answer, host:port."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    heard_at: float = 0.0
    failures: int = 0
    probes: str | None = None
    spare: Spare = field(default_factory=Spare)

    @property
    def address(self) -> str | None:
        """Return where it is asked whether it lives and can do its work; None: nowhere."""
        return self.service.address if self.probes is None else f"http://{self.probes}"

    def told(self, env: Mapping[str, str]) -> Mapping[str, str]:
        """Return what its next process is told; where to answer too, if it serves nobody.

        The port is another one each time, so that one that was taken meanwhile ends nobody twice;
        where `env` names an address it is that one.
        """
        if not self.service.has_probes:
            return env
        host, port = probe_address(env) or (LOOPBACK, free_port())
        self.probes = f"{asked_at(host)}:{port}"
        return {**env, VARIABLE: f"{host}:{port}"}

    def is_alive(self) -> bool:
        """Tell whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Tell whether it lives and can do its work, as far as it can be asked."""
        return self.is_alive() and (
            self.address is None or answers(f"{self.address}/readyz", PROBE_S)
        )

    def is_silent(self, patience_s: float) -> bool:
        """Tell whether it lives and has answered nobody for `patience_s`; asks it now."""
        if self.address is None or not self.is_alive():
            return False
        if answers(f"{self.address}/healthz", PROBE_S):
            self.heard_at = time.monotonic()
        return time.monotonic() - max(self.heard_at, self.started_at) > patience_s

    def pause_s(self) -> float:
        """Return how long after its last start it may be started again."""
        return 0.0 if self.failures <= 1 else min(2.0 ** (self.failures - 2), LONGEST_PAUSE_S)


def asked_at(host: str) -> str:
    """Return where this machine asks what listens at `host`.

    >>> asked_at("0.0.0.0"), asked_at("10.1.2.3")
    ('127.0.0.1', '10.1.2.3')
    """
    return LOOPBACK if host in ("0.0.0.0", "::") else host

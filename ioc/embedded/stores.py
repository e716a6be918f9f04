"""The stores of one installation: the operator's own where named, else engines of our own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ioc.embedded.binaries import postgres_bin, valkey_server
from ioc.embedded.postgres import DATABASE, OWNER, Postgres
from ioc.embedded.process import born_at
from ioc.embedded.state import State, hold_state, holder_of, make_state
from ioc.embedded.valkey import Valkey
from ioc.errors import Unavailable


@dataclass
class Stores:
    """Running stores and their addresses; each is a server of ours or an address given to us."""

    state: State
    postgres: Postgres | str
    valkey: Valkey | str

    def database_url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """Return the address of PostgreSQL for `role`; one that was given to us is given on."""
        if isinstance(self.postgres, str):
            return self.postgres
        return self.postgres.url(role, database)

    @property
    def redis_url(self) -> str:
        """Return the address of the live memory."""
        return self.valkey if isinstance(self.valkey, str) else self.valkey.url()

    def demo_environment(self, role: str = OWNER) -> dict[str, str]:
        """Return what a process of a demo on these stores is told, with secrets of this folder."""
        return {
            "IOC_DEMO": "1",
            "IOC_STATE": str(self.state.path),
            "IOC_DATABASE_URL": self.database_url(role),
            "IOC_REDIS_URL": self.redis_url,
            "IOC_SECRET": self.state.secret("signing"),
        }

    def restart_dead(self) -> list[str]:
        """Start again, on the same port, what has died; return the names.

        Raises:
            Unavailable: one does not come up; call again later.
        """
        revived = []
        for name, server in self._servers().items():
            if not server.is_alive():
                server.start()
                revived.append(name)
        if revived:
            # They run, even where a full disk lets nobody write it down.
            with suppress(OSError):
                self._note()
        return revived

    def _start(self) -> None:
        before = self.state.runtime()
        for name, server in self._servers().items():
            known = before.get(name)
            server.port = int(known.get("port", 0)) if isinstance(known, dict) else 0
            server.start()
        if isinstance(self.postgres, Postgres):
            self.postgres.prepare()
        self._note()

    def _stop(self) -> None:
        for server in reversed(self._servers().values()):
            server.stop()

    def _servers(self) -> dict[str, Postgres | Valkey]:
        pairs = {"postgres": self.postgres, "valkey": self.valkey}
        return {name: server for name, server in pairs.items() if not isinstance(server, str)}

    def _note(self) -> None:
        for name, server in self._servers().items():
            pid = server.process.pid if server.process else 0
            self.state.note_runtime(
                **{name: {"pid": pid, "born": born_at(pid), "port": server.port}}
            )


@contextmanager
def open_stores(
    path: Path,
    env: Mapping[str, str] | None = None,
    *,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Stores]:
    """Hold the state folder at `path` and run the stores that `env` names no address for.

    Args:
        path: the state folder.
        env: IOC_DATABASE_URL and IOC_REDIS_URL name running servers, IOC_PG_BIN PostgreSQL's
            programs; the process's environment when None.
        settings: PostgreSQL settings over ours, by name.

    Raises:
        Unavailable: the folder is held by another process, or a store does not start.
        InvalidInput: the folder or a variable is wrong.
    """
    with hold_state(path) as state:
        stores = _plan(state, os.environ if env is None else env, settings or {})
        try:
            stores._start()
            yield stores
        finally:
            stores._stop()


@contextmanager
def join_stores(path: Path) -> Iterator[Stores]:
    """Use the stores of the state folder at `path`: the running ones, or started for the while.

    Raises:
        Unavailable: another process holds the folder and runs no stores of its own.
    """
    state = make_state(path)
    if holder_of(state) is None:
        with open_stores(path, {}) as stores:
            yield stores
        return
    stores = _plan(state, {}, {})
    known = state.runtime()
    for name, server in stores._servers().items():
        if not isinstance(known.get(name), dict):
            raise Unavailable(f"the holder of {state.path} runs no {name} of its own")
        server.port = int(known[name]["port"])
    yield stores


def _plan(state: State, env: Mapping[str, str], settings: Mapping[str, str]) -> Stores:
    postgres: Postgres | str = env.get("IOC_DATABASE_URL", "")
    if not postgres:
        folder = state.folder("postgres")
        programs = postgres_bin(env)
        postgres = Postgres(folder, state.log("postgres"), programs, state.secret, settings)
    valkey: Valkey | str = env.get("IOC_REDIS_URL", "")
    if not valkey:
        folder = state.folder("valkey")
        valkey = Valkey(folder, state.log("valkey"), valkey_server(env), state.secret)
    return Stores(state, postgres, valkey)

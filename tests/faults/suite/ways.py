"""The ways a fault is put in and taken away: each is a block that holds it."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import psycopg2

from ioc.embedded.process import working_in
from tests.faults.suite.camera import Mode
from tests.faults.suite.disks import make_read_only, make_writable, set_clock, turn_network
from tests.faults.suite.line import SOUND, Manner
from tests.faults.suite.plant import Plant

Way = Callable[[Plant], AbstractContextManager[None]]


def killed(name: str) -> Way:
    """Kill a process by SIGKILL; whoever keeps it starts it again."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        os.kill(plant.service(name), signal.SIGKILL)
        yield

    return way


def stopped(name: str) -> Way:
    """Kill a store and let nobody start it again for a while."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        plant.is_stopped.add(name)
        try:
            os.kill(plant.service(name), signal.SIGKILL)
            yield
        finally:
            plant.is_stopped.discard(name)

    return way


def frozen(name: str) -> Way:
    """Stop a process, and of PostgreSQL all it has, without ending it: it answers nobody."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        pids = [plant.service(name)]
        if name == "postgres":
            pids += working_in(plant.folder / "state" / "postgres" / "data")
        try:
            _signal(pids, signal.SIGSTOP)
            yield
        finally:
            _signal(pids, signal.SIGCONT)

    return way


def locked(table: str) -> Way:
    """Hold the strongest lock on a table: whoever writes into it waits."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        conn = psycopg2.connect(plant.stores.database_url().replace("+psycopg2", ""))
        try:
            with conn.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield
        finally:
            conn.close()

    return way


def on_the_line(name: str, manner: Manner) -> Way:
    """Let a line (to_postgres, to_valkey, to_api) carry in another manner."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        line = getattr(plant, name)
        try:
            plant.lines.turn(line, manner)
            yield
        finally:
            plant.lines.turn(line, SOUND)

    return way


def full(name: str) -> Way:
    """Leave no byte free on a disk, however much is removed from it meanwhile."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        ballast = plant.disks[name].path / "ballast"
        done = threading.Event()

        def keep_full() -> None:
            while not done.is_set():
                plant.disks[name].fill()
                done.wait(0.2)

        keeper = threading.Thread(target=keep_full)
        try:
            plant.disks[name].fill()
            keeper.start()
            yield
        finally:
            done.set()
            keeper.join()
            ballast.unlink()

    return way


def read_only(name: str) -> Way:
    """Let the kernel turn a disk read-only, as at an error of it; then check and mount it anew."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        try:
            make_read_only(plant.disks[name])
            yield
        finally:
            plant.is_stopped.add(name)
            try:
                if name == "postgres":
                    plant.stores.postgres.stop()
                make_writable(plant.disks[name])
            finally:
                plant.is_stopped.discard(name)

    return way


def camera(mode: Mode) -> Way:
    """Let the first camera do something else."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        try:
            plant.cameras.modes["cam-001"] = mode
            yield
        finally:
            plant.cameras.modes["cam-001"] = Mode.PLAYS

    return way


def clock(seconds: int) -> Way:
    """Let the clock of all services jump, and jump back."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        try:
            set_clock(plant.clock_file, seconds)
            yield
        finally:
            set_clock(plant.clock_file, 0)

    return way


def silenced() -> Way:
    """Let every packet between all parts be lost, and no end be told."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        try:
            turn_network(is_on=False)
            yield
        finally:
            turn_network(is_on=True)

    return way


def together(*ways: Way) -> Way:
    """Put in several at once."""

    @contextmanager
    def way(plant: Plant) -> Iterator[None]:
        with ExitStack() as stack:
            for one in ways:
                stack.enter_context(one(plant))
            yield

    return way


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)

"""What every process does that serves until it is told to end: listen, settle, hear the signal."""

import errno
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable

from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import InvalidInput, Unavailable

# How long a thread keeps the interpreter while others want it (5 ms where nobody says so).
SLICE_S = 0.001
# Connections that may wait to be taken, while a box sends all that it spooled.
BACKLOG = 512


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any free one.

    Raises:
        InvalidInput: it is no port.
        Unavailable: it is in use, or may not be used; the message names the option.
    """
    if not 0 <= port < 65536:
        raise InvalidInput("--port", f"{port} is no port (0 to 65535)")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as fault:
        is_taken = fault.errno == errno.EADDRINUSE
        why = "is in use: give another with --port" if is_taken else f"cannot be used: {fault}"
        raise Unavailable(f"{host}:{port} {why}") from fault


def settle(centre: Centre, collect_after: int | None = None) -> None:
    """Read what the first request would wait for, and let garbage collection pass over all of it.

    Looking through a city, its roads and rules took 90 ms each time, in which nothing was answered.
    A thread that heard from the store does not wait five milliseconds for another that reckons.
    `collect_after` is how many new values garbage is looked for in, where 700 are too few.
    """
    _ = centre.roads.on(local_day(centre.now(), centre.city.zone)).longest
    gc.collect()
    gc.freeze()
    gc.enable()
    if collect_after is not None:
        gc.set_threshold(collect_after, 20, 20)
    sys.setswitchinterval(SLICE_S)


def on_end(end: Callable[[], object]) -> None:
    """Do `end` when this process is told to end: SIGTERM, Ctrl-C. The main thread alone may ask."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: end())


def told_to_end() -> threading.Event:
    """Return what is set when this process is told to end."""
    stop = threading.Event()
    on_end(stop.set)
    return stop

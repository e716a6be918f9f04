"""Serve the API on a port: one process, many threads, a graceful end."""

import errno
import socket

import uvicorn

from ingest.app import THREADS, create_app
from ioc.centre import Centre, open_centre, settle
from ioc.errors import InvalidInput, Unavailable
from ioc.settings import Settings

GRACE_S = 2
BACKLOG = 512


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until a signal ends it; requests under way have two seconds to finish.

    Raises:
        Unavailable: the port is in use, or may not be used.
    """
    with _listening(host, port) as listener, open_centre(settings, pool_size=THREADS) as centre:
        serve_on(listener, centre)


def serve_on(listener: socket.socket, centre: Centre) -> None:
    """Serve the API of a centre on a socket until a signal ends it."""
    app = create_app(centre)
    settle(centre)
    config = uvicorn.Config(
        app,
        http=app.state.protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port < 65536:
        raise InvalidInput("--port", f"{port} is no port (0 to 65535)")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            raise Unavailable(f"port {port} is in use: give another with --port") from fault
        raise Unavailable(f"{host}:{port} cannot be listened on: {fault}") from fault
    listener.listen(BACKLOG)
    return listener

"""Serve the pages on a port: one process, an end that does not wait for open screens."""

import errno
import gc
import socket
import sys

import uvicorn

from dashboards.app import THREADS, create_app
from dashboards.hub import DRAWERS
from ioc.centre import SLICE_S, open_centre
from ioc.errors import Unavailable
from ioc.settings import Settings

# Screens hold their sockets open for days: a stop must not wait for them.
GRACE_S = 2


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until a signal ends it.

    Raises:
        Unavailable: the port is in use, or may not be used.
    """
    with (
        _listening(host, port) as listener,
        open_centre(settings, pool_size=THREADS + DRAWERS) as centre,
    ):
        app = create_app(centre)
        # With the usual slices each push of a room waited for somebody's drawing.
        sys.setswitchinterval(SLICE_S)
        gc.freeze()
        gc.enable()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            # Each screen would have its own copy of the same picture compressed for it; they stand
            # in the building.
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, before anything else of the service is begun."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[4][:2], family=address[0])
    except OSError as fault:
        is_taken = fault.errno == errno.EADDRINUSE
        why = "is in use: give another with --port" if is_taken else f"cannot be used: {fault}"
        raise Unavailable(f"{host}:{port} {why}") from fault

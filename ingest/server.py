"""Serve the API on a port: one process, many threads, a graceful end."""

import socket

import uvicorn

from ingest.app import THREADS, create_app
from ioc.centre import Centre, open_centre
from ioc.serving import listening, settle
from ioc.settings import Settings

GRACE_S = 2
# New values after which garbage is looked for: a batch makes thousands, none of them in a circle,
# and a fifth of the time of scans went into looking after every 700.
COLLECT_AFTER = 50_000


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until a signal ends it; requests under way have two seconds to finish.

    Raises:
        Unavailable: the port is in use, or may not be used.
    """
    with listening(host, port) as listener, open_centre(settings, pool_size=THREADS) as centre:
        serve_on(listener, centre)


def serve_on(listener: socket.socket, centre: Centre) -> None:
    """Serve the API of a centre on a socket until a signal ends it."""
    app = create_app(centre)
    settle(centre, COLLECT_AFTER)
    config = uvicorn.Config(
        app,
        http=app.state.protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[listener])

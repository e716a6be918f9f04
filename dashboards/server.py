"""Serve the pages on a port: one process, an end that does not wait for open screens."""

import uvicorn

from dashboards.app import THREADS, create_app
from dashboards.hub import DRAWERS
from ioc.centre import open_centre
from ioc.serving import listening, settle
from ioc.settings import Settings

# Screens hold their sockets open for days: a stop must not wait for them.
GRACE_S = 2


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until a signal ends it.

    Raises:
        InvalidInput, Unavailable: the port is none, is in use, or may not be used.
    """
    with (
        listening(host, port) as listener,
        open_centre(settings, pool_size=THREADS + DRAWERS) as centre,
    ):
        app = create_app(centre)
        settle(centre)
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

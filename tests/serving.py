"""An application over a real port, for the length of a test.

uvicorn looks ten times a second whether it shall end, and then waits another tenth: half a minute
of the suite. Here it ends when it is told to, at once where nobody is connected.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn

PATIENCE = 30


class Server(uvicorn.Server):
    """A server on a thread of its own, from `start` to `stop`."""

    def __init__(self, app: Any, port: int = 0, *, graceful_s: int | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=getattr(getattr(app, "state", None), "protocol", "auto"),
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=graceful_s,
            )
        )
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self.listener.getsockname()[1]
        self.thread = Thread(target=self.run, kwargs={"sockets": [self.listener]}, daemon=True)
        self.told: asyncio.Event | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def main_loop(self) -> None:
        self.loop, self.told = asyncio.get_running_loop(), asyncio.Event()
        if not await self.on_tick(0):
            await self.told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Whoever has just hung up is let go first: uvicorn fails on a socket that is closing.
        for _ in range(PATIENCE):
            if not self.server_state.connections:
                break
            await asyncio.sleep(0.01)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()

    def start(self) -> "Server":
        self.thread.start()
        return self

    def stop(self) -> None:
        self.should_exit = True
        if self.loop is not None and self.told is not None:
            self.loop.call_soon_threadsafe(self.told.set)
        self.thread.join(20)
        self.listener.close()


@contextmanager
def served(app: Any, *, graceful_s: int | None = None) -> Iterator[str]:
    """Yield the address of `app`, which is up as soon as it answers."""
    server = Server(app, graceful_s=graceful_s).start()
    try:
        yield server.address
    finally:
        server.stop()

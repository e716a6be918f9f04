"""A balancer before several processes of one service: each new connection goes to the next.

As HAProxy or a Kubernetes service does in TCP mode; one that does not take it is passed over.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from threading import Thread

CHUNK = 65_536
HOST = "127.0.0.1"


class Balancer:
    """Takes connections at `address` and hands them round to the ports behind."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self._next = 0
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="balancer", daemon=True)
        # How many connections each port took, and how many it holds now.
        self.taken: Counter[int] = Counter()
        self.held: Counter[int] = Counter()
        self.address = ""

    def start(self) -> None:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
        self.address = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, HOST, 0)

    async def _end(self) -> None:
        self._server.close()
        # Whoever came at the last moment goes in the next round; what was closed needs one, too.
        for _ in range(3):
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The stream's own callback takes a cancelled task for a fault.
        with suppress(asyncio.CancelledError), closing(writer):
            await self._hand_on(reader, writer)

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._ports:
            port = self._ports[self._next % len(self._ports)]
            self._next += 1
            try:
                there = await asyncio.open_connection(HOST, port)
            except OSError:
                continue
            break
        else:
            return
        self.taken[port] += 1
        self.held[port] += 1
        with closing(there[1]):
            asking = asyncio.create_task(_pass_on(reader, there[1]))
            try:
                await _pass_on(there[0], writer)
            finally:
                asking.cancel()
                self.held[port] -= 1


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes until it ends; the end of a question is handed on, too."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def balanced(ports: Sequence[int]) -> Iterator[Balancer]:
    """Yield a running balancer before `ports`."""
    balancer = Balancer(ports)
    balancer.start()
    try:
        yield balancer
    finally:
        balancer.stop()

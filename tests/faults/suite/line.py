"""A line between two parts that can be cut, slowed, throttled, left half-open: a TCP proxy of ours.

One asyncio loop on a thread serves all lines; what a line does is changed from any thread. A line
whose mode changes goes on with the connections it has: `reset` ends them.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field

CHUNK = 16_384


@dataclass(frozen=True)
class Manner:
    """How a line carries bytes.

    Attributes:
        delay_s: each chunk arrives so much later.
        bytes_per_s: no faster than this, each way; None: as fast as it goes.
        is_open: False: connections are refused, those that were are ended.
        is_silent: bytes vanish, and neither end is told (half-open).
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    is_open: bool = True
    is_silent: bool = False


SOUND, CUT, SILENT = Manner(), Manner(is_open=False), Manner(is_silent=True)


@dataclass(eq=False)
class Pair:
    """One connection through the line: writers to both ends; `is_torn`: bytes of it vanished."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    is_torn: bool = False


@dataclass(eq=False)
class Line:
    """A proxy from a port of its own to `target` (a loopback port)."""

    target: int
    port: int = 0
    manner: Manner = SOUND
    carried: int = 0
    _pairs: set[Pair] = field(default_factory=set)

    async def serve(self) -> None:
        server = await asyncio.start_server(self._joined, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._server = server

    async def end(self) -> None:
        self._server.close()
        for pair in list(self._pairs):
            self._reset(pair)

    async def turn(self, manner: Manner) -> None:
        """Carry in another manner; what a silent line has swallowed is never made up for.

        A connection that lost bytes is reset when the line is sound again, as the first keep-alive
        after the repair of a real one does.
        """
        was, self.manner = self.manner, manner
        for pair in list(self._pairs):
            if not manner.is_open or (was.is_silent and not manner.is_silent and pair.is_torn):
                self._reset(pair)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.manner.is_open:
            _abort(writer)
            return
        while self.manner.is_silent:
            # The handshake is the kernel's; nobody answers behind it.
            await asyncio.sleep(0.05)
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _abort(writer)
            return
        pair = Pair(writer, far)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._carry(pair, reader, far), self._carry(pair, far_reader, writer)
            )
        finally:
            self._reset(pair)

    async def _carry(
        self, pair: Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await self._pass(pair, chunk, writer)
            if self.manner.is_silent:
                pair.is_torn = True  # nor is the end of a connection heard
                await self._until_heard()
                return
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:
            # Who is killed in the middle of a word: the other end must hear of it, or he waits.
            if self.manner.is_silent:
                pair.is_torn = True
                await self._until_heard()
            self._reset(pair)

    async def _pass(self, pair: Pair, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        manner = self.manner
        if manner.delay_s:
            await asyncio.sleep(manner.delay_s)
        if manner.bytes_per_s:
            await asyncio.sleep(len(chunk) / manner.bytes_per_s)
        if manner.is_silent or self.manner.is_silent:
            pair.is_torn = True
            return
        writer.write(chunk)
        self.carried += len(chunk)
        await writer.drain()

    async def _until_heard(self) -> None:
        while self.manner.is_silent:
            await asyncio.sleep(0.05)

    def _reset(self, pair: Pair) -> None:
        self._pairs.discard(pair)
        _abort(pair.near)
        _abort(pair.far)


class Lines:
    """The loop that serves all lines, on a thread of its own until `close`."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lines", daemon=True)
        self._thread.start()

    def lay(self, target: int, port: int = 0) -> Line:
        """Return a sound line to `target`, listening at `port` or a free one."""
        line = Line(target, port)
        self._run(line.serve())
        self._lines.append(line)
        return line

    def turn(self, line: Line, manner: Manner) -> None:
        """Let `line` carry in another manner from now on."""
        self._run(line.turn(manner))

    def close(self) -> None:
        """End every line."""
        self._run(self._ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _ended(self) -> None:
        for line in self._lines:
            await line.end()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # A transport lets go of its socket in the next turn of the loop.
        await asyncio.sleep(0.01)

    def _run(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def _abort(writer: asyncio.StreamWriter) -> None:
    """End with a reset: the other end learns at once that nothing more comes."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError, RuntimeError):
        writer.transport.abort()

"""Screens without a browser: each opens its page over HTTP and speaks Dash's socket as one does.

    python -m tests.benchmarks.seats < PLAN

Run by bench_screens in a process of its own, so that its CPU is told apart from the server's. The
first line of stdin is the plan, `{"base": URL, "seats": [{"name", "path", "cookie"}]}`; once every
seat has had its first picture a line `ready` is printed, after the next line of stdin what each
seat heard, as JSON. Times are of the machine's monotonic clock, in seconds.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

READS = re.compile(r'class="count reads">([\d.]+)<')
BEAT_S = 15.0
AT_ONCE = 10


@dataclass
class Seat:
    """One screen: where it sits, and what it heard.

    Attributes:
        first_s: from asking for the page to the first picture.
        reads: (when, the reads of today as the wall shows them), each time they changed.
        alerts: when each alert was first told to this desk.
    """

    name: str
    path: str
    cookie: str
    first_s: float = 0.0
    pushes: int = 0
    bytes: int = 0
    largest: int = 0
    reads: list[tuple[float, int]] = field(default_factory=list)
    alerts: dict[str, float] = field(default_factory=dict)

    def hear(self, live: dict[str, Any], size: int) -> None:
        """Take one push."""
        now = time.monotonic()
        self.pushes += 1
        self.bytes += size
        self.largest = max(self.largest, size)
        for alert in live.get("revisions", {}):
            self.alerts.setdefault(alert, now)
        if found := READS.search(live.get("parts", {}).get("wall-feeds", "")):
            self.reads.append((now, int(found[1].replace(".", ""))))


class Clients:
    """All seats of one process."""

    def __init__(self, base: str, seats: list[Seat]) -> None:
        self.base, self.seats = base, seats
        self.room = asyncio.Semaphore(AT_ONCE)
        self.output = ""
        self.opened = 0

    async def open(self) -> None:
        """Open every seat, some at once, and return when each had its first picture."""
        async with asyncio.TaskGroup() as group:
            self.tasks = [group.create_task(self._opened(seat)) for seat in self.seats]
        self.listening = [asyncio.create_task(self._listen(*task.result())) for task in self.tasks]

    async def _opened(self, seat: Seat) -> tuple[Seat, ClientConnection]:
        async with self.room:
            begun = time.monotonic()
            await self._page(seat)
            origin = {"Cookie": seat.cookie}
            url = self.base.replace("http", "ws") + "/_dash-ws-callback"
            socket = await connect(
                url, origin=self.base, additional_headers=origin, max_size=None, proxy=None
            )
            body = {"output": self.output, "outputs": [], "inputs": [], "state": []}
            await send(socket, seat, "callback_request", "1", {**body, "changedPropIds": []})
            while not seat.pushes:
                await take(socket, seat, await socket.recv())
            seat.first_s = time.monotonic() - begun
            return seat, socket

    async def _page(self, seat: Seat) -> None:
        """Ask for what a browser asks for; its scripts and styles it holds already."""
        async with httpx.AsyncClient(
            base_url=self.base, headers={"Cookie": seat.cookie}, timeout=60, trust_env=False
        ) as client:
            for path in (seat.path, "/_dash-layout", "/_dash-dependencies"):
                answer = await client.get(path)
                assert answer.status_code == 200, (seat.name, path, answer.status_code)
            specs = answer.json()
            self.output = next(spec["output"] for spec in specs if spec.get("persistent"))
            shown = await client.post("/_dash-update-component", json=place_of(seat.path))
            assert shown.status_code == 200, (seat.name, shown.text[:200])

    async def _listen(self, seat: Seat, socket: ClientConnection) -> None:
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    heard = await socket.recv()
            except TimeoutError:
                await socket.send('{"type": "heartbeat"}')
                continue
            await take(socket, seat, heard)


def place_of(path: str) -> dict[str, Any]:
    """Return the callback by which a browser asks for the page of an address."""
    return {
        "output": "place.children",
        "outputs": {"id": "place", "property": "children"},
        "inputs": [{"id": "where", "property": "pathname", "value": path}],
        "state": [{"id": "spoken", "property": "data", "value": "vi"}],
        "changedPropIds": ["where.pathname"],
    }


async def take(socket: ClientConnection, seat: Seat, heard: str | bytes) -> None:
    """Answer what the server asks, and take what it pushes."""
    told = json.loads(heard)
    props = {"where": {"pathname": seat.path}, "spoken": {"data": "vi"}}
    for message in told if isinstance(told, list) else [told]:
        if message["type"] == "get_props_request":
            asked = props[message["payload"]["componentId"]]
            await send(socket, seat, "get_props_response", message["requestId"], asked)
        elif message["type"] == "set_props":
            live = message["payload"]["props"]["data"]
            assert not live.get("gone"), f"{seat.name} was sent away"
            seat.hear(live, len(heard))


async def send(
    socket: ClientConnection, seat: Seat, kind: str, request: str, payload: dict[str, Any]
) -> None:
    """Send one message as the browser's worker does."""
    message = {"type": kind, "rendererId": seat.name, "requestId": request, "payload": payload}
    await socket.send(json.dumps(message))


async def main() -> None:
    """Open all, listen until told to stop, tell what was heard."""
    plan = json.loads(await asyncio.to_thread(sys.stdin.readline))
    clients = Clients(plan["base"], [Seat(**seat) for seat in plan["seats"]])
    await clients.open()
    print("ready", flush=True)
    begun = time.process_time()
    stop = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
    await asyncio.wait([stop, *clients.listening], return_when=asyncio.FIRST_COMPLETED)
    ended = [task for task in clients.listening if task.done()]
    for task in ended:
        task.result()
    heard = [asdict(seat) for seat in clients.seats]
    print(json.dumps({"cpu_s": time.process_time() - begun, "seats": heard}), flush=True)
    for task in clients.listening:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())

"""Reads, permits and pictures of invented vehicles, and a browser's side of the socket."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from ioc import evidence
from ioc.centre import Centre
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.vehicles.model import Ground, Heading, Layout, PlateCharacter, PlateRead
from ioc.vehicles.recording import ReadResult, record_read

GATE, MAIN = "cam-001", "cam-117"
YELLOW, GREEN, NOBODY = "75C20302", "43C16839", "74C44276"
DAY = timedelta(days=1)


def a_permit(plate: str, permit_class: PermitClass, now: datetime, **changes: object) -> Permit:
    permit = Permit(f"p-{plate}", plate, permit_class, now - DAY, now + DAY, holder="Nam Son Ltd")
    return replace(permit, **changes)


def a_read(name: str, plate: str, at: datetime, camera: str = MAIN, **changes: object) -> PlateRead:
    characters = tuple(PlateCharacter(char, 0.97) for char in plate)
    read = PlateRead(
        name,
        camera,
        plate,
        0.99,
        at,
        Heading.IN,
        characters=characters,
        colour=Ground.YELLOW,
        layout=Layout.TWO_LINE,
    )
    return replace(read, **changes)


def a_picture(centre: Centre, kind: str, shade: int) -> str:
    out = BytesIO()
    Image.new("RGB", (320, 180), (shade, shade, shade)).save(out, "JPEG")
    return evidence.keep(centre, out.getvalue(), kind, MAIN, centre.now())


def a_stop(centre: Centre, name: str = "stop-1", plate: str = YELLOW) -> ReadResult:
    """A yellow permit on a main road, with its pictures: one alert of the police desk."""
    now = centre.now()
    grant_permits(centre, "transport", [a_permit(plate, PermitClass.YELLOW, now)])
    pictures = {
        "plate_picture": a_picture(centre, "plate", 210),
        "frame_picture": a_picture(centre, "frame", 90),
    }
    return record_read(centre, "box", a_read(name, plate, now, **pictures))


class Tab:
    """One tab of a browser on the socket: answers what it is asked, and hears pushes."""

    def __init__(self, socket: ClientConnection, output: str, path: str, language: str) -> None:
        self._socket = socket
        self._props = {"where": {"pathname": path}, "spoken": {"data": language}}
        self.parts: dict[str, str] = {}
        self.is_closed = False
        body = {"output": output, "outputs": [], "inputs": [], "state": [], "changedPropIds": []}
        self._send("callback_request", "1", body)

    def hear(self, seconds: float = 10.0) -> dict[str, Any]:
        """Return the next push; its parts are kept in `parts`."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            heard = json.loads(self._socket.recv(timeout=left))
            for message in heard if isinstance(heard, list) else [heard]:
                if message["type"] == "get_props_request" and not self.is_closed:
                    asked = message["payload"]["componentId"]
                    self._send("get_props_response", message["requestId"], self._props[asked])
                if message["type"] == "set_props":
                    live = message["payload"]["props"]["data"]
                    self.parts.update(live.get("parts", {}))
                    return dict(live)
        raise TimeoutError("nothing was pushed")

    def hear_until(self, wanted: Any, seconds: float = 15.0) -> dict[str, Any]:
        """Return the first push of which `wanted` is true."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            live = self.hear(min(6.0, until - time.monotonic()))
            if wanted(live):
                return live
        raise TimeoutError("what was waited for was not pushed")

    def _send(self, kind: str, request: str, payload: dict[str, Any]) -> None:
        message = {"type": kind, "rendererId": "tab", "requestId": request, "payload": payload}
        self._socket.send(json.dumps(message))


@contextmanager
def a_tab(client: httpx.Client, path: str, language: str = "vi") -> Iterator[Tab]:
    """A tab of the browser that `client` is, on the page `path`."""
    specs = client.get("/_dash-dependencies").json()
    output = next(spec["output"] for spec in specs if spec.get("persistent"))
    with a_socket(client) as socket:
        yield Tab(socket, output, path, language)


def a_socket(client: httpx.Client, origin: str | None = None) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    base = str(client.base_url).rstrip("/")
    return connect(
        base.replace("http", "ws") + "/_dash-ws-callback",
        origin=origin or base,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies},
        open_timeout=10,
        proxy=None,
    )


def call(client: httpx.Client, output: str, inputs: dict[str, Any]) -> httpx.Response:
    """Run one callback as the browser would; `inputs` by "id.property", states among them."""
    specs = client.get("/_dash-dependencies").json()
    spec = next(spec for spec in specs if spec["output"] == output)
    name, prop = output.split(".")

    def filled(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [item | {"value": inputs.get(f"{item['id']}.{item['property']}")} for item in items]

    body = {
        "output": output,
        "outputs": {"id": name, "property": prop},
        "inputs": filled(spec["inputs"]),
        "state": filled(spec["state"]),
        "changedPropIds": [f"{item['id']}.{item['property']}" for item in spec["inputs"]],
    }
    return client.post("/_dash-update-component", json=body)


def page_of(client: httpx.Client, path: str, language: str = "vi") -> httpx.Response:
    return call(client, "place.children", {"where.pathname": path, "spoken.data": language})

"""The usual request for scans is taken past the app, and answered as the app answers it."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from ingest.app import create_app
from ingest.protocol import ScanProtocol
from ioc.access.service import list_keys, revoke_key
from ioc.centre import Centre
from ioc.errors import Unavailable
from ioc.venues.recording import Answers
from tests.ingest.makers import a_scan
from tests.loops import run_apart
from tests.serving import served

Answer = tuple[int, dict[str, str], Any]


class Device:
    """A connection that sends bytes as they are, and reads answers one by one."""

    def __init__(self, address: str, key: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self.line = socket.create_connection((parts.hostname, parts.port), timeout=10)
        # Pieces go as they are sent, not together once the first was acknowledged.
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.key = key

    def request(self, body: bytes, *more: str) -> bytes:
        key = f"Authorization: Bearer {self.key}"
        kind, length = "Content-Type: application/json", f"Content-Length: {len(body)}"
        head = ["POST /v1/scans HTTP/1.1", "Host: x", key, kind, length, *more, "", ""]
        return "\r\n".join(head).encode() + body

    def read(self) -> Answer:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.line.recv(1)
        first, *rest = head.decode().strip().split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in rest)}
        body = b""
        while len(body) < int(headers["content-length"]):
            body += self.line.recv(int(headers["content-length"]) - len(body))
        return int(first.split()[1]), headers, json.loads(body)

    def ask(self, body: bytes, *more: str) -> Answer:
        self.line.sendall(self.request(body, *more))
        return self.read()


def batch(*items: object) -> bytes:
    return json.dumps({"items": items}).encode()


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return create_app(centre)


@pytest.fixture
def taken(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each usual request was taken past the app."""
    scanning, told = app.state.protocol.scanning, []
    begin = scanning.begin

    def spy(*given: Any) -> bool:
        told.append(begin(*given))
        return bool(told[-1])

    monkeypatch.setattr(scanning, "begin", spy)
    return told


@pytest.fixture
def device(
    app: FastAPI, key: str, taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Device]:
    """A device whose key is remembered, however slow the test, and that sent one scan."""
    monkeypatch.setattr("ingest.auth.REMEMBER_S", 60.0)
    assert issubclass(app.state.protocol, ScanProtocol)
    with served(app) as address:
        device = Device(address, key)
        assert device.ask(batch(a_scan(id="first")))[0] == 200
        taken.clear()
        yield device
        device.line.close()


def test_both_ways_answer_the_same(device: Device, taken: list[bool]) -> None:
    bodies = {
        "one": batch(a_scan(id="a")),
        "again": batch(a_scan(id="a")),
        "reused": batch(a_scan(id="a", direction="out")),
        "two": batch(a_scan(id="b"), a_scan(id="c")),
        "no such point": batch(a_scan(id="d", point="nowhere"), a_scan(id="e")),
        "no code": batch(a_scan(id="f", code="not a code")),
    }
    quick = {name: device.ask(body) for name, body in bodies.items()}
    assert taken == [True] * len(bodies)
    # A request with a header twice is the app's. What was recorded is repeated there.
    slow = {name: device.ask(body, "X-More: 1", "X-More: 2") for name, body in bodies.items()}
    assert len(taken) == len(bodies)
    for name, (status, headers, told) in quick.items():
        other = slow[name]
        assert (status, headers.keys()) == (other[0], other[1].keys()), name
        statuses = [one["status"] for one in told["results"]]
        again = ["repeated" if one == "recorded" else one for one in statuses]
        assert [one["status"] for one in other[2]["results"]] == again, name
        for one, same in zip(told["results"], other[2]["results"], strict=True):
            assert {**one, "status": 0} == {**same, "status": 0}, name
    assert quick["one"][1]["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 422), (b"{}", 422), (batch({"id": "x"}), 200), (batch(), 200)],
    ids=["no JSON", "no items", "an item with faults", "nothing"],
)
def test_what_has_a_fault_is_the_apps(
    device: Device, taken: list[bool], body: bytes, status: int
) -> None:
    assert device.ask(body)[0] == status
    assert taken == [False]
    assert device.ask(batch(a_scan(id="after")))[2]["results"][0]["status"] == "recorded"


def test_bytes_come_as_they_like(device: Device, taken: list[bool], key: str) -> None:
    other = Device(device.address, key)
    whole = device.request(batch(a_scan(id="in pieces")))
    for piece in (whole[:20], whole[20:-40], whole[-40:-1]):
        device.line.sendall(piece)
        # Once somebody else was answered, what came before has been read.
        assert other.ask(b"{}")[0] == 422
    other.line.close()
    device.line.sendall(whole[-1:])
    assert device.read()[2]["results"][0]["id"] == "in pieces"
    assert True not in taken
    # Three at once in one segment: answered in their order.
    ids = ["p1", "p2", "p3"]
    device.line.sendall(b"".join(device.request(batch(a_scan(id=name))) for name in ids))
    assert [device.read()[2]["results"][0]["id"] for _ in ids] == ids
    status, headers, _ = device.ask(batch(a_scan(id="last")), "Connection: close")
    assert (status, headers["connection"]) == (200, "close")
    assert device.line.recv(1) == b""


@pytest.mark.parametrize(("fault", "status"), [(Unavailable("gone"), 503), (ValueError("x"), 500)])
def test_a_failure_is_a_problem_document(
    device: Device,
    taken: list[bool],
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    status: int,
) -> None:
    def fails(*_: object) -> Answers:
        raise fault

    body = batch(a_scan(id="kept"))
    with monkeypatch.context() as patch:
        patch.setattr(app.state.protocol.scanning._gathering, "_record", fails)
        told = device.ask(body)
    assert (told[0], told[2]["status"]) == (status, status)
    assert told[1]["content-type"] == "application/problem+json"
    # After a failure that nobody foresaw uvicorn hangs up.
    other = Device(device.address, device.key)
    assert other.ask(body)[2]["results"][0]["status"] == "recorded"
    other.line.close()
    assert taken == [True, True]


def test_a_revoked_key_is_asked_for_anew(device: Device, centre: Centre, app: FastAPI) -> None:
    [key] = [one for one in list_keys(centre) if one.source == "camera-box"]
    assert device.ask(batch(a_scan(id="before")))[0] == 200
    revoke_key(centre, key.id)
    run_apart(app.state.protocol.door.keys.refresh)
    assert device.ask(batch(a_scan(id="after")))[0] == 401

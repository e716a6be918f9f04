"""The pages on a test's own centre, over a real port, and people to sign in."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread

import httpx
import pytest
import uvicorn

from dashboards.app import create_app
from ioc.access.model import Role
from ioc.centre import Centre
from tests.accounts import an_account

PASSWORD = "a long word of the tests"


@pytest.fixture
def pages(centre: Centre) -> Iterator[str]:
    """The address of the pages."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(centre), log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(transport=httpx.HTTPTransport(retries=40)) as client:
        assert client.get(f"{address}/healthz", timeout=20).status_code == 200
    yield address
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def stranger(pages: str) -> Iterator[httpx.Client]:
    """A browser in which nobody has signed in."""
    with httpx.Client(base_url=pages, timeout=20) as client:
        yield client


@pytest.fixture
def sign_in(pages: str, centre: Centre) -> Iterator[Callable[[Role], httpx.Client]]:
    """A function that returns a browser in which a person of a role has signed in."""
    known: set[Role] = set()
    with ExitStack() as stack:

        def enter(role: Role) -> httpx.Client:
            if role not in known:
                an_account(centre, role.value, PASSWORD, role)
                known.add(role)
            client = stack.enter_context(httpx.Client(base_url=pages, timeout=20))
            form = {"name": role.value, "password": PASSWORD}
            assert client.post("/login", data=form).status_code == 303
            return client

        yield enter

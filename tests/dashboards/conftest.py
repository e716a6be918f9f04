"""The pages on a test's own centre, over a real port, and people to sign in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from dashboards.app import create_app
from ioc.access.model import Role
from ioc.centre import Centre
from tests.accounts import an_account
from tests.serving import served

PASSWORD = "a long word of the tests"


@pytest.fixture
def pages(centre: Centre) -> Iterator[str]:
    """The address of the pages."""
    with served(create_app(centre), graceful_s=1) as address:
        with httpx.Client(transport=httpx.HTTPTransport(retries=40)) as client:
            assert client.get(f"{address}/healthz", timeout=20).status_code == 200
        yield address


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

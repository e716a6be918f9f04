"""The API on a test's own centre, over a real port, and a key that may do everything."""

import base64
import socket
from collections.abc import Iterator
from io import BytesIO
from threading import Thread

import httpx
import pytest
import uvicorn
from PIL import Image

from ingest.app import create_app
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre


@pytest.fixture
def key(centre: Centre) -> str:
    return create_key(centre, "camera-box", list(Right))


@pytest.fixture
def stranger(centre: Centre) -> Iterator[httpx.Client]:
    """A client without a key, over a real port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(centre), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listener],))
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join()


@pytest.fixture
def api(stranger: httpx.Client, key: str) -> httpx.Client:
    """A client with a key of every right."""
    stranger.headers["Authorization"] = f"Bearer {key}"
    return stranger


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", (48, 16), "white").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="session")
def jpeg64(jpeg: bytes) -> str:
    """The same, as it travels."""
    return base64.b64encode(jpeg).decode()

"""The API on a test's own centre, over a real port, and a key that may do everything."""

import base64
from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image

from ingest.app import create_app
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from tests.serving import served


@pytest.fixture
def key(centre: Centre) -> str:
    return create_key(centre, "camera-box", list(Right))


@pytest.fixture
def stranger(centre: Centre) -> Iterator[httpx.Client]:
    """A client without a key, over a real port."""
    with (
        served(create_app(centre)) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as client,
    ):
        yield client


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

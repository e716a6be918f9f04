"""Whole installations, for tests that kill parts of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.installation import Installation, installed

Install = Callable[..., AbstractContextManager[Installation]]


@pytest.fixture(scope="session")
def install() -> Install:
    """Run `ioc WORDS --json` until the block ends; then nothing of it may be left."""
    return installed

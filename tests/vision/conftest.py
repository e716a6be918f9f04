"""Where the real pictures lie, for the tests that want them."""

import pytest

from ioc.errors import Unavailable
from vision.training import data


@pytest.fixture(scope="session")
def plates_root():
    """Return the folder of real pictures, or skip the test where there is none."""
    try:
        return data.plates_root()
    except Unavailable as absent:
        pytest.skip(str(absent))

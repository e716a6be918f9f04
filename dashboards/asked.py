"""What a browser asks: whatever it sent, taken as names and values."""

from collections.abc import Mapping
from typing import Any


def asked_of(value: Any) -> Mapping[str, Any]:
    """Return what a browser put into a store; nothing where that is no object."""
    return value if isinstance(value, dict) else {}

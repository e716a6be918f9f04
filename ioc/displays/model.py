"""Displays: screens on walls at which nobody signs in, each bound to what it shows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Display:
    """One display; its token stands in the store as a hash alone.

    `wall` is the id of the screen of walls.toml that it shows, and the only page it can open.
    """

    name: str
    wall: str
    created_at: datetime
    seen_at: datetime | None = None
    revoked_at: datetime | None = None

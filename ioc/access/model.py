"""Who may do what: people with roles and scopes, sessions that can be ended, keys of devices."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is at the centre."""

    OPERATOR = "operator"
    LEADER = "leader"
    POLICE = "police"
    ADMIN = "admin"


class Right(StrEnum):
    """What an API key may send or ask."""

    READS = "reads"
    PERMITS = "permits"
    PLACES = "places"
    ALERTS = "alerts"
    FIGURES = "figures"


@dataclass(frozen=True)
class User:
    """A person's account; `scope` is a unit code or None for the whole city."""

    name: str
    role: Role
    display_name: str
    scope: str | None = None


@dataclass(frozen=True)
class Session:
    """A signed-in person; `token` goes to the browser, the store keeps only its hash."""

    token: str
    user: User
    expires_at: datetime


@dataclass(frozen=True)
class ApiKey:
    """Who calls the API: ids are unique in its `source`."""

    source: str
    rights: frozenset[Right]

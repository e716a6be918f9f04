"""Who administers, what he hands out once, and how the doors stand."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Officer:
    """Who administers: `scope` is None for the whole province, else a district or a commune."""

    name: str
    scope: str | None = None


@dataclass(frozen=True)
class Given:
    """A secret that is shown this once: a new password, a new key."""

    whose: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Standing:
    """How the doors stand: accounts and sessions of a scope, the rest of the whole province.

    Attributes:
        links: the rows of the audit that are chained.
        unchained: those that wait to be, mostly for less than a second.
    """

    accounts: int
    sessions: int
    keys: int
    refused_today: int
    letters_waiting: int
    letters_given_up: int
    links: int
    unchained: int

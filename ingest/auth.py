"""Who is calling, and what they may send: keys, rights, limits."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ingest.metrics import Metrics
from ioc.access.model import ApiKey, Right
from ioc.access.service import key_of
from ioc.centre import Centre
from ioc.errors import Forbidden, TooMany, Unauthorised

# A revoked key is refused after this time at the latest.
REMEMBER_S = 5.0
MOST_REMEMBERED = 10_000
# A limit against a sender that has gone mad, far above what an honest one needs.
REQUESTS, WINDOW_S = 30_000, 60
STRANGERS = 600

bearer = HTTPBearer(auto_error=False, description="An API key of the centre: `ioc_…`")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class KeyRing:
    """The keys seen lately by this process, so that a request needs no query for its key."""

    def __init__(self, centre: Centre) -> None:
        """Begin with no key."""
        self._centre = centre
        self._known: dict[str, tuple[ApiKey, float]] = {}

    def find(self, secret: str) -> ApiKey:
        """Return whose key `secret` is.

        Raises:
            Unauthorised: the key is unknown or was revoked.
        """
        key, until = self._known.get(secret, (None, 0.0))
        if key is None or time.monotonic() >= until:
            self._known.pop(secret, None)
            key = key_of(self._centre, secret)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[secret] = (key, time.monotonic() + REMEMBER_S)
        return key


@dataclass(frozen=True)
class Door:
    """What every route stands behind: the centre, its keys, what is counted."""

    centre: Centre
    keys: KeyRing
    metrics: Metrics

    def needs(self, right: Right) -> Callable[..., ApiKey]:
        """Return the dependency that lets a caller in who has `right`."""

        def caller(request: Request, credentials: Credentials) -> ApiKey:
            """Return the caller's key.

            Raises:
                Unauthorised: no key, or a wrong one.
                Forbidden: the key lacks the right.
                TooMany: the key's limit was reached.
            """
            secret = None if credentials is None else credentials.credentials
            return self.admit(request, secret, right)

        return caller

    def admit(self, request: Request, secret: str | None, right: Right) -> ApiKey:
        """Return the key of a caller who has `right`, within its limit.

        Raises:
            Unauthorised: no key, or a wrong one.
            Forbidden: the key lacks the right.
            TooMany: the key's limit was reached.
        """
        key = self._find(request, secret)
        if right not in key.rights:
            raise Forbidden(f"the key of {key.source!r} lacks the right {right.value!r}")
        if not self.centre.live.allow(f"api:{key.id}", REQUESTS, WINDOW_S):
            raise TooMany(f"more than {REQUESTS} requests in {WINDOW_S} s", WINDOW_S)
        return key

    def _find(self, request: Request, secret: str | None) -> ApiKey:
        if secret is None:
            raise Unauthorised("send your key in the header 'Authorization: Bearer KEY'")
        try:
            return self.keys.find(secret)
        except Unauthorised:
            address = "unknown" if request.client is None else request.client.host
            if not self.centre.live.allow(f"stranger:{address}", STRANGERS, WINDOW_S):
                raise TooMany("too many wrong keys from your address", WINDOW_S) from None
            raise

"""Who is calling, and what they may send: keys, rights, limits."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ingest.metrics import Metrics
from ioc.access.model import ApiKey, Right
from ioc.access.service import key_of, keys_of
from ioc.centre import Centre
from ioc.errors import Forbidden, TooMany, Unauthorised
from ioc.live import Live

logger = logging.getLogger(__name__)

# A revoked key is refused after this time at the latest.
REMEMBER_S = 5.0
MOST_REMEMBERED = 10_000
# A limit against a sender that has gone mad, far above what an honest one needs.
REQUESTS, WINDOW_S = 30_000, 60
STRANGERS = 600
# Who reads what is published shows no key; whole offices stand behind one address.
VISITORS = 6_000
# In the lane of scans a key's requests are counted here first, and told so often.
TELL_EVERY, TELL_AFTER_S = 100, 1.0
# Keys in use are asked for anew well before they would be forgotten, and so long after their use.
REFRESH_S, KEEP_S = 2.0, 60.0

bearer = HTTPBearer(auto_error=False, description="An API key of the centre: `ioc_…`")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def standing(right: Right) -> str:
    """Return the purpose of a look-up for which the caller states none: what his right is for."""
    return f"standing:{right.value}"


def purpose_of(stated: str | None, right: Right) -> str:
    """Return the purpose that a caller states, or the standing one of his right."""
    return (stated or "").strip() or standing(right)


class KeyRing:
    """The keys seen lately by this process, so that a request needs no query for its key."""

    def __init__(self, centre: Centre) -> None:
        """Begin with no key."""
        self._centre = centre
        self._known: dict[str, tuple[ApiKey, float]] = {}
        self._used: dict[str, float] = {}

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

    def remembered(self, secret: str) -> ApiKey | None:
        """Return whose key `secret` is, as far as it was asked lately; no store is asked."""
        key, until = self._known.get(secret, (None, 0.0))
        now = time.monotonic()
        if now >= until:
            return None
        self._used[secret] = now
        return key

    async def refresh(self) -> None:
        """Ask anew, all at once, whose the keys are that were used in the last minute.

        Raises:
            Unavailable: the store cannot be reached; they are forgotten in their time.
        """
        asked_at = time.monotonic()
        self._used = {key: at for key, at in self._used.items() if asked_at - at < KEEP_S}
        used = list(self._used)
        if not used:
            return
        found = await run_in_threadpool(keys_of, self._centre, used)
        for secret in used:
            if secret in found:
                self._known[secret] = (found[secret], asked_at + REMEMBER_S)
            else:
                self._known.pop(secret, None)


class Uses:
    """How often keys were used since it was last told to the live memory, by this process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._since: dict[str, int] = {}
        self._beyond: set[str] = set()

    def is_due(self, key: ApiKey) -> bool:
        """Count one use of a key, unless whoever counts it has to tell it at once."""
        used = self._since.get(key.id, 0) + 1
        if used >= TELL_EVERY or key.id in self._beyond:
            return True
        self._since[key.id] = used
        return False

    def count(self, key: ApiKey) -> int:
        """Count one use of a key; return how many are to be told now, mostly none."""
        return self._since.pop(key.id, 0) + 1 if self.is_due(key) else 0

    def is_within(self, key: ApiKey) -> None:
        """Take it that a key is within its limit again."""
        self._beyond.discard(key.id)

    async def tell(self, live: Live) -> None:
        """Tell all that were counted, and learn which keys are beyond their limit."""
        used, self._since = self._since, {}
        if used:
            told = {f"api:{id}": n for id, n in used.items()}
            found = await run_in_threadpool(live.beyond, told, REQUESTS, WINDOW_S)
            self._beyond |= {id for id in used if f"api:{id}" in found}


@dataclass(frozen=True)
class Door:
    """What every route stands behind: the centre, its keys, what is counted."""

    centre: Centre
    keys: KeyRing
    metrics: Metrics
    uses: Uses = field(default_factory=Uses)

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
        key = _with(self._find(request, secret), right)
        self.require_measure(key, 1)
        return key

    def require_measure(self, key: ApiKey, uses: int) -> None:
        """Count so many uses of a key.

        Raises:
            TooMany: they are beyond its limit.
        """
        if not self.centre.live.allow(f"api:{key.id}", REQUESTS, WINDOW_S, uses):
            raise TooMany(f"more than {REQUESTS} requests in {WINDOW_S} s", WINDOW_S)
        self.uses.is_within(key)

    def let_read(self, request: Request) -> None:
        """Let somebody without a key read what is published.

        Raises:
            TooMany: his address asks too often.
        """
        if not self.centre.live.allow(f"visitor:{_address(request)}", VISITORS, WINDOW_S):
            why = f"more than {VISITORS} requests in {WINDOW_S} s from your address"
            raise TooMany(why, WINDOW_S)

    async def keep(self) -> None:
        """Tell what was counted, and know the keys in use before they are forgotten; for ever."""
        asked_at = time.monotonic()
        while True:
            await asyncio.sleep(TELL_AFTER_S)
            try:
                await self.uses.tell(self.centre.live)
                if time.monotonic() - asked_at >= REFRESH_S:
                    asked_at = time.monotonic()
                    await self.keys.refresh()
            except Exception:  # the next round asks again
                logger.warning("keys in use were not asked for anew", exc_info=True)

    def _find(self, request: Request, secret: str | None) -> ApiKey:
        if secret is None:
            raise Unauthorised("send your key in the header 'Authorization: Bearer KEY'")
        try:
            return self.keys.find(secret)
        except Unauthorised:
            if not self.centre.live.allow(f"stranger:{_address(request)}", STRANGERS, WINDOW_S):
                raise TooMany("too many wrong keys from your address", WINDOW_S) from None
            raise


def _with(key: ApiKey, right: Right) -> ApiKey:
    if right not in key.rights:
        raise Forbidden(f"the key of {key.source!r} lacks the right {right.value!r}")
    return key


def _address(request: Request) -> str:
    return "unknown" if request.client is None else request.client.host

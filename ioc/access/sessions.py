"""Whose session a token is: asked before everything that is shown or done, so in one query.

A session ends by sign-out, by an admin's hand, by its age, by rest, and with its account.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc.access import rules, store
from ioc.access.model import Proof, User
from ioc.access.opening import sha256
from ioc.centre import Centre
from ioc.db import transact

# A session's last use is written at most this often, so that asking stays one query.
TOUCH_EVERY = timedelta(minutes=1)


def sessions_of(centre: Centre, tokens: Iterable[str]) -> dict[str, User]:
    """Return whose sessions `tokens` are, by token; not those unknown, ended, too old or idle.

    A room of desks is asked for in one query.
    """
    now = centre.now()
    hashes = {sha256(token): token for token in tokens if token}

    def work(conn: Connection) -> dict[str, User]:
        kept = store.find_sessions(conn, list(hashes))
        standing = [one for one in kept if _stands(one, now)]
        late = [one.token_hash for one in standing if abs(now - one.seen_at) >= TOUCH_EVERY]
        store.touch_sessions(conn, late, now)
        return {hashes[one.token_hash]: one.user for one in standing}

    return transact(centre.engine, work) if hashes else {}


def session_of(centre: Centre, token: str) -> User | None:
    """Return whose session `token` is; None when it is unknown, ended, too old or idle."""
    return sessions_of(centre, [token]).get(token)


def _stands(kept: store.Kept, now: datetime) -> bool:
    if kept.user.is_disabled or kept.proof is not Proof.DONE:
        return False
    return rules.is_alive(kept.user.role, kept.seen_at, kept.expires_at, now)

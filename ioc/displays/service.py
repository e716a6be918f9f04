"""Make the token of a display, ask whose it is, revoke it. A token ends by hand, not by time.

A wall must not go dark in the middle of a shift, so nothing here expires; what a display can see
is free of personal data, and a token that was lost is revoked at once.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from ioc import audit
from ioc.access.rules import require_name
from ioc.centre import Centre
from ioc.db import transact
from ioc.displays import store
from ioc.displays.model import Display
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.live import Topic
from ioc.walls import load_walls

TOKEN_PREFIX = "wall_"
# That a display is there is written at most this often, so that asking stays one query.
TOUCH_EVERY = timedelta(minutes=1)
SYSTEM = "system"


def add_display(centre: Centre, name: str, wall: str, *, actor: str = SYSTEM) -> str:
    """Return the token of a new display that shows `wall`; it is shown this once.

    Raises:
        InvalidInput: `name` is no name, or walls.toml has no such screen.
        Conflict: there is such a display, and its token still stands.
    """
    require_name("name", name)
    known = load_walls(centre.settings.city_dir)
    if wall not in known:
        raise InvalidInput("wall", f"{wall!r} is none of {', '.join(known)}")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    display = Display(name, wall, centre.now())

    def work(conn: Connection) -> None:
        if not store.add(conn, display, _sha256(token)):
            raise Conflict(f"there is already a display {name!r}: revoke it first")
        audit.record(conn, actor, "display_added", name, None, {"wall": wall})

    transact(centre.engine, work)
    return token


def displays_of(centre: Centre, tokens: Iterable[str]) -> dict[str, Display]:
    """Return the displays that bring `tokens`, by token; not those unknown or revoked.

    A room of walls is asked for in one query.
    """
    now = centre.now()
    hashes = {_sha256(token): token for token in tokens if token.startswith(TOKEN_PREFIX)}

    def work(conn: Connection) -> dict[str, Display]:
        found = store.find(conn, list(hashes))
        standing = {hashes[key]: one for key, one in found.items() if one.revoked_at is None}
        late = [
            one.name
            for one in standing.values()
            if one.seen_at is None or abs(now - one.seen_at) >= TOUCH_EVERY
        ]
        store.touch(conn, late, now)
        return standing

    return transact(centre.engine, work) if hashes else {}


def display_of(centre: Centre, token: str) -> Display | None:
    """Return the display that brings `token`; None when it is unknown or was revoked."""
    return displays_of(centre, [token]).get(token)


def list_displays(centre: Centre) -> Sequence[Display]:
    """Return every display, revoked ones too, by name."""
    return transact(centre.engine, store.every)


def revoke_display(centre: Centre, name: str, *, actor: str = SYSTEM) -> None:
    """End the token of a display: its picture ends with the next push.

    Raises:
        NotFound: there is no such display whose token stands.
    """

    def work(conn: Connection) -> None:
        if not store.revoke(conn, name, centre.now()):
            raise NotFound("open display", name)
        audit.record(conn, actor, "display_revoked", name, None, {})

    transact(centre.engine, work)
    centre.live.announce(Topic.ACCESS)


def _sha256(token: str) -> bytes:
    # A token holds 256 random bits: a plain hash cannot be guessed back.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

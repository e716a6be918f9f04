"""What every way of signing in shares: the count of attempts, the opening of a session."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import Connection

from ioc import audit
from ioc.access import attempts, proofs, rules, store
from ioc.access.model import Came, Proof, Session, User
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import TooMany

KEEP_ENDED = timedelta(days=1)
UNKNOWN = "?"


def enter_attempt(centre: Centre, name: str, origin: str) -> tuple[User, str] | None:
    """Count an attempt of `name` and return its account and the hash of its password, if any.

    Raises:
        TooMany: too many failures within fifteen minutes for this name or from this origin.
    """
    now = centre.now()

    def work(conn: Connection) -> tuple[bool, tuple[User, str] | None]:
        found = store.user_and_password_of(conn, name)
        if rules.is_locked(*attempts.count_attempts(conn, name, origin, now - rules.LOCKED_FOR)):
            return True, found
        attempts.enter_attempt(conn, name, origin, now)
        return False, found

    is_locked, found = transact(centre.engine, work)
    if is_locked:
        refuse(centre, UNKNOWN if found is None else name, origin, "locked")
        wait_s = int(rules.LOCKED_FOR.total_seconds())
        raise TooMany("too many failed sign-ins; wait before you try again", wait_s)
    return found


def refuse(centre: Centre, subject: str, origin: str, why: str) -> None:
    """Write a refusal into the audit."""
    detail = {"origin": origin, "why": why}
    audit.record(centre, subject, "sign_in_refused", subject, None, detail)


def open_session(centre: Centre, user: User, came: Came) -> Session:
    """Open a session for who proved to be `user`; it may still wait for his second factor."""
    token, now = secrets.token_urlsafe(32), centre.now()
    is_required = centre.settings.needs_second_factor

    def work(conn: Connection) -> Session:
        has_factor = proofs.has_factor(conn, user.name)
        proof = rules.proof_of(user.role, came, has_factor=has_factor, is_required=is_required)
        attempts.drop_attempts(conn, now - rules.LOCKED_FOR)
        store.drop_sessions(conn, now - KEEP_ENDED)
        if proof is Proof.DONE:
            return admit(conn, user, came, token, now)
        session = Session(token, user, now + rules.WAITS_FOR_PROOF, proof)
        store.add_session(conn, sha256(token), session, came, now)
        return session

    return transact(centre.engine, work)


def admit(conn: Connection, user: User, came: Came, token: str, now: datetime) -> Session:
    """Open a session that waits for nothing, and forgive the failures before it."""
    session = Session(token, user, rules.expires_at(user.role, now))
    attempts.forgive(conn, user.name)
    store.add_session(conn, sha256(token), session, came, now)
    detail = {"origin": came.origin, "way": came.way.value}
    audit.record(conn, user.name, "signed_in", user.name, None, detail)
    return session


def sha256(secret: str) -> bytes:
    """Return the hash by which a token or a key is kept."""
    # They hold 256 random bits: a plain hash cannot be guessed back.
    return hashlib.sha256(as_bytes(secret)).digest()


def as_bytes(typed: str) -> bytes:
    """Return what was typed, whatever it is."""
    return typed.encode("utf-8", "surrogatepass")


@cache
def hasher() -> PasswordHash:
    """Return what hashes passwords (argon2)."""
    return PasswordHash.recommended()


@cache
def dummy() -> str:
    """Return the hash of a password that nobody has: no account answers as slowly as one."""
    return hasher().hash(secrets.token_urlsafe(16))

"""The second factor: a code of 30 seconds (TOTP, RFC 6238) or, once each, a recovery code.

A secret is kept enciphered under the installation's own (IOC_SECRET); a code counts once, and a
wrong one counts against the account like a wrong password.
"""

import base64
import logging
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

from ioc import audit
from ioc.access import attempts, proofs, store
from ioc.access.model import Came, Proof, Session, User
from ioc.access.opening import admit, enter_attempt, refuse, sha256
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, TooMany, Unauthorised
from ioc.live import Topic
from ioc.privacy import pseudonym

logger = logging.getLogger(__name__)

STEP_S = 30
# One step to either side: telephones are a few seconds off, and typing takes a while.
DRIFT = (-1, 0, 1)
RECOVERY_CODES = 10
RECOVERY = re.compile(r"[A-Z2-7]{5}-?[A-Z2-7]{5}")


@dataclass(frozen=True)
class Standing:
    """Where somebody stands who showed a token: what his session waits for, what he has."""

    user: User
    proof: Proof
    has_factor: bool
    came: Came


@dataclass(frozen=True)
class Enrolment:
    """What a telephone needs to make codes: the secret to type, the address to scan."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def standing_of(centre: Centre, token: str) -> Standing | None:
    """Return where the holder of `token` stands; None when its session is unknown or over."""
    now = centre.now()

    def work(conn: Connection) -> Standing | None:
        kept = next(iter(store.find_sessions(conn, [sha256(token)])), None)
        if kept is None or kept.user.is_disabled or kept.expires_at <= now:
            return None
        has_factor = proofs.has_factor(conn, kept.user.name)
        return Standing(kept.user, kept.proof, has_factor, kept.came)

    return transact(centre.engine, work)


def begin(centre: Centre, token: str) -> Enrolment:
    """Return the secret for an account that has none; the same until it is confirmed.

    Raises:
        Unauthorised: the session is over.
        Conflict: the account has a second factor; whoever manages accounts can drop it.
    """
    who = _require_standing(centre, token)
    if who.has_factor:
        raise Conflict("the account has a second factor")
    name, now = who.user.name, centre.now()
    fresh = _fernet(centre).encrypt(pyotp.random_base32().encode())
    kept = transact(centre.engine, lambda conn: proofs.offer_secret(conn, name, fresh, now))
    secret = _opened(centre, kept)
    if secret is None:
        raise Conflict("the secret was kept under another IOC_SECRET: let it be dropped")
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"IOC {centre.city.name}")
    return Enrolment(secret, uri)


def confirm(centre: Centre, token: str, code: str) -> tuple[Session | None, tuple[str, ...]]:
    """Put a second factor in force by its first code; return the session and recovery codes.

    The session is None where the person was signed in already. The codes are shown this once.

    Raises:
        Unauthorised: the session is over, or the code is wrong.
        TooMany: too many wrong codes; the session that waited is over.
        Conflict: the account has a second factor.
    """
    who = _require_standing(centre, token)
    if who.has_factor:
        raise Conflict("the account has a second factor")
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    _count(centre, who, token)
    now, name = centre.now(), who.user.name

    def work(conn: Connection) -> tuple[bool, Session | None]:
        if not _takes_code(centre, conn, name, code, now):
            return False, None
        proofs.confirm(conn, name, now, [_hashed(centre, one) for one in codes])
        attempts.forgive(conn, name)
        audit.record(conn, name, "factor_confirmed", name, None, {})
        return True, None if who.proof is Proof.DONE else _opened_for(conn, who, token, now)

    is_right, session = transact(centre.engine, work)
    if not is_right:
        refuse(centre, name, who.came.origin, "wrong_code")
        raise Unauthorised("the code is wrong")
    return session, codes


def prove(centre: Centre, token: str, code: str) -> Session:
    """Return the open session of whoever waits for his second factor, by its code.

    Raises:
        Unauthorised: the session is over or waits for no code, or the code is wrong.
        TooMany: too many wrong codes; the session that waited is over.
    """
    who = _require_standing(centre, token)
    if who.proof is not Proof.CODE:
        raise Unauthorised("the session waits for no code")
    _count(centre, who, token)
    now, name = centre.now(), who.user.name

    def work(conn: Connection) -> Session | None:
        if _takes_code(centre, conn, name, code, now):
            return _opened_for(conn, who, token, now)
        typed = code.strip().upper()
        if not RECOVERY.fullmatch(typed):
            return None
        if not proofs.use_recovery(conn, name, _hashed(centre, typed), now):
            return None
        audit.record(conn, name, "recovery_code_used", name, None, {})
        return _opened_for(conn, who, token, now)

    session = transact(centre.engine, work)
    if session is None:
        refuse(centre, name, who.came.origin, "wrong_code")
        raise Unauthorised("the code is wrong")
    return session


def _require_standing(centre: Centre, token: str) -> Standing:
    found = standing_of(centre, token) if token else None
    if found is None:
        raise Unauthorised("the session is over")
    return found


def _count(centre: Centre, who: Standing, token: str) -> None:
    """Count a code as an attempt to sign in; one too many ends the session that waits."""
    try:
        enter_attempt(centre, who.user.name, who.came.origin)
    except TooMany:
        if who.proof is not Proof.DONE:
            now = centre.now()
            transact(centre.engine, lambda conn: store.end_session(conn, sha256(token), now))
            centre.live.announce(Topic.ACCESS)
        raise


def _opened_for(conn: Connection, who: Standing, token: str, now: datetime) -> Session:
    # A new token: the one that waited may have been seen before the proof.
    store.end_session(conn, sha256(token), now)
    return admit(conn, who.user, who.came, secrets.token_urlsafe(32), now)


def _takes_code(centre: Centre, conn: Connection, name: str, code: str, now: datetime) -> bool:
    """Tell whether a code is right and newer than the last one used; it is used up by this."""
    factor = proofs.lock_factor(conn, name)
    secret = None if factor is None else _opened(centre, factor.secret)
    typed = code.replace(" ", "").strip()
    if factor is None or secret is None or len(typed) != 6:
        return False
    made = pyotp.TOTP(secret, interval=STEP_S)
    for drift in DRIFT:
        at = now + timedelta(seconds=drift * STEP_S)
        step = made.timecode(at)
        if step > factor.last_step and secrets.compare_digest(made.at(at).encode(), typed.encode()):
            proofs.use_step(conn, name, step)
            return True
    return False


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(7)).decode()[:10]
    return f"{letters[:5]}-{letters[5:]}"


def _hashed(centre: Centre, code: str) -> str:
    # Fifty bits could be tried out: under the installation's secret nobody else can.
    return pseudonym(centre.settings.secret, "recovery", code.replace("-", ""))


def _fernet(centre: Centre) -> Fernet:
    secret = centre.settings.secret.encode()
    key = HKDF(SHA256(), 32, salt=None, info=b"ioc second factor").derive(secret)
    return Fernet(base64.urlsafe_b64encode(key))


def _opened(centre: Centre, kept: bytes) -> str | None:
    try:
        return _fernet(centre).decrypt(kept).decode()
    except InvalidToken:
        logger.warning("a second factor was kept under another IOC_SECRET")
        return None

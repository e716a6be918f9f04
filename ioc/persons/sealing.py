"""Numbers of documents, sealed for the store: AES-256-GCM under a key of the centre's secret.

Whoever reads the store, or a copy of it, reads no number; two typed alike are found by keyed
digests of their parts.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ioc.errors import Unavailable

NONCE = 12
# A slip of the pen lies before the last three characters or in them: one part stays the same.
TAIL = 3


def seal_number(secret: str, ref: str, number: str) -> bytes:
    """Return a number that only the holder of `secret` can open, and only as that of `ref`."""
    nonce = os.urandom(NONCE)
    return nonce + _cipher(secret).encrypt(nonce, number.encode(), ref.encode())


def open_number(secret: str, ref: str, sealed: bytes) -> str:
    """Return what was sealed.

    Raises:
        Unavailable: it was sealed under another secret, or for another person.
    """
    try:
        opened = _cipher(secret).decrypt(sealed[:NONCE], sealed[NONCE:], ref.encode())
    except InvalidTag:
        raise Unavailable("IOC_SECRET: a number was sealed under another secret") from None
    return opened.decode()


def parts_of(secret: str, number: str) -> tuple[int, int]:
    """Return keyed digests (63 bits) of a number up to its last three characters, and of these.

    Two numbers that one slip tells apart have one of the two alike, but for two characters that
    were changed round just there.
    """
    return _part(secret, "head", number[:-TAIL]), _part(secret, "tail", number[-TAIL:])


def _part(secret: str, name: str, text: str) -> int:
    digest = hmac.digest(secret.encode(), f"person number {name}\0{text}".encode(), "sha256")
    return int.from_bytes(digest[:8], "big") >> 1


@lru_cache(maxsize=8)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"person numbers\0" + secret.encode()).digest())

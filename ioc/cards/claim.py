"""The text of a card's code: built from a person, proved by its QID and by its signature.

The QID ends in a keyed check over all the text: who holds the centre's secret proves a card by it
in a microsecond. The signature proves the same to those who hold only the public key (ADR 0023).
"""

import base64
import hmac
from collections.abc import Callable
from dataclasses import replace

from ioc.persons.bearer import Bearer, CodeFormat
from ioc.persons.model import Identity, NumberKind
from ioc.persons.national import mint

Sign = Callable[[bytes], bytes]
# A QID: the prefix of the city, 8 random bytes, 60 bits of a keyed check; base32 without padding.
SERIAL_BYTES, SERIAL, CHECK = 8, 13, 12
LENGTH = SERIAL + CHECK
CHECK_KEY = "card-check"


def bearer_for(identity: Identity, *, is_proxy: bool = False) -> Bearer:
    """Return what a card says of a person: nothing that nobody asks for at a gate."""
    is_number = identity.kind is not NumberKind.QID
    return Bearer(
        CodeFormat.PERSONAL_QR,
        number=identity.number if is_number else None,
        name=identity.name,
        born_on=identity.born_on,
        birth_year=identity.birth_year,
        sex=identity.sex,
        is_proxy=is_proxy,
    )


def qid_for(bearer: Bearer, raw: bytes, secret: str, prefix: str) -> str:
    """Return the QID of a new card, made of 8 random bytes."""
    serial = serial_of(raw, prefix)
    return serial + _check(bearer, serial, secret)


def code_of(bearer: Bearer, qid: str, sign: Sign) -> str:
    """Return the text of the code of a card.

    Where the person is said otherwise by now than when the card was issued, the QID no longer
    proves the text; the signature does.
    """
    return mint(replace(bearer, card=qid), sign)


def _check(bearer: Bearer, serial: str, secret: str) -> str:
    content = mint(replace(bearer, card=serial), lambda _: b"")
    return check_of(secret, content.removesuffix("<"))


def serial_of(raw: bytes, prefix: str) -> str:
    """Return the begin of a QID, from 8 random bytes.

    >>> serial_of(bytes(8), "46")
    '46AAAAAAAAAAAAA'
    """
    return prefix + base64.b32encode(raw).decode().rstrip("=")


def check_of(secret: str, content: str) -> str:
    """Return the 12 signs that end a QID: nobody makes them without the secret.

    `content` is the text of the code before the signature, with the begin of the QID in its place.
    """
    message = f"{CHECK_KEY}\0{content}".encode("utf-8", "replace")
    return base64.b32encode(hmac.digest(secret.encode(), message, "sha256")[:10])[:CHECK].decode()


def is_ours(secret: str, text: str, prefix: str) -> bool | None:
    """Tell whether a code is as the holder of `secret` issued it; None: it names no QID of ours.

    It costs a fiftieth of proving the signature, which is for those who hold no secret.
    """
    parts = text.split("|", 5)
    if len(parts) != 6:
        return None
    qid = parts[4]
    if len(qid) != len(prefix) + LENGTH or not qid.startswith(prefix):
        return None
    parts[4] = qid[:-CHECK]
    parts[5] = parts[5].rpartition("<")[0]
    return hmac.compare_digest(check_of(secret, "|".join(parts)).encode(), qid[-CHECK:].encode())

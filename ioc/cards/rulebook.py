"""What a city says of cards: the begin of its QIDs, and whose vaccine passports it believes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ioc.errors import InvalidInput
from ioc.persons.passport import PublicKey

KEYS = frozenset({"prefix", "passport_key"})
KEY = frozenset({"id", "public", "issuer"})
LONGEST_PREFIX = 8


@dataclass(frozen=True)
class CardBook:
    """`prefix` begins every QID of the city; `passports` are public keys by their key id."""

    prefix: str
    passports: Mapping[bytes, PublicKey]


def parse_book(document: Mapping[str, Any]) -> CardBook:
    """Return what cards.toml says.

    Raises:
        InvalidInput: a value is missing or wrong; it is named as in the file.
    """
    for name in document:
        if name not in KEYS:
            raise InvalidInput(name, "is not known here")
    prefix = document.get("prefix")
    is_text = isinstance(prefix, str) and prefix.isascii() and prefix.isalnum()
    if not is_text or not 0 < len(str(prefix)) <= LONGEST_PREFIX:
        raise InvalidInput("prefix", f"needs 1 to {LONGEST_PREFIX} letters and digits")
    passports = {}
    for number, entry in enumerate(document.get("passport_key", ())):
        key_id, key = _key(f"passport_key.{number}", entry)
        if key_id in passports:
            raise InvalidInput(f"passport_key.{number}.id", "stands twice")
        passports[key_id] = key
    return CardBook(str(prefix), passports)


def _key(name: str, entry: Mapping[str, Any]) -> tuple[bytes, PublicKey]:
    for given in entry:
        if given not in KEY:
            raise InvalidInput(f"{name}.{given}", "is not known here")
    key_id = _bytes(f"{name}.id", entry.get("id"))
    try:
        key = load_der_public_key(_bytes(f"{name}.public", entry.get("public")))
    except ValueError:
        raise InvalidInput(f"{name}.public", "is no public key (SubjectPublicKeyInfo)") from None
    is_p256 = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    if not isinstance(key, ed25519.Ed25519PublicKey) and not is_p256:
        raise InvalidInput(f"{name}.public", "must be of P-256 or Ed25519")
    assert isinstance(key, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    return key_id, key


def _bytes(name: str, text: object) -> bytes:
    try:
        found = base64.b64decode(str(text), validate=True)
    except ValueError:
        found = b""
    if not found:
        raise InvalidInput(name, "needs bytes in base64")
    return found

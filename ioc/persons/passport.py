"""The vaccine passport (HC1): base45, zlib, COSE_Sign1 over CBOR, proved by known keys.

Decision 5772/QD-BYT of 20/12/2021 follows the EU Digital COVID Certificate: `HC1:` and base45 (RFC
9285) of a zlib stream of COSE_Sign1 (RFC 9052) whose payload is a CBOR web token: 1 issuer, 4
expiry, 6 issued, -260 the certificate with name, day of birth, and v or t or r.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ioc.errors import InvalidInput
from ioc.persons.bearer import Bearer, CodeFormat, birth_in, name_in

PREFIX = "HC1:"
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LARGEST_BYTES = 64_000
SIGN1 = 18
ALGORITHM, KEY_ID = 1, 4
ES256, EDDSA = -7, -8
EXPIRY, CERTIFICATE = 4, -260
DOSES, TESTS, RECOVERIES = "v", "t", "r"
LONGEST_ID = 64
LATEST_S = 253_402_300_799  # the end of the year 9999
UVCI = "URN:UVCI:"

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
_VALUES = {sign: value for value, sign in enumerate(SIGNS)}


@dataclass(frozen=True)
class Sealed:
    """A signed message: which key is said to have signed it, and how."""

    protected: bytes
    payload: bytes
    signature: bytes
    algorithm: int
    key_id: bytes


def fits(text: str) -> bool:
    """Tell whether a text begins as a vaccine passport does."""
    return text[: len(PREFIX)].upper() == PREFIX


def parse(text: str) -> tuple[Bearer, Sealed, float | None]:
    """Return what a passport says, what it signs, and when it ends (seconds since 1970).

    Raises:
        InvalidInput: it cannot be read; the field begins with `code`.
    """
    sealed = _open(_unpacked(_bytes_of(text[len(PREFIX) :])))
    claims = _loads(sealed.payload)
    held = claims.get(CERTIFICATE) if isinstance(claims, Mapping) else None
    passport = held.get(1) if isinstance(held, Mapping) else None
    if not isinstance(passport, Mapping):
        raise InvalidInput("code", "holds no vaccine passport")
    born_on, year = birth_in(str(passport.get("dob") or "")[:10])
    bearer = Bearer(
        CodeFormat.VACCINE_PASSPORT,
        number=None,
        name=name_in(_name(passport.get("nam"))),
        born_on=born_on,
        birth_year=year,
        card=_certificate_id(passport),
    )
    ends = claims.get(EXPIRY)
    is_time = isinstance(ends, int | float) and 0 <= ends < LATEST_S
    return bearer, sealed, float(ends) if is_time else None


def is_sealed(sealed: Sealed, key: PublicKey) -> bool:
    """Tell whether `key` signed it."""
    content = cbor2.dumps(["Signature1", sealed.protected, b"", sealed.payload])
    raw = sealed.signature
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(raw, content)
            return sealed.algorithm == EDDSA
        if len(raw) != 64 or sealed.algorithm != ES256:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key.verify(der, content, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def base45(content: bytes) -> str:
    """Return bytes in base45 (RFC 9285).

    >>> base45(b"Hello!!"), base45(b"ietf!")
    ('%69 VD92EX0', 'QED8WEX0')
    """
    out = []
    for at in range(0, len(content), 2):
        pair = content[at : at + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, rest = divmod(value, 45)
            out.append(SIGNS[rest])
    return "".join(out)


def _bytes_of(text: str) -> bytes:
    out = bytearray()
    for at in range(0, len(text), 3):
        triple = text[at : at + 3]
        try:
            value = sum(_VALUES[sign] * 45**place for place, sign in enumerate(triple))
            out += value.to_bytes(len(triple) - 1)
        except (KeyError, OverflowError):
            raise InvalidInput("code", "is no base45") from None
        if len(triple) == 1:
            raise InvalidInput("code", "is no base45: it was cut off")
    return bytes(out)


def _unpacked(packed: bytes) -> bytes:
    """Return what is packed; a bomb is let off no further than the largest passport."""
    if packed[:1] != b"\x78":
        return packed
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, LARGEST_BYTES)
    except zlib.error:
        raise InvalidInput("code", "is packed in no way we know") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise InvalidInput("code", f"is cut off, or holds more than {LARGEST_BYTES} bytes")
    return content


def _open(content: bytes) -> Sealed:
    value = _loads(content)
    if isinstance(value, cbor2.CBORTag) and value.tag == SIGN1:
        value = value.value
    if not isinstance(value, Sequence) or len(value) != 4:
        raise InvalidInput("code", "is no signed message")
    protected, open_part, payload, signature = value
    if not all(isinstance(part, bytes) for part in (protected, payload, signature)):
        raise InvalidInput("code", "is no signed message")
    head = _loads(protected) if protected else {}
    heads = [part for part in (head, open_part) if isinstance(part, Mapping)]
    algorithm, key_id = _first(heads, ALGORITHM), _first(heads, KEY_ID)
    return Sealed(
        protected,
        payload,
        signature,
        algorithm if isinstance(algorithm, int) else 0,
        key_id if isinstance(key_id, bytes) else b"",
    )


def _loads(content: bytes) -> Any:
    try:
        return cbor2.loads(content)
    except Exception:  # noqa: BLE001  whatever a hostile text makes a decoder stumble over
        raise InvalidInput("code", "is no CBOR") from None


def _first(heads: Sequence[Mapping[Any, Any]], name: int) -> Any:
    return next((head[name] for head in heads if name in head), None)


def _name(names: Any) -> str:
    """Return family and given name, in the machine's spelling where there is one."""
    held = names if isinstance(names, Mapping) else {}
    pairs = (("fnt", "fn"), ("gnt", "gn"))
    found = [next((str(held[key]) for key in pair if held.get(key)), "") for pair in pairs]
    return " ".join(found).replace("<", " ")


def _certificate_id(passport: Mapping[Any, Any]) -> str:
    for kind in (DOSES, TESTS, RECOVERIES):
        held = passport.get(kind)
        first = held[0] if isinstance(held, Sequence) and held else None
        name = first.get("ci") if isinstance(first, Mapping) else None
        if isinstance(name, str):
            name = name.upper().removeprefix(UVCI)
            if 0 < len(name) <= LONGEST_ID and name.isascii() and name.isprintable():
                return name.replace(" ", "")
    raise InvalidInput("code.ci", "the passport has no id")

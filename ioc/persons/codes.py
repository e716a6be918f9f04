"""The codes that people carry, all four formats: who it is, which card, and what proves it.

A code without a signature proves nothing, and says so; a signature that does not hold is forged;
one of a signer whom nobody here knows is told apart from both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from ioc.errors import InvalidInput
from ioc.persons import citizen, insurance, national, passport
from ioc.persons.bearer import Bearer, CodeFormat
from ioc.persons.model import Identity, NumberKind
from ioc.persons.numbers import number_of, qid_of, said_by
from ioc.persons.rules import identify
from ioc.signing import is_signed

# A QR code holds no more letters and digits (ISO/IEC 18004, version 40-L).
LONGEST = 4_296


class Proof(StrEnum):
    """What stands behind a code: a signature that holds, or what is wanting."""

    PROVED = "proved"
    UNSIGNED = "unsigned"
    UNKNOWN_SIGNER = "unknown_signer"
    FORGED = "forged"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CodeKeys:
    """Whom we believe: the centre's own public key in base64, and passports' keys by key id."""

    centre: str | None = None
    passports: Mapping[bytes, passport.PublicKey] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """A code that was read; `ends_at` where it says until when it holds."""

    bearer: Bearer
    seal: national.Signed | passport.Sealed | None = field(default=None, repr=False)
    ends_at: datetime | None = None

    @property
    def format(self) -> CodeFormat:
        """Return which of the formats it is written in."""
        return self.bearer.format

    def proof(self, keys: CodeKeys, at: datetime) -> Proof:
        """Return what proves it at an instant, by the keys we know."""
        if self.seal is None:
            return Proof.UNSIGNED
        if isinstance(self.seal, national.Signed):
            if keys.centre is None:
                return Proof.UNKNOWN_SIGNER
            # Who else signs these codes, and how, is published nowhere: it may be another's.
            is_ours = is_signed(self.seal.content, self.seal.signature, keys.centre)
            return Proof.PROVED if is_ours else Proof.UNKNOWN_SIGNER
        key = keys.passports.get(self.seal.key_id)
        if key is None:
            return Proof.UNKNOWN_SIGNER
        if not passport.is_sealed(self.seal, key):
            return Proof.FORGED
        is_over = self.ends_at is not None and self.ends_at <= at
        return Proof.EXPIRED if is_over else Proof.PROVED


def open_code(text: str) -> Code:
    """Return what a code says; nothing of it is believed yet.

    Raises:
        InvalidInput: it is of none of the formats (`code`), or a part of it is wrong (`code.…`).
    """
    text = text.strip("\ufeff \t\r\n")
    if not text or len(text) > LONGEST:
        raise InvalidInput("code", f"needs 1 to {LONGEST} characters")
    if passport.fits(text):
        bearer, sealed, ends = passport.parse(text)
        return Code(bearer, sealed, None if ends is None else datetime.fromtimestamp(ends, UTC))
    parts = text.split("|")
    if citizen.fits(parts):
        return Code(citizen.parse(parts))
    if insurance.fits(parts):
        return Code(insurance.parse(parts))
    if national.fits(parts):
        return Code(*national.parse(text))
    raise InvalidInput("code", "is none of the four formats: personal QR, CCCD, BHYT, HC1")


def read_code(text: str) -> Identity:
    """Return who the bearer of a code says he is.

    A code that hides or lacks a number stands for whom its card stands for.

    Raises:
        InvalidInput: it cannot be read, or names nobody; the field begins with `code`.
    """
    return identity_of(open_code(text).bearer)


def identity_of(bearer: Bearer) -> Identity:
    """Return who a bearer says he is.

    Raises:
        InvalidInput: a field is wrong, or two of them gainsay one another.
    """
    born = bearer.born_on or bearer.birth_year
    try:
        return identify(
            bearer.number or bearer.card or "",
            bearer.name,
            None if born is None else str(born),
            sex=bearer.sex,
            qid=bearer.number is None,
            also=[other for other in bearer.also if _is_number(other)],
        )
    except InvalidInput as fault:
        raise InvalidInput(f"code.{fault.field}", fault.why) from None


def person_of(bearer: Bearer) -> tuple[NumberKind, str]:
    """Return what stands for a bearer, his number or his card's: as `identity_of`, at its price.

    Raises:
        InvalidInput: as `identity_of` does.
    """
    try:
        if bearer.number is None:
            return NumberKind.QID, qid_of(bearer.card or "")
        kind, number = number_of(bearer.number)
    except InvalidInput as fault:
        raise InvalidInput(f"code.{fault.field}", fault.why) from None
    if kind is NumberKind.CCCD:
        said = said_by(number)
        is_other_year = bearer.birth_year is not None and bearer.birth_year != said.year
        if is_other_year or (bearer.sex is not None and bearer.sex is not said.sex):
            identity_of(bearer)
    return kind, number


def _is_number(text: str) -> bool:
    try:
        number_of(text)
    except InvalidInput:
        return False
    return True

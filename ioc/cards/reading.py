"""Reading codes by the thousand: each distinct code is opened once, and then remembered by digest.

Remembered is who and which card it stands for, under pseudonyms; never the text, name or number.
"""

import re
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

from ioc.cards.claim import is_ours
from ioc.cards.rulebook import CardBook
from ioc.cards.service import card_book
from ioc.centre import Centre
from ioc.persons.bearer import CodeFormat
from ioc.persons.codes import CodeKeys, Proof, open_code, person_of
from ioc.persons.numbers import number_of
from ioc.persons.rules import reference_of_number
from ioc.signing import public_text, signing_key

# About 400 bytes each; the cards of a busy city in a day.
MOST = 200_000
DIGEST_BYTES = 16
# A number that is not hidden, at the begin of a personal QR.
NUMBER = re.compile(r"([0-9A-Z]{6,20})\|")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a code that was shown stands for.

    Attributes:
        person: the reference of the bearer.
        card: a QID of ours, None for another's code.
        words: format, proof, and whether it is a card of ours; the same object for all alike.
    """

    person: str
    format: CodeFormat
    proof: Proof
    card: str | None
    ends_at: datetime | None
    words: tuple[str, str, bool]


class CodeReader:
    """Reads codes for one process; any number of threads may use it."""

    def __init__(self, centre: Centre, most: int = MOST) -> None:
        """Remember up to `most` codes."""
        self._book: CardBook = card_book(centre)
        self._settings = centre.settings
        self._secret = centre.settings.secret
        self._key = blake2b(f"code\0{self._secret}".encode(), digest_size=32).digest()
        self._prefix = self._book.prefix
        self._now = centre.now
        self._most = most
        self._known: dict[bytes, Shown] = {}
        self._words: dict[tuple[str, str, bool], tuple[str, str, bool]] = {}
        self._lock = threading.Lock()

    @cached_property
    def _keys(self) -> CodeKeys:
        """Return whom we believe; most scans never need a signature checked."""
        return CodeKeys(public_text(signing_key(self._settings)), self._book.passports)

    def digest_of(self, text: str) -> bytes:
        """Return 16 bytes that stand for a code's text, the same in every process of the centre."""
        content = text.encode("utf-8", "surrogatepass")
        return blake2b(content, digest_size=DIGEST_BYTES, key=self._key).digest()

    def read(self, text: str, digest: bytes) -> Shown:
        """Return what a code stands for.

        Raises:
            InvalidInput: it cannot be read; the field begins with `code`.
        """
        shown = self._known.get(digest)
        if shown is None:
            shown = self._open(text)
            with self._lock:
                if len(self._known) >= self._most:
                    # The oldest tenth goes: a dictionary keeps the order in which they came.
                    for old in list(self._known)[: self._most // 10 + 1]:
                        del self._known[old]
                self._known[digest] = shown
        return shown

    def _open(self, text: str) -> Shown:
        text = text.strip()
        ours = is_ours(self._secret, text, self._prefix)
        if ours and (number := NUMBER.match(text)):
            # As we issued it, to the letter: nothing in it need be looked at again.
            kind, plain = number_of(number[1])
            person = reference_of_number(self._secret, kind, plain)
            return self._shown(person, Proof.PROVED, card=text.split("|", 5)[4])
        code = open_code(text)
        person = reference_of_number(self._secret, *person_of(code.bearer))
        proof = Proof.PROVED if ours else code.proof(self._keys, self._now())
        if ours is None or code.format is not CodeFormat.PERSONAL_QR:
            return self._shown(person, proof, form=code.format, ends_at=code.ends_at)
        # A card printed anew after its bearer was said otherwise is proved by its signature.
        proof = proof if proof is Proof.PROVED else Proof.FORGED
        return self._shown(person, proof, card=code.bearer.card)

    def _shown(
        self,
        person: str,
        proof: Proof,
        *,
        form: CodeFormat = CodeFormat.PERSONAL_QR,
        card: str | None = None,
        ends_at: datetime | None = None,
    ) -> Shown:
        words = (form.value, proof.value, card is not None)
        return Shown(person, form, proof, card, ends_at, self._words.setdefault(words, words))

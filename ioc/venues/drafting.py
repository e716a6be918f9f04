"""A scan as it is kept, before it is: who and what it is, and what it is answered. No store asked.

Everything here runs once a scan, thousands of times a second: what does not change is remembered.
"""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import NamedTuple

from ioc.cards.reading import CodeReader, Shown
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.intake import ID_REUSED, IntakeStatus
from ioc.persons.codes import Proof
from ioc.places import Point
from ioc.venues.facts import GateFacts
from ioc.venues.model import (
    Admission,
    AdmissionFacts,
    AdmissionReason,
    GateStanding,
    Scan,
    Sender,
    Way,
)
from ioc.venues.quarters import QUARTER_S, Quarters
from ioc.venues.rulebook import AdmissionBook
from ioc.venues.rules import admit
from ioc.venues.store import Kept, Known

MOST_REMEMBERED = 50_000
# 2255 is the last year of which a float tells microseconds.
MICROSECONDS = 1_000_000


class ScanAnswer(NamedTuple):
    """The answer to one scan; a repeated one gets its first admission."""

    status: IntakeStatus
    admission: Admission | None = None
    why: str | None = None


class Draft(NamedTuple):
    """A scan that can be kept; `key` stands for source and id, `digest` for its content."""

    key: str
    digest: int
    scan: Scan
    shown: Shown
    point: Point
    quarter: int
    micros: int
    source: str


class Drafting:
    """Makes drafts of scans and answers them, for one process."""

    def __init__(
        self, centre: Centre, book: AdmissionBook, facts: GateFacts, reader: CodeReader
    ) -> None:
        """Remember the points of the city."""
        self._book, self._facts, self._reader = book, facts, reader
        self.points = {p.id: p for p in centre.city.places.values() if isinstance(p, Point)}
        self.quarter_at = Quarters(centre.city.zone, book.day_begins).at
        self._usual: dict[tuple[str, Way, date, tuple[str, str, bool]], Admission] = {}

    def draft(
        self, sender: Sender, scan: Scan, span: tuple[datetime, datetime]
    ) -> Draft | ScanAnswer:
        """Return a draft of a scan, or the refusal; `span` are the earliest and latest instants."""
        name, at, text, way, when = scan.id, scan.point, scan.code, scan.direction, scan.scanned_at
        point = self.points.get(at)
        if point is None:
            return refused(f"point: there is no point {at!r}")
        if sender.points and at not in sender.points:
            return refused(f"point: this device is not bound to {at!r}")
        if not span[0] <= when <= span[1]:
            which = "is older than 45 days" if when < span[0] else "lies ahead of now"
            return refused(f"scanned_at: {which}")
        code = self._reader.digest_of(text)
        try:
            shown = self._reader.read(text, code)
        except InvalidInput as fault:
            return refused(str(fault), UNKNOWN)
        micros = round(when.timestamp() * MICROSECONDS)
        said = b"%s|%s|%d|%s" % (at.encode(), way.encode(), micros, code)
        return Draft(
            blake2b(f"{sender.source}\0{name}".encode(), digest_size=16).hexdigest(),
            int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True),
            scan,
            shown,
            point,
            micros // (MICROSECONDS * QUARTER_S),
            micros,
            sender.source,
        )

    def kept(self, draft: Draft, standings: Mapping[str, GateStanding]) -> Kept:
        """Return a draft with its answer, as it is kept."""
        key, digest, scan, shown, point, quarter, micros, source = draft
        day = self.quarter_at(quarter).day
        standing = standings.get(shown.person)
        if standing is None and self._facts.is_usual(point, shown.card, shown.ends_at):
            known = (point.id, scan.direction, day, shown.words)
            answer = self._usual.get(known)
            if answer is None:
                if len(self._usual) >= MOST_REMEMBERED:
                    self._usual.clear()
                answer = self._usual[known] = self._answer(draft, day, NOBODY)
        else:
            answer = self._answer(draft, day, standing or NOBODY)
        form, proof, _ = shown.words
        return Kept(
            key, digest, day, shown.person, point.id, scan.direction is Way.IN, micros, form, proof,
            answer.admit, REASONS[answer.reason], source, quarter,
        )  # fmt: skip

    def _answer(self, draft: Draft, day: date, standing: GateStanding) -> Admission:
        scan, shown, point, at = draft.scan, draft.shown, draft.point, draft.scan.scanned_at
        proof = shown.proof
        if shown.ends_at is not None and shown.ends_at <= at and proof is Proof.PROVED:
            proof = Proof.EXPIRED
        facts = AdmissionFacts(
            scan.direction.value,
            shown.format.value,
            proof.value,
            "none" if shown.card is None else self._facts.card_state(shown.card, at),
            "active" if self._facts.is_open(point, day, at) else "inactive",
            self._facts.fullness(point.site, scan.direction),
            "yes" if standing.is_listed else "no",
            standing.colour,
            point.sort.value,
        )
        return admit(facts, self._book)


def refused(why: str, admission: Admission | None = None) -> ScanAnswer:
    """Return the answer to a scan that is not kept."""
    return ScanAnswer(IntakeStatus.REFUSED, admission, why)


def answer_from(status: IntakeStatus, known: Kept | Known) -> ScanAnswer:
    """Return the answer to a scan from how it is kept."""
    return ANSWERS[status, known.admit, known.reason]


def answer_again(one: Draft, known: Known | Kept) -> ScanAnswer:
    """Return the answer to an id that came before: what it was answered then, or a refusal."""
    if known.digest != one.digest:
        return LEFT_OUT
    return answer_from(IntakeStatus.REPEATED, known)


UNKNOWN = Admission(admit=False, reason=AdmissionReason.UNKNOWN_CODE)
NOBODY = GateStanding()
LEFT_OUT = refused(ID_REUSED)
# As a reason is kept: most are simply admitted, and leave it empty.
REASONS = {
    reason: None if reason is AdmissionReason.ADMITTED else reason.value
    for reason in AdmissionReason
}
ANSWERS = {
    (status, admits, kept): ScanAnswer(status, Admission(admits, reason))
    for status in (IntakeStatus.RECORDED, IntakeStatus.REPEATED)
    for admits in (True, False)
    for reason, kept in REASONS.items()
}

"""A scan as it is kept, before it is: who and what it is, and what it is answered. No store asked.

Everything here runs once a scan, thousands of times a second: what does not change is remembered.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from ioc.cards.reading import CodeReader, Shown
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.intake import IntakeStatus
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
from ioc.venues.quarters import Quarter, Quarters
from ioc.venues.rulebook import AdmissionBook
from ioc.venues.rules import admit
from ioc.venues.store import Kept

UNKNOWN = Admission(admit=False, reason=AdmissionReason.UNKNOWN_CODE)
NOBODY = GateStanding()


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
    quarter: Quarter
    source: str


class Drafting:
    """Makes drafts of scans and answers them, for one process."""

    def __init__(
        self, centre: Centre, book: AdmissionBook, facts: GateFacts, reader: CodeReader
    ) -> None:
        """Remember the points of the city."""
        self._book, self._facts, self._reader = book, facts, reader
        self.points = {p.id: p for p in centre.city.places.values() if isinstance(p, Point)}
        self.quarter_of = Quarters(centre.city.zone, book.day_begins).of
        self._admissions: dict[AdmissionFacts, Admission] = {}

    def draft(
        self, sender: Sender, scan: Scan, span: tuple[datetime, datetime]
    ) -> Draft | ScanAnswer:
        """Return a draft of a scan, or the refusal; `span` are the earliest and latest instants."""
        point = self.points.get(scan.point)
        if point is None:
            return refused(f"point: there is no point {scan.point!r}")
        if sender.points and scan.point not in sender.points:
            return refused(f"point: this device is not bound to {scan.point!r}")
        if not span[0] <= scan.scanned_at <= span[1]:
            which = "is older than 45 days" if scan.scanned_at < span[0] else "lies ahead of now"
            return refused(f"scanned_at: {which}")
        code = self._reader.digest_of(scan.code)
        try:
            shown = self._reader.read(scan.code, code)
        except InvalidInput as fault:
            return refused(str(fault), UNKNOWN)
        said = f"{scan.point}|{scan.direction}|{scan.scanned_at.isoformat()}|".encode()
        name = f"{sender.source}\0{scan.id}".encode()
        return Draft(
            blake2b(name, digest_size=16).hexdigest(),
            int.from_bytes(blake2b(said + code, digest_size=8).digest(), signed=True),
            scan,
            shown,
            point,
            self.quarter_of(scan.scanned_at),
            sender.source,
        )

    def kept(self, draft: Draft, standings: Mapping[str, GateStanding]) -> Kept:
        """Return a draft with its answer, as it is kept."""
        scan, shown, point, at = draft.scan, draft.shown, draft.point, draft.scan.scanned_at
        proof = shown.proof
        if shown.ends_at is not None and shown.ends_at <= at and proof is Proof.PROVED:
            proof = Proof.EXPIRED
        standing = standings.get(shown.person, NOBODY)
        facts = AdmissionFacts(
            scan.direction.value,
            shown.format,
            proof,
            "none" if shown.card is None else self._facts.card_state(shown.card, at),
            "active" if self._facts.is_open(point, at) else "inactive",
            self._facts.fullness(point.site, scan.direction),
            "yes" if standing.is_listed else "no",
            standing.colour,
            point.sort.value,
        )
        answer = self._admissions.get(facts)
        if answer is None:
            answer = self._admissions[facts] = admit(facts, self._book)
        reason = None if answer.reason is AdmissionReason.ADMITTED else answer.reason.value
        return Kept(
            draft.key,
            draft.digest,
            draft.quarter.day,
            shown.person,
            point.id,
            scan.direction is Way.IN,
            at,
            shown.format,
            proof,
            answer.admit,
            reason,
            draft.source,
        )


def refused(why: str, admission: Admission | None = None) -> ScanAnswer:
    """Return the answer to a scan that is not kept."""
    return ScanAnswer(IntakeStatus.REFUSED, admission, why)


def admission_of(row: Kept) -> Admission:
    """Return the answer that stands in a row."""
    return admission_from(admit=row.admit, reason=row.reason)


def admission_from(*, admit: bool, reason: str | None) -> Admission:
    """Return an answer from how it is kept."""
    known = AdmissionReason.ADMITTED if reason is None else AdmissionReason(reason)
    return ANSWERS[admit, known]


ANSWERS = {
    (admits, reason): Admission(admits, reason)
    for admits in (True, False)
    for reason in AdmissionReason
}

"""What cameras tell becomes reads: clocks repaired, certainty calibrated, pictures kept.

The id is the camera's own; sent again, a read is `repeated` whatever else came with it.
"""

from dataclasses import replace
from datetime import datetime

from ingest.batch import Result, refusal_of, result_of
from ingest.feeds.told import Message, Sort, Told, Way
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.evidence import keep
from ioc.intake import ID_REUSED, IntakeStatus, Receipt, Refusal, refuse
from ioc.jpeg import size_of
from ioc.places import Direction
from ioc.readers.rules import believed, repaired
from ioc.readers.service import Measures
from ioc.vehicles.joining import add_pictures
from ioc.vehicles.joint import JointReads
from ioc.vehicles.model import Claim, Heading, NotRead, PlateCharacter, PlateRead
from ioc.vehicles.plate import normalise
from ioc.vendors import SelfReader

MAX_PLATE_PICTURE, MAX_FRAME_PICTURE = 500_000, 3_000_000
BACK = {Heading.IN: Heading.OUT, Heading.OUT: Heading.IN, Heading.UNKNOWN: Heading.UNKNOWN}


class Taking:
    """Takes the messages of cameras into a centre, from any number of threads."""

    def __init__(self, centre: Centre) -> None:
        """Begin with nothing known of any camera."""
        self._centre = centre
        self._joint = JointReads(centre)
        self.measures = Measures(centre)

    def take(self, reader: SelfReader, message: Message) -> list[Result]:
        """Record what a camera tells and return one result a pass, once all is committed.

        Raises:
            Unavailable: a store does not answer; the camera has to send it again.
        """
        arrived_at = self._centre.now()
        self._centre.live.beat(f"reader:{reader.camera}", {"at": arrived_at.isoformat()})
        if message.sort is not Sort.READ:
            return []
        source = source_of(reader)
        reads: list[PlateRead] = []
        results: list[Result | None] = []
        refusals: list[Refusal] = []
        for told in message.told:
            try:
                read = self._read(reader, told, arrived_at)
                reads.append(self._with_pictures(read, told, refusals))
                results.append(None)
            except InvalidInput as fault:
                why = str(fault)
                results.append(result_of(Receipt(told.id, IntakeStatus.REFUSED, why=why)))
                refusals.append(refusal_of(wire(reader, told), why))
        recorded = iter(self._record(source, reads, refusals))
        refuse(self._centre, source, "read", refusals)
        return [next(recorded) if result is None else result for result in results]

    def _record(self, source: str, reads: list[PlateRead], refusals: list[Refusal]) -> list[Result]:
        results = []
        for read, result in zip(
            reads, self._joint.record(source, reads) if reads else (), strict=True
        ):
            receipt = result.receipt
            if receipt.why == ID_REUSED:
                # What it adds to a read that is known, such as a later guess, changes nothing.
                receipt = Receipt(receipt.id, IntakeStatus.REPEATED)
            has_pictures = read.plate_picture is not None or read.frame_picture is not None
            if receipt.status is IntakeStatus.REPEATED and receipt.ref and has_pictures:
                # Some send the plate first, and the pictures when they have them.
                add_pictures(self._centre, receipt.ref, read)
            if receipt.status is IntakeStatus.REFUSED:
                said = {"id": read.id, "camera": read.camera, "seen_at": read.seen_at.isoformat()}
                refusals.append(refusal_of(said, str(receipt.why)))
            results.append(result_of(receipt))
        return results

    def _read(self, reader: SelfReader, told: Told, arrived_at: datetime) -> PlateRead:
        measures, camera = self.measures, reader.camera
        at = told.at
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=reader.zone or self._centre.city.zone)
        seen_at, is_late = repaired(at, arrived_at, measures.clock(camera), is_late=told.is_late)
        plate, sure = _plate_of(told), share_of(told.sure, reader.confidence_top)
        calibration = measures.calibration(camera)
        shares = [share_of(one, reader.confidence_top) for one in told.characters]
        fits = len(shares) == len(plate) and None not in shares
        return PlateRead(
            id=told.id,
            camera=camera,
            plate=plate,
            confidence=believed(calibration, sure) if plate else calibration.unsaid,
            seen_at=seen_at,
            direction=self._heading(reader, told.way),
            lane=told.lane,
            characters=tuple(
                PlateCharacter(char, share or 0.0)
                for char, share in zip(plate, shares if fits else (), strict=False)
            ),
            colour=told.ground,
            not_read=None if plate else NotRead.UNREADABLE,
            claim=Claim(at, sure, is_late),
        )

    def _heading(self, reader: SelfReader, way: Way | None) -> Heading:
        """Return which way a vehicle went: forward is the way its camera looks, unless told."""
        looks = self._centre.city.camera(reader.camera).direction
        if reader.forward is not None:
            forward = Heading(reader.forward.value)
        elif looks is Direction.BOTH:
            return Heading.UNKNOWN
        else:
            forward = Heading.IN if looks is Direction.IN else Heading.OUT
        if way is None:
            return Heading.UNKNOWN
        return forward if way is Way.FORWARD else BACK[forward]

    def _with_pictures(self, read: PlateRead, told: Told, refusals: list[Refusal]) -> PlateRead:
        """Keep the pictures that are sound; of the others keep why they are not, and the read."""
        kept: dict[str, str] = {}
        for kind, picture, most in (
            ("plate", told.plate_picture, MAX_PLATE_PICTURE),
            ("frame", told.frame_picture, MAX_FRAME_PICTURE),
        ):
            if not picture:
                continue
            try:
                _require_sound(picture, most)
            except InvalidInput as fault:
                refusals.append(Refusal(read.id, f"images.{kind}", fault.why, None))
                continue
            kept[kind] = keep(self._centre, picture, kind, read.camera, read.seen_at)
        return replace(read, plate_picture=kept.get("plate"), frame_picture=kept.get("frame"))


def source_of(reader: SelfReader) -> str:
    """Return the source in which the ids of a camera are unique."""
    return f"camera:{reader.camera}"


def share_of(sure: float | None, top: float) -> float | None:
    """Return a camera's certainty as a share; None where it is beyond what it calls sure.

    >>> share_of(97, 100), share_of(0.97, 100), share_of(255, 100), share_of(-1, 1)
    (0.97, 0.97, None, None)
    """
    if sure is None or not 0 <= sure <= top:
        return None
    # Firmware that tells shares where others tell hundredths: no plate is told that is 1 % sure.
    is_share = top > 1 and 0 < sure < 1
    return sure if is_share else sure / top


def wire(reader: SelfReader, told: Told) -> dict[str, object]:
    """Return what is kept of a pass that was refused."""
    return {
        "id": told.id,
        "camera": reader.camera,
        "plate": told.plate,
        "confidence": told.sure,
        "seen_at": None if told.at is None else told.at.isoformat(),
        "lane": told.lane,
    }


def _require_sound(picture: bytes, most: int) -> None:
    if len(picture) > most:
        raise InvalidInput("", f"is larger than {most} bytes")
    size_of(picture)


def _plate_of(told: Told) -> str:
    """Return the plate in normal form; empty where the camera read none in our letters."""
    if not told.plate:
        return ""
    try:
        return normalise(told.plate)
    except InvalidInput:
        return ""

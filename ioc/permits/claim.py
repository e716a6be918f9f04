"""What the code on a printed permit says: one signed line of text that is checked without network.

    IOC1|hue|75C20302|yellow|20211004T0000Z|20211006T0000Z|SITE|ROADS|DEADLINE|REF|VERSION|SIGNATURE

A revocation after the print is not in it: the version says what to ask the centre about.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ioc.errors import InvalidInput
from ioc.permits.model import Permit, PermitClass
from ioc.signing import is_signed

FORMAT = "IOC1"
FIELDS = 12
LONGEST = 2_000
STAMP = "%Y%m%dT%H%MZ"


@dataclass(frozen=True)
class Claim:
    """What a printed permit says of itself, once its signature is proved."""

    city: str
    plate: str
    permit_class: PermitClass
    valid_from: datetime
    valid_until: datetime
    destination: str | None
    roads: tuple[str, ...]
    deadline: datetime | None
    ref: str
    version: int

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether the permit as printed covers an instant."""
        return self.valid_from <= at < self.valid_until


def code_of(permit: Permit, city: str, sign: Callable[[bytes], bytes]) -> str:
    """Return the text of the code, signed by `sign`.

    Minutes are enough on paper; a started minute belongs to the permit.
    """
    said = "|".join(
        (
            FORMAT,
            city,
            permit.plate,
            permit.permit_class.value,
            _stamp(permit.valid_from),
            _stamp(permit.valid_until),
            permit.destination or "",
            ",".join(permit.roads),
            "" if permit.deadline is None else _stamp(permit.deadline),
            permit.ref,
            str(permit.version),
        )
    )
    signature = base64.urlsafe_b64encode(sign(said.encode())).decode().rstrip("=")
    return f"{said}|{signature}"


def read_code(text: str, public: str) -> Claim:
    """Return what a code says; no store and no network is asked.

    Raises:
        InvalidInput: it is no code of a permit, or was not signed with the key of `public`.
    """
    text = text.strip()
    parts = text.split("|")
    if len(text) > LONGEST or len(parts) != FIELDS or parts[0] != FORMAT:
        raise InvalidInput("code", "is no code of a permit")
    said, _, signature = text.rpartition("|")
    try:
        raw = base64.b64decode(signature + "=" * (-len(signature) % 4), b"-_", validate=True)
    except ValueError:
        raise InvalidInput("code", "holds no signature") from None
    if not is_signed(said.encode("utf-8", "replace"), raw, public):
        raise InvalidInput("code", "was not signed by this centre")
    _, city, plate, permit_class, start, end, site, roads, deadline, ref, version, _ = parts
    return Claim(
        city=city,
        plate=plate,
        permit_class=PermitClass(permit_class),
        valid_from=_instant(start),
        valid_until=_instant(end),
        destination=site or None,
        roads=tuple(roads.split(",")) if roads else (),
        deadline=_instant(deadline) if deadline else None,
        ref=ref,
        version=int(version),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(STAMP)


def _instant(text: str) -> datetime:
    return datetime.strptime(text, STAMP).replace(tzinfo=UTC)

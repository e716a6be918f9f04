"""Services and reports as the documents of Open311 GeoReport v2, with the states of FixMyStreet.

What anybody may see of a report is not what somebody typed of himself: numbers to ring and mail
addresses are hidden in what is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.open311.rendering import Value, speakable
from ioc.labels import Language, label
from ioc.privacy import mask_contacts
from ioc.reports.model import Case, Done
from ioc.reports.model import ReportState as State
from ioc.reports.offered import Catalogue, FormField, Service, Urgency
from ioc.reports.rules import ANSWERS, is_open

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
OPEN, CLOSED = "open", "closed"
# What FixMyStreet has no word of its own for.
UPDATED = {State.RECEIVED: OPEN, State.REOPENED: OPEN}
CHANGED = "2021-10-01T00:00:00+07:00"


@dataclass(frozen=True)
class Reader:
    """Who reads: in which language; `sees_all` of a report, or what is published of it."""

    language: Language
    zone: ZoneInfo
    base: str
    sees_all: bool = False


def discovery(base: str, contact: str) -> dict[str, Value]:
    """Return where the service lies and what it speaks."""
    return {
        "changeset": CHANGED,
        "contact": contact,
        "key_service": f"{base}/docs",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{base}/open311/v2",
                "changeset": CHANGED,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def service_line(service: Service, language: Language) -> dict[str, Value]:
    """Return a service as the list of services has it."""
    vi = language is Language.VI
    return {
        "service_code": service.code,
        "service_name": service.vi if vi else service.en,
        "description": service.about_vi if vi else service.about_en,
        "metadata": bool(service.form),
        "type": service.numbering.value,
        "keywords": ",".join(service.keywords),
        "group": service.group_vi if vi else service.group_en,
    }


def definition(service: Service, language: Language) -> dict[str, Value]:
    """Return the form of a service."""
    fields = [_attribute(n, field, language) for n, field in enumerate(service.form, 1)]
    return {"service_code": service.code, "attributes": fields}


def _attribute(order: int, field: FormField, language: Language) -> dict[str, Value]:
    vi = language is Language.VI
    return {
        "variable": True,
        "code": field.code,
        "datatype": field.datatype.value,
        "required": field.is_required,
        "datatype_description": field.hint_vi if vi else field.hint_en,
        "order": order,
        "description": field.vi if vi else field.en,
        "values": [
            {"key": choice.key, "name": choice.vi if vi else choice.en} for choice in field.choices
        ],
    }


def request(case: Case, catalogue: Catalogue, reader: Reader) -> dict[str, Value]:
    """Return a report as a service request of the standard, and what FixMyStreet adds."""
    service = catalogue.services.get(case.report.service)
    agency = catalogue.agencies.get(case.agency)
    vi, spot = reader.language is Language.VI, case.report.spot
    named = {
        "service_name": None if service is None else service.vi if vi else service.en,
        "agency_responsible": None if agency is None else agency.vi if vi else agency.en,
    }
    return {
        "service_request_id": case.ref,
        "status": OPEN if is_open(case.state) else CLOSED,
        "status_notes": status_notes(case, reader),
        "service_name": named["service_name"],
        "service_code": case.report.service,
        "description": _published(case.report.description, reader),
        "agency_responsible": named["agency_responsible"],
        "service_notice": ring_notice(service, reader.language),
        "requested_datetime": w3c(case.requested_at, reader.zone),
        "updated_datetime": w3c(case.changed_at, reader.zone),
        "expected_datetime": w3c(case.due_at, reader.zone),
        "address": None if spot.address is None else _published(spot.address, reader),
        "address_id": spot.place,
        "zipcode": None,
        "lat": spot.lat,
        "long": spot.lon,
        "media_url": media_url(case, reader),
        "answer_media_url": _answer_url(case, reader),
        "extended_status": case.state.value,
        "duplicate_of": case.duplicate_of,
        "rating": case.stars,
    }


def update(number: int, done: Done, case: Case, reader: Reader) -> dict[str, Value]:
    """Return one step of a report's way as FixMyStreet asks for it."""
    is_answer = done.step in ANSWERS
    return {
        "update_id": str(number),
        "service_request_id": case.ref,
        "status": UPDATED.get(done.state, done.state.value),
        "updated_datetime": w3c(done.at, reader.zone),
        "description": _published(done.note or "", reader) if is_answer else "",
        "media_url": _answer_url(case, reader)
        if done.picture is not None and done.picture == case.answer_picture
        else None,
    }


def _answer_url(case: Case, reader: Reader) -> str | None:
    """Return where the picture of an answer is: to others than its sender once it is published."""
    if case.answer_picture is None or not (reader.sees_all or case.published_at):
        return None
    return f"{reader.base}/open311/v2/media/{case.ref}.jpg?part=answer"


def status_notes(case: Case, reader: Reader) -> str:
    """Return how a report stands, in words, and what was last answered."""
    words = [label(case.state, reader.language)]
    if case.answer:
        words.append(_published(case.answer, reader))
    if case.duplicate_of:
        same = label("open311.duplicate_of", reader.language)
        words.append(same.format(ref=case.duplicate_of))
    return ": ".join(words[:2]) + "".join(f" {more}" for more in words[2:])


def media_url(case: Case, reader: Reader) -> str | None:
    """Return where the picture of a report is, once whoever reads may see it.

    What is published without a look at it shows no picture: a face may be on it.
    """
    if not reader.sees_all and case.state is State.RECEIVED:
        return None
    if case.report.picture is not None:
        return f"{reader.base}/open311/v2/media/{case.ref}.jpg"
    return case.report.media_url


def ring_notice(service: Service | None, language: Language) -> str | None:
    """Return what an urgent report is told: which number to ring now."""
    if service is None or service.urgency is not Urgency.PHONE or service.phone is None:
        return None
    return label("open311.ring", language).format(phone=service.phone)


def receipt_notice(case: Case, catalogue: Catalogue, reader: Reader) -> str:
    """Return what the sender of a report is told: whom to ring, who answers, by when."""
    agency = catalogue.agencies.get(case.agency)
    who = case.agency if agency is None else agency.vi
    if agency is not None and reader.language is Language.EN:
        who = agency.en
    due = f"{case.due_at.astimezone(reader.zone):%H:%M %d/%m/%Y}"
    promise = label("open311.due", reader.language).format(agency=who, due=due)
    ring = ring_notice(catalogue.services.get(case.report.service), reader.language)
    return promise if ring is None else f"{ring} {promise}"


def is_published(case: Case, catalogue: Catalogue) -> bool:
    """Tell whether anybody may see a report, without its sender."""
    service = catalogue.services.get(case.report.service)
    if service is None or not service.is_public:
        return False
    return catalogue.publishes_at_once or case.state is not State.RECEIVED


def public_services(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the services whose reports are published."""
    return tuple(code for code, service in catalogue.services.items() if service.is_public)


def w3c(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the standard writes it: to the second, with the city's offset."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def errors(faults: Sequence[tuple[int, str]]) -> Sequence[Mapping[str, Value]]:
    """Return what was wrong: (status, words) each."""
    return [{"code": code, "description": speakable(words)} for code, words in faults]


def _published(text: str, reader: Reader) -> str:
    return speakable(text if reader.sees_all else mask_contacts(text))

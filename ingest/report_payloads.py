"""Untrusted JSON of reports, their steps and calls becomes values here, or a refusal by field."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from ingest.payloads import STRICT, Id, Instant, Line, Printable, Word, validated
from ioc.calls.model import Call, CallDirection
from ioc.calls.service import hotlines, require_line, ticket_id
from ioc.centre import Centre
from ioc.errors import MAX_ID, InvalidInput
from ioc.picture import cleaned
from ioc.reports.model import (
    LONGEST_TEXT,
    Act,
    Party,
    Placed,
    Report,
    Reporter,
    ReportStep,
    Spot,
)
from ioc.reports.service import place_report

MAX_PICTURE = 3_900_000
GROWTH = 4 / 3
NO_NUL = r"^[^\x00]*$"

Prose = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]
Note = Annotated[str, StringConstraints(max_length=2_000, pattern=NO_NUL)]
Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=False)]
Answer = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]
Answers = Annotated[
    dict[Id, Answer | Annotated[list[Answer], Field(max_length=50)]], Field(max_length=100)
]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 .]{0,19}$")]


class SenderPart(BaseModel):
    """Who sent a report; kept apart, and closed to whoever handles it."""

    model_config = STRICT
    name: Line | None = None
    phone: Line | None = None
    email: Line | None = None


class SpotPart(BaseModel):
    """Where it is: a point, an address, a place of `GET /v1/places`; what is not known is left."""

    model_config = STRICT
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, strict=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=False)] | None = None
    address: Annotated[str, Printable, StringConstraints(max_length=300)] | None = None
    place: Id | None = None


class ReportItem(SpotPart):
    """What somebody asks of the city: a field report, a ticket, a request for help."""

    id: Id
    service: Id
    description: Prose = ""
    attributes: Answers = {}
    at: Instant | None = None
    media_url: (
        Annotated[str, StringConstraints(max_length=1_000, pattern=r"^https?://\S+$")] | None
    ) = None
    reporter: SenderPart | None = None


class ReportBatch(BaseModel):
    """Up to 1,000 reports."""

    items: Annotated[list[ReportItem], Field(max_length=1_000)]


class ReportStepBody(BaseModel):
    """What is done with a report; the table of steps says which may follow, and what each needs."""

    model_config = STRICT
    step: Annotated[ReportStep, Word]
    agency: Id | None = None
    service: Id | None = None
    note: Note | None = None
    original: Id | None = None
    until: Instant | None = None
    picture: Annotated[str, Field(max_length=int(MAX_PICTURE * GROWTH))] | None = None


class ReportReplyBody(BaseModel):
    """What the sender of a report does: rate what was answered, or have it opened again."""

    model_config = STRICT
    secret: Annotated[str, StringConstraints(max_length=64)]
    step: Literal["rate", "reopen"]
    stars: Annotated[int, Field(ge=1, le=5, strict=False)] | None = None
    note: Note | None = None


class TicketPart(SpotPart):
    """A ticket that a call opens; the service is the topic's or the branch's unless it is named."""

    service: Id | None = None
    description: Prose = ""
    attributes: Answers = {}
    reporter: SenderPart | None = None


class CallItem(BaseModel):
    """One call of a hotline; `ticket` is the ref of a report it is about, or opens one."""

    model_config = STRICT
    id: Annotated[str, Printable, StringConstraints(min_length=1, max_length=MAX_ID - 5)]
    line: Digits
    branch: Annotated[str, Printable, StringConstraints(min_length=1, max_length=8)] | None = None
    direction: Annotated[CallDirection, Word]
    at: Instant
    topic: Line
    ticket: Id | TicketPart | None = None


class CallBatch(BaseModel):
    """Up to 1,000 calls."""

    items: Annotated[list[CallItem], Field(max_length=1_000)]


REPORT_BODIES: tuple[type[BaseModel], ...] = (
    *(ReportBatch, ReportStepBody, ReportReplyBody, CallBatch),
)


def parse_report_item(item: object, centre: Centre) -> Placed:
    """Return the report with whoever acts on it.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ReportItem, item)
    report = Report(
        id=given.id,
        service=given.service,
        spot=_spot(given),
        description=given.description,
        attributes=_answers(given.attributes),
        media_url=given.media_url,
        at=given.at,
        reporter=_reporter(given.reporter),
    )
    if report.at is not None and report.at > centre.now():
        raise InvalidInput("at", "lies ahead of now")
    return _placed(centre, report)


def parse_report_step(body: object, actor: str, party: Party) -> tuple[Act, bytes | None]:
    """Return what `actor` does with a report, and the picture that goes with his answer.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ReportStepBody, body)
    act = Act(
        given.step,
        party,
        actor,
        note=given.note,
        agency=given.agency,
        service=given.service,
        original=given.original,
        until=given.until,
    )
    return act, _picture(given.picture)


def parse_report_reply(body: object, actor: str) -> tuple[str, Act]:
    """Return the secret that was given, and what the sender of a report does.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(ReportReplyBody, body)
    step = ReportStep(given.step)
    return given.secret, Act(step, Party.CITIZEN, actor, note=given.note, stars=given.stars)


def parse_call(item: object, centre: Centre) -> Call:
    """Return the call, with the ticket that it opens.

    Raises:
        InvalidInput: a field is wrong.
    """
    given = validated(CallItem, item)
    line = given.line.replace(" ", "").replace(".", "")
    known = hotlines(centre)
    require_line(known, line, given.branch)
    opens = None
    if isinstance(given.ticket, TicketPart):
        usual = known.service_of(line, given.branch, given.topic)
        opens = _ticket(centre, given, given.ticket, usual)
    return Call(
        id=given.id,
        line=line,
        branch=given.branch,
        direction=given.direction,
        at=given.at,
        topic=given.topic,
        ticket=given.ticket if isinstance(given.ticket, str) else None,
        opens=opens,
    )


def _ticket(centre: Centre, call: CallItem, ticket: TicketPart, usual: str | None) -> Placed:
    service = ticket.service or usual
    if service is None:
        raise InvalidInput("ticket.service", "is missing: no topic and no branch says it")
    try:
        report = Report(
            id=ticket_id(call.id),
            service=service,
            spot=_spot(ticket),
            description=ticket.description,
            attributes=_answers(ticket.attributes),
            at=call.at,
            reporter=_reporter(ticket.reporter),
        )
        return _placed(centre, report)
    except InvalidInput as fault:
        raise InvalidInput(f"ticket.{fault.field}", fault.why) from None


def _placed(centre: Centre, report: Report) -> Placed:
    """Return a report in order; the fields of the standard are called as they are in JSON."""
    try:
        return place_report(centre, report)
    except InvalidInput as fault:
        names = {"service_code": "service", "address_id": "place"}
        raise InvalidInput(names.get(fault.field, fault.field), fault.why) from None


def _spot(given: SpotPart) -> Spot:
    if (given.lat is None) != (given.lon is None):
        raise InvalidInput("lon" if given.lon is None else "lat", "is missing: a point needs both")
    return Spot(given.lat, given.lon, given.address or None, given.place)


def _answers(given: dict[str, str | list[str]]) -> dict[str, str | tuple[str, ...]]:
    return {code: v if isinstance(v, str) else tuple(v) for code, v in given.items()}


def _reporter(given: SenderPart | None) -> Reporter:
    return Reporter() if given is None else Reporter(given.name, given.phone, given.email)


def _picture(encoded: str | None) -> bytes | None:
    if encoded is None:
        return None
    try:
        return cleaned(b64decode(encoded, validate=True))
    except (NotBase64, ValueError):
        raise InvalidInput("picture", "is no base64") from None
    except InvalidInput as fault:
        raise InvalidInput("picture", fault.why) from None

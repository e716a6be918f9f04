"""`/open311/v2`: reports of citizens by the standard GeoReport v2, in XML and JSON."""

from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from ingest.auth import Credentials, Door
from ingest.open311 import documents
from ingest.open311.answering import Open311Route
from ingest.open311.asking import (
    MOST,
    Asked,
    page_of,
    require_jurisdiction,
    require_service,
    span_of,
)
from ingest.open311.documents import Reader, is_published, public_services
from ingest.open311.forms import Form, read_form
from ingest.open311.receiving import receipt_document, receive_form
from ingest.open311.rendering import Format, Value, rendered
from ingest.report_schemas import open311_answers, open311_form
from ioc import evidence
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.errors import NotFound
from ioc.intake import IntakeStatus
from ioc.labels import Language
from ioc.reports.export import updates_between
from ioc.reports.model import Case, ReportState, Wanted
from ioc.reports.offered import Numbering
from ioc.reports.service import REPORT, case_of_token, catalogue, find_case, search

Text = str | None
Key = ApiKey | None
RepeatKey = Annotated[Text, Header(alias="Idempotency-Key")]


@dataclass(frozen=True)
class Way:
    """How a request asks: in which format, of which jurisdiction, with which key, whose words."""

    request: Request
    format: Format
    jurisdiction: Text
    secret: Text = field(repr=False)
    locale: Text

    @property
    def base(self) -> str:
        """Return the address of the API as the caller wrote it."""
        return str(self.request.base_url).rstrip("/")

    @property
    def language(self) -> Language:
        """Return the language asked for, Vietnamese where it is none of ours."""
        return Language.EN if (self.locale or "").lower().startswith("en") else Language.VI


def asked_way(
    request: Request,
    credentials: Credentials,
    ending: str = Format.JSON,
    jurisdiction_id: Text = None,
    api_key: Text = None,
    locale: Text = None,
) -> Way:
    """Return how a request asks.

    Raises:
        NotFound: there is no such format.
    """
    if ending not in set(Format):
        raise NotFound("format", ending[:20])
    secret = api_key if credentials is None else credentials.credentials
    return Way(request, Format(ending), jurisdiction_id, secret, locale)


Asking = Annotated[Way, Depends(asked_way)]


def create_router(door: Door) -> APIRouter:
    """Return the routes of Open311."""
    router = APIRouter(prefix="/open311/v2", tags=["open311"], route_class=Open311Route)
    _add_services(router, door.centre)
    _add_posting(router, door)
    _add_reading(router, door)
    _add_updates(router, door)
    _add_media(router, door)
    return router


def _add_services(router: APIRouter, centre: Centre) -> None:
    @router.get("/discovery.{ending}", responses=open311_answers("Discovery"))
    def get_discovery(way: Asking) -> Response:
        """Return where this service lies and what it speaks."""
        known = catalogue(centre)
        contact = known.agencies[known.centre]
        words = " ".join(part for part in (contact.vi, contact.phone) if part)
        return rendered("discovery", documents.discovery(way.base, words), way.format)

    @router.get("/services.{ending}", responses=open311_answers("Services"))
    def get_services(way: Asking) -> Response:
        """Return what can be reported."""
        require_jurisdiction(centre.city, way.jurisdiction)
        offered = catalogue(centre).services.values()
        lines = [documents.service_line(service, way.language) for service in offered]
        return rendered("services", lines, way.format)

    @router.get("/services/{service_code}.{ending}", responses=open311_answers("Definition"))
    def get_definition(service_code: str, way: Asking) -> Response:
        """Return the form of a service."""
        require_jurisdiction(centre.city, way.jurisdiction)
        known = catalogue(centre)
        require_service(known, service_code)
        form = documents.definition(known.services[service_code], way.language)
        return rendered("service_definition", form, way.format)


def _add_posting(router: APIRouter, door: Door) -> None:
    @router.post(
        "/requests.{ending}",
        responses=open311_answers("Receipts"),
        openapi_extra=open311_form(),
        status_code=201,
    )
    def post_request(
        way: Asking, form: Annotated[Form, Depends(read_form)], repeat_key: RepeatKey = None
    ) -> Response:
        """Report something; the answer comes after the commit, again gives the same number."""
        secret = form.text("api_key") if way.secret is None else way.secret
        key = door.admit(way.request, secret, Right.REPORTS)
        require_jurisdiction(door.centre.city, form.text("jurisdiction_id") or way.jurisdiction)
        receipt, placed = receive_form(door.centre, key, form, repeat_key)
        door.metrics.count(REPORT, [receipt.status])
        told = receipt_document(door.centre, receipt, placed, _reader(door.centre, way))
        status = 201 if receipt.status is IntakeStatus.RECORDED else 200
        return rendered("service_requests", told, way.format, status)


def _add_reading(router: APIRouter, door: Door) -> None:
    centre = door.centre

    @router.get("/tokens/{token}.{ending}", responses=open311_answers("Tokens"))
    def get_token(token: str, way: Asking) -> Response:
        """Return the number that a token was given for, once there is one."""
        require_jurisdiction(centre.city, way.jurisdiction)
        _key(door, way)
        case = case_of_token(centre, token)
        number = case.ref if _is_numbered(centre, case) else None
        told: list[Value] = [{"service_request_id": number, "token": token}]
        return rendered("service_requests", told, way.format)

    @router.get("/requests.{ending}", responses=open311_answers("Requests"))
    def get_requests(way: Asking, asked: Annotated[Asked, Depends()]) -> Response:
        """Return what is published, and with a key what its source sent; the newest first."""
        require_jurisdiction(centre.city, way.jurisdiction)
        key, page = _key(door, way), page_of(asked, centre.now(), centre.city.zone)
        wanted = _within_sight(centre, key, page.wanted)
        skipped = (page.number - 1) * page.size
        found = search(centre, wanted, limit=page.size + 1, offset=skipped)
        shown = [
            _shown(centre, way, key, case)
            for case in found[: page.size]
            if _is_numbered(centre, case)
        ]
        more = {}
        if len(found) > page.size:
            following = way.request.url.include_query_params(page=page.number + 1)
            more["Link"] = f'<{following.remove_query_params("api_key")}>; rel="next"'
        return rendered("service_requests", shown, way.format, headers=more)

    @router.get("/requests/{service_request_id}.{ending}", responses=open311_answers("Requests"))
    def get_request(service_request_id: str, way: Asking) -> Response:
        """Return one report as it stands."""
        require_jurisdiction(centre.city, way.jurisdiction)
        key = _key(door, way)
        shown = _shown(centre, way, key, _seen(centre, key, service_request_id))
        return rendered("service_requests", [shown], way.format)


def _add_updates(router: APIRouter, door: Door) -> None:
    centre = door.centre

    @router.get("/servicerequestupdates.{ending}", responses=open311_answers("Updates"))
    def get_updates(way: Asking, start_date: Text = None, end_date: Text = None) -> Response:
        """Return what was done with published reports, oldest first, as FixMyStreet asks for it."""
        require_jurisdiction(centre.city, way.jurisdiction)
        _key(door, way)
        now, known = centre.now(), catalogue(centre)
        span = span_of(Asked(start_date=start_date, end_date=end_date), now, centre.city.zone)
        found = updates_between(centre, span, public_services(known), MOST)
        reader = replace(_reader(centre, way), sees_all=False)
        told = [documents.update(*one, reader) for one in found if is_published(one[2], known)]
        return rendered("service_request_updates", told, way.format)


def _add_media(router: APIRouter, door: Door) -> None:
    centre = door.centre

    @router.get("/media/{service_request_id}.jpg", responses=open311_answers("Picture"))
    def get_media(service_request_id: str, way: Asking, part: Text = None) -> Response:
        """Return the picture of a report, or of its answer (`part=answer`), where it is shown."""
        key = _key(door, way)
        case = _seen(centre, key, service_request_id)
        is_answer = part == "answer"
        is_looked_at = case.published_at if is_answer else case.state is not ReportState.RECEIVED
        is_shown = bool(is_looked_at) or _is_own(case, key)
        picture = case.answer_picture if is_answer else case.report.picture
        if picture is None or not is_shown:
            raise NotFound("picture of", service_request_id[:80])
        return Response(evidence.load(centre, picture), media_type="image/jpeg")


def _key(door: Door, way: Way) -> Key:
    """Return the caller's key, None where he shows none: what is published needs none."""
    if way.secret is None:
        door.let_read(way.request)
        return None
    return door.admit(way.request, way.secret, Right.REPORTS)


def _is_own(case: Case, key: Key) -> bool:
    return key is not None and case.source == key.source


def _within_sight(centre: Centre, key: Key, wanted: Wanted) -> Wanted:
    known = catalogue(centre)
    return replace(
        wanted,
        public=public_services(known),
        own=None if key is None else key.source,
        hides_received=not known.publishes_at_once,
    )


def _seen(centre: Centre, key: Key, ref: str) -> Case:
    """Return a report that is published or that the key's source sent; of others there is none."""
    case = find_case(centre, ref)
    if not (_is_own(case, key) or is_published(case, catalogue(centre))) or not _is_numbered(
        centre, case
    ):
        raise NotFound("service_request_id", ref[:80])
    return case


def _is_numbered(centre: Centre, case: Case) -> bool:
    """Tell whether the sender of a report may know its number."""
    service = catalogue(centre).services.get(case.report.service)
    if service is None or service.numbering is Numbering.REALTIME:
        return True
    return service.numbering is Numbering.BATCH and case.state is not ReportState.RECEIVED


def _shown(centre: Centre, way: Way, key: Key, case: Case) -> dict[str, Value]:
    reader = replace(_reader(centre, way), sees_all=_is_own(case, key))
    return documents.request(case, catalogue(centre), reader)


def _reader(centre: Centre, way: Way) -> Reader:
    return Reader(way.language, centre.city.zone, way.base, sees_all=True)

"""`/v1/registrations`: what is asked for, what Transport decides, what the registrant answers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from ingest.auth import Door, standing
from ingest.batch import Result
from ingest.body import parse_batch, parse_object, read_body
from ingest.openapi import answers, body_of
from ingest.registering import record_items
from ingest.routes.permits import shown_permit
from ingest.transport_payloads import parse_decision, parse_reply
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.deciding import decide
from ioc.errors import NotFound
from ioc.permits.model import Permit
from ioc.permits.service import find_permit
from ioc.registrations.model import Filing
from ioc.registrations.service import find_filing, reply

Body = Annotated[bytes, Depends(read_body)]
Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]
WHY = standing(Right.REGISTRATIONS)


def create_router(door: Door) -> APIRouter:
    """Return the routes of registrations."""
    router = APIRouter(tags=["registrations"])
    registrant, transport = door.needs(Right.REGISTRATIONS), door.needs(Right.DECISIONS)

    @router.post(
        "/v1/registrations",
        responses=answers("RegistrationResults"),
        openapi_extra=body_of("RegistrationBatch"),
    )
    def post_registrations(key: Annotated[ApiKey, Depends(registrant)], body: Body) -> JSONResponse:
        """Record up to 1,000 registrations; the answer comes after the commit."""
        results = record_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("registration", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/registrations/{ref}", responses=answers("Registration"))
    def get_registration(key: Annotated[ApiKey, Depends(registrant)], ref: Ref) -> JSONResponse:
        """Return how a registration of your own source stands, with its permit; it is audited."""
        filing = _own(door.centre, key, ref)
        actor = f"api:{key.source}"
        audit.record(door.centre, actor, "registration_seen", f"registration:{ref}", WHY, {})
        permit = None if filing.permit is None else find_permit(door.centre, filing.permit)
        return JSONResponse(shown_filing(door.centre, filing, permit))

    @router.post(
        "/v1/registrations/{ref}/decision",
        responses=answers("Registration"),
        openapi_extra=body_of("DecisionBody"),
    )
    def post_decision(
        key: Annotated[ApiKey, Depends(transport)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Decide a registration; an approval grants a permit."""
        decision = parse_decision(parse_object(body), door.centre.city, f"api:{key.source}")
        decided = decide(door.centre, ref, decision)
        assert decided.filing is not None
        return JSONResponse(shown_filing(door.centre, decided.filing, decided.permit))

    @router.post(
        "/v1/registrations/{ref}/replies",
        responses=answers("Registration"),
        openapi_extra=body_of("ReplyBody"),
    )
    def post_reply(
        key: Annotated[ApiKey, Depends(registrant)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Answer what was asked, appeal against a refusal, or withdraw what you registered."""
        step, note = parse_reply(parse_object(body))
        _own(door.centre, key, ref)
        filing = reply(door.centre, ref, step, f"api:{key.source}", note)
        return JSONResponse(shown_filing(door.centre, filing, None))

    return router


def shown_filing(centre: Centre, filing: Filing, permit: Permit | None) -> Result:
    """Return a registration for its sender: how it stands, not whom and what it is about."""
    return {
        "ref": filing.ref,
        "id": filing.registration.id,
        "plate": filing.registration.plate,
        "state": filing.state.value,
        "received_at": filing.received_at.isoformat(),
        "decided_at": None if filing.decided_at is None else filing.decided_at.isoformat(),
        "permit": None if permit is None else shown_permit(centre, permit),
    }


def _own(centre: Centre, key: ApiKey, ref: str) -> Filing:
    """Return a registration of the key's source; of another it is as if there were none."""
    filing = find_filing(centre, ref)
    if filing.source != key.source:
        raise NotFound("registration", ref)
    return filing

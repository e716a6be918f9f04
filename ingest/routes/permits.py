"""`POST /v1/permits`, `GET /v1/permits/{plate}`: permits granted elsewhere, and looked up."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door, purpose_of
from ingest.batch import Result, answer_batch, result_of
from ingest.body import parse_batch, read_body
from ingest.openapi import answers, body_of
from ingest.payloads import parse_permit
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.permits.model import Permit
from ioc.permits.service import arrival_watched, grant_permits, permits_of
from ioc.vehicles.plate import normalise

Purpose = Annotated[str | None, Query(max_length=200, description="Why you look; it is audited.")]
PurposeHeader = Annotated[str | None, Header(alias="X-Purpose", max_length=200)]
LONGEST_PURPOSE = 200


def create_router(door: Door) -> APIRouter:
    """Return the routes of permits."""
    router = APIRouter(tags=["permits"])
    caller = door.needs(Right.PERMITS)

    @router.post(
        "/v1/permits", responses=answers("PermitResults"), openapi_extra=body_of("PermitBatch")
    )
    def post_permits(
        key: Annotated[ApiKey, Depends(caller)], body: Annotated[bytes, Depends(read_body)]
    ) -> JSONResponse:
        """Record up to 1,000 permits; the answer comes after the commit."""
        centre = door.centre

        def record(permits: Sequence[Permit]) -> list[Result]:
            receipts = grant_permits(centre, key.source, permits)
            return [
                result_of(receipt, **_unseen(centre, permit))
                for permit, receipt in zip(permits, receipts, strict=True)
            ]

        items = parse_batch(body)
        parse = partial(parse_permit, city=centre.city)
        results = answer_batch(centre, (key.source, "permit"), items, parse, record)
        door.metrics.count("permit", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/permits/{plate}", responses=answers("Permits"))
    def get_permits(
        key: Annotated[ApiKey, Depends(caller)],
        plate: str,
        purpose: Purpose = None,
        stated: PurposeHeader = None,
    ) -> JSONResponse:
        """Return the permits now known of exactly this plate; the look-up is audited."""
        wanted = normalise(plate)
        why = purpose_of(_printable(purpose or stated), Right.PERMITS)
        actor, subject = f"api:{key.source}", f"plate:{wanted}"
        audit.record(door.centre, actor, "permits_looked_up", subject, why, {})
        found = permits_of(door.centre, wanted)
        return JSONResponse({"items": [shown_permit(door.centre, permit) for permit in found]})

    return router


def _printable(purpose: str | None) -> str | None:
    if purpose is None:
        return None
    plain = purpose.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "?" for char in plain)[:LONGEST_PURPOSE]


def _unseen(centre: Centre, permit: Permit) -> Result:
    """Return what an answer adds where nobody will see the vehicle arrive."""
    watched = arrival_watched(centre, permit)
    return {"arrival_watched": False} if watched is False else {}


def shown_permit(centre: Centre, permit: Permit) -> Result:
    """Return a permit as the API shows it."""
    return {
        "ref": permit.ref,
        "id": permit.id,
        "version": permit.version,
        "state": permit.state.value,
        "plate": permit.plate,
        "class": permit.permit_class.value,
        "valid_from": permit.valid_from.isoformat(),
        "valid_until": permit.valid_until.isoformat(),
        "holder": permit.holder,
        "destination": permit.destination,
        "roads": list(permit.roads),
        "deadline": None if permit.deadline is None else permit.deadline.isoformat(),
        "revoked_at": None if permit.revoked_at is None else permit.revoked_at.isoformat(),
        "registration": permit.registration,
        "people": list(permit.people),
        "arrival_watched": arrival_watched(centre, permit),
    }

"""`/v1/permits/{ref}/…`: a permit is changed, its versions are shown, it is printed."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from ingest.auth import Door, standing
from ingest.batch import Result
from ingest.body import parse_object
from ingest.openapi import answers, body_of
from ingest.routes.permits import shown_permit
from ingest.routes.registrations import Body, Ref
from ingest.transport_payloads import parse_change
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.deciding import change_permit, file_name, printed
from ioc.permits.model import PermitVersion
from ioc.permits.service import versions_of

WHY = standing(Right.PERMITS)


def create_router(door: Door) -> APIRouter:
    """Return the routes of what becomes of a permit."""
    router = APIRouter(tags=["permits"])
    transport, reader = door.needs(Right.DECISIONS), door.needs(Right.PERMITS)

    @router.post(
        "/v1/permits/{ref}/changes",
        responses=answers("Permit"),
        openapi_extra=body_of("ChangeBody"),
    )
    def post_change(
        key: Annotated[ApiKey, Depends(transport)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Amend, extend, renew or revoke a permit; record or decide an appeal; return it then."""
        order = parse_change(parse_object(body), door.centre.city, f"api:{key.source}")
        return JSONResponse(shown_permit(door.centre, change_permit(door.centre, ref, order)))

    @router.get("/v1/permits/{ref}/versions", responses=answers("PermitVersions"))
    def get_versions(key: Annotated[ApiKey, Depends(reader)], ref: Ref) -> JSONResponse:
        """Return every version of a permit, oldest first: what it said, who made it, when, why."""
        versions = versions_of(door.centre, ref)
        subject = f"permit:{ref}"
        audit.record(door.centre, f"api:{key.source}", "permit_versions_seen", subject, WHY, {})
        return JSONResponse({"items": [_shown(door.centre, version) for version in versions]})

    @router.get("/v1/permits/{ref}/paper", responses=PAPER, response_class=Response)
    def get_paper(key: Annotated[ApiKey, Depends(reader)], ref: Ref) -> Response:
        """Return the permit as PDF (A5) with its signed code; it is audited."""
        permit, paper = printed(door.centre, ref)
        subject = f"permit:{ref}"
        audit.record(door.centre, f"api:{key.source}", "permit_printed", subject, WHY, {})
        headers = {
            "Content-Disposition": f'inline; filename="{file_name(permit)}"',
            "Cache-Control": "no-store",
        }
        return Response(paper, media_type="application/pdf", headers=headers)

    return router


PAPER = {
    **answers("Permit"),
    200: {"description": "The permit on A5", "content": {"application/pdf": {}}},
}


def _shown(centre: Centre, version: PermitVersion) -> Result:
    ended, holds = version.superseded_at, version.permit.held_from
    return {
        "permit": shown_permit(centre, version.permit),
        "change": version.change.value,
        "known_at": version.known_at.isoformat(),
        "superseded_at": None if ended is None else ended.isoformat(),
        "holds_from": None if holds is None else holds.isoformat(),
        "actor": version.actor,
        "why": version.why,
    }

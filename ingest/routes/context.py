"""`GET /ngsi-ld/v1/entities`: sightings, alerts and reports for systems that follow the city."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from ingest.auth import Door, standing
from ingest.ngsi import (
    CORE,
    OWN_CONTEXT,
    Entity,
    EntityType,
    Sight,
    alert_entity,
    context_document,
    flow_entity,
    request_entity,
    simplified,
)
from ingest.open311 import documents
from ingest.open311.documents import Reader, is_published
from ingest.openapi import answers
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.alerts.export import alerts_after
from ioc.centre import Centre
from ioc.labels import Language
from ioc.reports.export import published_after
from ioc.reports.service import catalogue
from ioc.vehicles.export import sightings_after

# Numbers commit out of order: what is younger is told at once, and told again from the same cursor.
SETTLED = timedelta(seconds=5)
LD_JSON = "application/ld+json"
CURSOR = "Ioc-Cursor"
Cursor = Annotated[int, Query(ge=0, le=2**62, description="Where the page before said to go on.")]
Limit = Annotated[int, Query(ge=1, le=1_000)]
Found = Sequence[tuple[int, datetime, Any]]
WHY = standing(Right.CONTEXT)


def create_router(door: Door) -> APIRouter:
    """Return the routes of NGSI-LD."""
    router = APIRouter(prefix="/ngsi-ld/v1", tags=["ngsi-ld"])
    reader = door.needs(Right.CONTEXT)

    @router.get("/entities", responses=answers("Entities"))
    def get_entities(
        request: Request,
        key: Annotated[ApiKey, Depends(reader)],
        kind: Annotated[EntityType, Query(alias="type")],
        cursor: Cursor = 0,
        limit: Limit = 100,
        options: Literal["keyValues", "normalized"] = "normalized",
    ) -> JSONResponse:
        """Return entities in the order they came, from a cursor on; the reading is audited.

        The header Ioc-Cursor says where to go on. What came in the last seconds is told again:
        entities have ids. Plates are masked unless the key has the right to see them.
        """
        centre, sees_plates = door.centre, Right.PLATES in key.rights
        found = _page(centre, kind, cursor, limit)
        entities = _entities(centre, request, kind, found, Sight(centre.city, sees_plates))
        detail = {"n": len(entities), "cursor": cursor, "plates": sees_plates}
        audit.record(centre, f"api:{key.source}", "context_read", f"context:{kind}", WHY, detail)
        shown = [simplified(one) for one in entities] if options == "keyValues" else entities
        return _answer(request, shown, _headers(request, found, cursor, limit, centre.now()))

    @router.get("/jsonldContexts/ioc.jsonld", include_in_schema=False)
    async def get_context() -> JSONResponse:
        return JSONResponse(context_document(), media_type=LD_JSON)

    return router


def _page(centre: Centre, kind: EntityType, cursor: int, limit: int) -> Found:
    if kind is EntityType.ALERT:
        return alerts_after(centre, cursor, limit)
    if kind is EntityType.SERVICE_REQUESTS:
        return published_after(centre, cursor, limit)
    return sightings_after(centre, cursor, limit)


def _entities(
    centre: Centre, request: Request, kind: EntityType, found: Found, sight: Sight
) -> list[Entity]:
    if kind is EntityType.ALERT:
        return [alert_entity(alert, sight) for _, _, alert in found]
    if kind is EntityType.ANPR_FLOW_OBSERVED:
        return [flow_entity(sighting, known, sight) for _, known, sighting in found]
    known = catalogue(centre)
    base = str(request.base_url).rstrip("/")
    reader = Reader(Language.VI, ZoneInfo("UTC"), base)
    return [
        request_entity(documents.request(case, known, reader), centre.city)
        for _, _, case in found
        if is_published(case, known)
    ]


def _headers(
    request: Request, found: Found, cursor: int, limit: int, now: datetime
) -> dict[str, str]:
    """Return the links of an answer: what its terms mean, where to go on."""
    settled = cursor
    for no, known_at, _ in found:
        if known_at > now - SETTLED:
            break
        settled = no
    links = []
    if not _wants_context(request):
        links.append(f'<{_context(request)}>; rel="http://www.w3.org/ns/json-ld#context"')
    if len(found) == limit and settled > cursor:
        links.append(f'<{request.url.include_query_params(cursor=settled)}>; rel="next"')
    return {CURSOR: str(settled), "Link": ", ".join(links)} if links else {CURSOR: str(settled)}


def _answer(request: Request, entities: list[Entity], headers: dict[str, str]) -> JSONResponse:
    if not _wants_context(request):
        return JSONResponse(entities, headers=headers)
    terms = [_context(request), CORE]
    whole = [{**entity, "@context": terms} for entity in entities]
    return JSONResponse(whole, headers=headers, media_type=LD_JSON)


def _context(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{OWN_CONTEXT}"


def _wants_context(request: Request) -> bool:
    return LD_JSON in request.headers.get("accept", "")

"""`GET /v1/lists`, `POST /v1/lists/{list}/entries`: lists of plates, and vehicles put on them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.body import parse_batch, read_body
from ingest.listing import record_entries
from ingest.openapi import answers, body_of
from ioc.access.model import ApiKey, Right
from ioc.lists.service import Registered, registry


def create_router(door: Door) -> APIRouter:
    """Return the routes of lists."""
    router = APIRouter(tags=["lists"])
    caller = door.needs(Right.LISTS)

    @router.get("/v1/lists", responses=answers("Lists"), dependencies=[Depends(caller)])
    def get_lists() -> JSONResponse:
        """Return every list of the registry: its owner, how many plates, whether it is stale."""
        return JSONResponse({"items": [_shown(one) for one in registry(door.centre)]})

    @router.post(
        "/v1/lists/{list_id}/entries",
        responses=answers("ListResults"),
        openapi_extra=body_of("ListBatch"),
    )
    def post_entries(
        key: Annotated[ApiKey, Depends(caller)],
        list_id: str,
        body: Annotated[bytes, Depends(read_body)],
    ) -> JSONResponse:
        """Put up to 1,000 vehicles on a list; none holds before a person approved it."""
        results = record_entries(door.centre, list_id, parse_batch(body), f"api:{key.source}")
        door.metrics.count("list_entry", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router


def _shown(one: Registered) -> dict[str, Any]:
    loaded = one.list.loaded_at
    return {
        "id": one.list.id,
        "kind": one.list.kind.value,
        "owner": one.list.owner,
        "source": one.list.source,
        "purpose": one.list.purpose,
        "review_on": one.list.review_on.isoformat(),
        "loaded_at": None if loaded is None else loaded.isoformat(),
        "approved": one.approved,
        "waiting": one.waiting,
        "is_stale": one.is_stale,
    }

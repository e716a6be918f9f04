"""`/v1/declarations`: who says he comes, and what Health decides."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door, purpose_of, standing
from ingest.batch import Result
from ingest.body import parse_batch, parse_object, read_body
from ingest.declaring import record_declared
from ingest.openapi import answers, body_of
from ingest.people_payloads import parse_health_decision, parse_withdrawal, unit_named
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import NotFound
from ioc.people.desk import waiting, whole
from ioc.people.model import Declared, Whole
from ioc.people.service import decide, find_declaration, withdraw
from ioc.permits.model import PermitState
from ioc.permits.service import permits_of

Body = Annotated[bytes, Depends(read_body)]
Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]
WHY = standing(Right.DECLARATIONS)


def create_router(door: Door) -> APIRouter:
    """Return the routes of declarations."""
    router = APIRouter(tags=["declarations"])
    declarant, health = door.needs(Right.DECLARATIONS), door.needs(Right.HEALTH_DECISIONS)

    @router.post(
        "/v1/declarations",
        responses=answers("DeclarationResults"),
        openapi_extra=body_of("DeclarationBatch"),
    )
    def post_declarations(key: Annotated[ApiKey, Depends(declarant)], body: Body) -> JSONResponse:
        """Record up to 1,000 declarations; the answer comes after the commit."""
        results = record_declared(door.centre, key.source, parse_batch(body))
        door.metrics.count("declaration", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/declarations/{ref}", responses=answers("Declaration"))
    def get_declaration(key: Annotated[ApiKey, Depends(declarant)], ref: Ref) -> JSONResponse:
        """Return how a declaration of your own source stands; it is audited."""
        declared = _own(door.centre, key, ref)
        actor = f"api:{key.source}"
        audit.record(door.centre, actor, "declaration_seen", f"declaration:{ref}", WHY, {})
        return JSONResponse(shown_declared(door.centre, declared))

    @router.post(
        "/v1/declarations/{ref}/withdrawal",
        responses=answers("Declaration"),
        openapi_extra=body_of("WithdrawalBody"),
    )
    def post_withdrawal(
        key: Annotated[ApiKey, Depends(declarant)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Withdraw what you declared, before anybody has arrived."""
        note = parse_withdrawal(parse_object(body))
        _own(door.centre, key, ref)
        declared = withdraw(door.centre, ref, f"api:{key.source}", note)
        return JSONResponse(shown_declared(door.centre, declared))

    @router.get("/v1/declarations", responses=answers("DeclarationsWaiting"))
    def get_waiting(
        _key: Annotated[ApiKey, Depends(health)],
        unit: Annotated[str | None, Query(max_length=128)] = None,
    ) -> JSONResponse:
        """Return what waits for Health, of one commune or all, the longest first; 1,000 at most."""
        city = door.centre.city
        today = local_day(door.centre.now(), city.zone)
        units = None if unit is None else [unit_named(city, "unit", unit, today)]
        found = waiting(door.centre, units)
        return JSONResponse({"items": [_brief(declared) for declared in found]})

    @router.get("/v1/declarations/{ref}/whole", responses=answers("DeclarationWhole"))
    def get_whole(
        key: Annotated[ApiKey, Depends(health)],
        ref: Ref,
        purpose: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
    ) -> JSONResponse:
        """Return one declaration as Health sees it before it decides; it is audited."""
        why = purpose_of(purpose, Right.HEALTH_DECISIONS)
        seen = whole(door.centre, ref, f"api:{key.source}", why)
        return JSONResponse(_shown_whole(seen))

    @router.post(
        "/v1/declarations/{ref}/decision",
        responses=answers("Declaration"),
        openapi_extra=body_of("HealthDecisionBody"),
    )
    def post_decision(
        key: Annotated[ApiKey, Depends(health)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Decide a declaration, for Health; a decision can be taken back until they arrive."""
        order = parse_health_decision(parse_object(body), f"api:{key.source}")
        return JSONResponse(shown_declared(door.centre, decide(door.centre, ref, order)))

    return router


def _brief(declared: Declared) -> Result:
    return {
        "ref": declared.ref,
        "state": declared.state.value,
        "unit": declared.unit,
        "cell": declared.cell,
        "people": len(declared.people),
        "origin": declared.origin,
        "means": declared.means.value,
        "wave": declared.wave,
        "expected_at": _iso(declared.expected_at),
        "received_at": declared.received_at.isoformat(),
    }


def _shown_whole(seen: Whole) -> Result:
    return {
        **_brief(seen.declared),
        "persons": [{"name": name, "born": year} for name, year in seen.people],
        "phone": seen.phone,
        "address": seen.address,
        "route": seen.route,
        "log": [
            {
                "step": noted.step.value,
                "state": noted.state.value,
                "at": noted.at.isoformat(),
                "actor": noted.actor,
                "note": noted.note,
            }
            for noted in seen.log
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def shown_declared(centre: Centre, declared: Declared) -> Result:
    """Return a declaration for its sender: how it stands, and the permit of its vehicle."""
    return {
        "ref": declared.ref,
        "id": declared.id,
        "state": declared.state.value,
        "unit": declared.unit,
        "people": len(declared.people),
        "wave": declared.wave,
        "vehicle": _vehicle(centre, declared.plate),
        "received_at": declared.received_at.isoformat(),
        "expected_at": _iso(declared.expected_at),
        "decided_at": _iso(declared.decided_at),
        "arrived_at": _iso(declared.arrived_at),
    }


def _vehicle(centre: Centre, plate: str | None) -> Result | None:
    """Return the plate with the class of the permit in force, as far as Transport granted one."""
    if plate is None:
        return None
    now = centre.now()
    valid = [
        permit.permit_class.value
        for permit in permits_of(centre, plate)
        if permit.state is PermitState.GRANTED and permit.valid_from <= now < permit.valid_until
    ]
    return {"plate": plate, "permit": valid[-1] if valid else None}


def _own(centre: Centre, key: ApiKey, ref: str) -> Declared:
    """Return a declaration of the key's source; of another it is as if there were none."""
    declared = find_declaration(centre, ref)
    if declared.source != key.source:
        raise NotFound("declaration", ref)
    return declared

"""`/v1/duplicates`: persons who may be one, side by side; merged, kept apart, taken back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door, purpose_of
from ingest.batch import Result
from ingest.body import parse_object, read_body
from ingest.openapi import answers, body_of
from ingest.people_payloads import parse_pair_decision
from ioc.access.model import ApiKey, Right
from ioc.duplicates.model import Pair, PairState, Side
from ioc.duplicates.service import decide_pair, side_by_side

Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]


def create_router(door: Door) -> APIRouter:
    """Return the routes of duplicates."""
    router = APIRouter(tags=["duplicates"])
    officer = door.needs(Right.DUPLICATES)

    @router.get("/v1/duplicates", responses=answers("Duplicates"))
    def get_duplicates(
        key: Annotated[ApiKey, Depends(officer)],
        state: PairState = PairState.OPEN,
        purpose: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
    ) -> JSONResponse:
        """Return pairs in a state, the surest first; it is audited with its purpose.

        Numbers and days of birth are whole for a key with the right `persons` that says what for,
        else masked.
        """
        unmasked = Right.PERSONS in key.rights and purpose is not None
        # Numbers are told only to who says what for: a standing purpose is not enough.
        why = (purpose or "") if unmasked else purpose_of(purpose, Right.DUPLICATES)
        found = side_by_side(door.centre, state, f"api:{key.source}", why, unmasked=unmasked)
        items = [
            {**_shown(pair), "sides": [_side(one), _side(other)]} for pair, one, other in found
        ]
        return JSONResponse({"items": items})

    @router.post(
        "/v1/duplicates/{ref}/decision",
        responses=answers("Duplicate"),
        openapi_extra=body_of("PairDecisionBody"),
    )
    def post_decision(
        key: Annotated[ApiKey, Depends(officer)],
        ref: Ref,
        body: Annotated[bytes, Depends(read_body)],
    ) -> JSONResponse:
        """Merge two persons, keep them apart, or take that back; no fact is lost by it."""
        verdict = parse_pair_decision(parse_object(body), f"api:{key.source}")
        return JSONResponse(_shown(decide_pair(door.centre, ref, verdict)))

    return router


def _shown(pair: Pair) -> Result:
    return {
        "ref": pair.ref,
        "why": pair.why.value,
        "share": pair.share,
        "state": pair.state.value,
        "found_at": pair.found_at.isoformat(),
        "kept": pair.kept,
        "decided_at": None if pair.decided_at is None else pair.decided_at.isoformat(),
        "decided_by": pair.decided_by,
        "note": pair.note,
    }


def _side(side: Side) -> Result:
    return {
        "person": side.ref,
        "kind": side.kind,
        "number": side.number,
        "name": side.name,
        "born": side.born,
        "sex": side.sex,
        "unit": side.unit,
        "otherwise": list(side.otherwise),
        "facts": dict(side.facts),
    }

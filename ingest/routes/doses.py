"""`/v1/doses`: injections come in, near-repeats are shown, entries corrected."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door, standing
from ingest.batch import Result
from ingest.body import parse_batch, parse_object, read_body
from ingest.health_items import record_dose_items
from ingest.health_payloads import parse_correction
from ingest.openapi import answers, body_of
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.doses.model import HeldDose
from ioc.doses.service import correct_dose, near_repeats

Body = Annotated[bytes, Depends(read_body)]
Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]
Cursor = Annotated[str | None, Query(alias="next", pattern="^[0-9]{1,18}$")]
PAGE = 200


WHY = standing(Right.DOSES)


def create_router(door: Door) -> APIRouter:
    """Return the routes of doses."""
    router = APIRouter(tags=["doses"])
    caller = door.needs(Right.DOSES)

    @router.post("/v1/doses", responses=answers("DoseResults"), openapi_extra=body_of("DoseBatch"))
    def post_doses(key: Annotated[ApiKey, Depends(caller)], body: Body) -> JSONResponse:
        """Record up to 1,000 doses; the answer comes after the commit.

        An entry of an injection that is held already is `recorded` with `near_repeat`: kept,
        shown, counted by the city's rule.
        """
        results = record_dose_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("dose", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/doses/near-repeats", responses=answers("NearRepeats"))
    def get_near_repeats(
        key: Annotated[ApiKey, Depends(caller)], cursor: Cursor = None
    ) -> JSONResponse:
        """Return entries that repeat another beside it, the newest first; it is audited."""
        centre = door.centre
        audit.record(centre, f"api:{key.source}", "near_repeats_seen", "doses", WHY, {})
        pairs = near_repeats(centre, None if cursor is None else int(cursor), PAGE)
        items = [
            {
                "dose": shown_dose(pair.dose),
                "other": None if pair.other is None else shown_dose(pair.other),
            }
            for pair in pairs
        ]
        more = str(pairs[-1].no) if len(pairs) == PAGE else None
        return JSONResponse({"items": items, "next": more})

    @router.post(
        "/v1/doses/{ref}/correction",
        responses=answers("Dose"),
        openapi_extra=body_of("CorrectionBody"),
    )
    def post_correction(
        key: Annotated[ApiKey, Depends(caller)], ref: Ref, body: Body
    ) -> JSONResponse:
        """Say of an entry that it is an error, an injection of its own, or as it was."""
        correction, why = parse_correction(parse_object(body))
        dose = correct_dose(door.centre, ref, correction, f"api:{key.source}", why)
        return JSONResponse(shown_dose(dose))

    return router


def shown_dose(dose: HeldDose) -> Result:
    """Return a dose as the API shows it: not whose it is."""
    return {
        "ref": dose.ref,
        "product": dose.product,
        "lot": dose.lot,
        "number": dose.number,
        "facility": dose.facility,
        "given_at": dose.given_at.isoformat(),
        "known_at": dose.known_at.isoformat(),
        "counted": dose.is_counted,
        "ordinal": dose.ordinal,
        "mark": None if dose.mark is None else dose.mark.value,
        "near_of": dose.near_of,
        "why": None if dose.why is None else dose.why.value,
    }

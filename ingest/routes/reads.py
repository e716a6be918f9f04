"""`POST /v1/reads`: plate reads of camera boxes, judged as they come in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result, answer_batch, result_of
from ingest.body import parse_batch, read_body
from ingest.openapi import answers, body_of
from ingest.payloads import Pictures, parse_read
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.evidence import keep
from ioc.intake import IntakeStatus
from ioc.vehicles.joint import JointReads
from ioc.vehicles.model import PlateRead
from ioc.vehicles.recording import ReadResult


def create_router(door: Door) -> APIRouter:
    """Return the routes of reads."""
    router = APIRouter(tags=["reads"])
    caller = door.needs(Right.READS)
    joint = JointReads(door.centre)

    @router.post("/v1/reads", responses=answers("ReadResults"), openapi_extra=body_of("ReadBatch"))
    def post_reads(
        key: Annotated[ApiKey, Depends(caller)], body: Annotated[bytes, Depends(read_body)]
    ) -> JSONResponse:
        """Record up to 1,000 reads; the answer comes after the commit, with the verdicts."""

        def record(parsed: Sequence[tuple[PlateRead, Pictures]]) -> list[Result]:
            reads = [_with_evidence(door.centre, *pair) for pair in parsed]
            results = joint.record(key.source, reads)
            for result in results:
                if result.verdict and result.receipt.status is IntakeStatus.RECORDED:
                    door.metrics.verdicts.labels(result.verdict.outcome.value).inc()
            return [_answer(result) for result in results]

        items = parse_batch(body)
        sender = (key.source, "read")
        results = answer_batch(door.centre, sender, items, parse_read, record)
        door.metrics.count("read", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router


def _with_evidence(centre: Centre, read: PlateRead, pictures: Pictures) -> PlateRead:
    """Keep the pictures before the commit that names them; of unknown cameras keep none."""
    if read.camera not in centre.city.cameras:
        return read

    def kept(kind: str, picture: bytes | None) -> str | None:
        if picture is None:
            return None
        return keep(centre, picture, kind, read.camera, read.seen_at)

    return replace(
        read,
        plate_picture=kept("plate", pictures.plate),
        frame_picture=kept("frame", pictures.frame),
    )


def _answer(result: ReadResult) -> Result:
    verdict = result.verdict
    if verdict is None:
        return result_of(result.receipt)
    judged = {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "permit": verdict.permit,
    }
    named = {} if verdict.permit_version is None else {"permit_version": verdict.permit_version}
    return result_of(result.receipt, verdict=judged, alert=result.alert, **named)

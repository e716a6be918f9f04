"""`POST /v1/scans`: codes read at gates, answered after the commit; `POST /v1/points`."""

import json
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from ingest.auth import Door
from ingest.batch import answer_batch, refusal_of, result_of
from ingest.body import parse_batch, read_body
from ingest.gate_payloads import parse_point_change, parse_scans
from ingest.gathering import Gathering
from ingest.lane import Answer
from ingest.openapi import answers, body_of
from ingest.reasons import reasons
from ioc.access.model import ApiKey, Right
from ioc.errors import MAX_ID, InvalidInput
from ioc.intake import IntakeStatus, refuse
from ioc.labels import CONFIG_DIR, Language, label
from ioc.venues.drafting import ANSWERS, ScanAnswer
from ioc.venues.model import Admission, PointChange, Scan, Sender
from ioc.venues.recording import ScanDesk
from ioc.venues.service import change_points

Body = Annotated[bytes, Depends(read_body)]


def create_router(door: Door, answer: Answer) -> APIRouter:
    """Return the routes of scans, answered by `answer`, and of points."""
    router = APIRouter(tags=["scans"])
    scanner, keeper = door.needs(Right.SCANS), door.needs(Right.POINTS)

    @router.post("/v1/scans", responses=answers("ScanResults"), openapi_extra=body_of("ScanBatch"))
    async def post_scans(key: Annotated[ApiKey, Depends(scanner)], body: Body) -> Response:
        """Record up to 1,000 scans; each is answered whether to admit, and why."""
        return Response(await answer(key, body), media_type="application/json")

    @router.post(
        "/v1/points", responses=answers("PointResults"), openapi_extra=body_of("PointBatch")
    )
    def post_points(key: Annotated[ApiKey, Depends(keeper)], body: Body) -> JSONResponse:
        """Open or shut up to 1,000 points; gates know of it within two seconds."""

        def record(changes: Sequence[PointChange]) -> list[dict[str, object]]:
            return [result_of(one) for one in change_points(door.centre, key.source, changes)]

        sender = (key.source, "point")
        results = answer_batch(door.centre, sender, parse_batch(body), parse_point_change, record)
        door.metrics.count("point", (result["status"] for result in results))
        return JSONResponse({"results": results})

    return router


def answering(door: Door) -> Answer:
    """Return what answers a body of scans; the route and the lane of one app share it."""
    gathering = Gathering(ScanDesk(door.centre).record_parties)

    async def answer(key: ApiKey, body: bytes) -> bytes:
        names, parsed, items = parse_scans(body)
        good = [one for one in parsed if isinstance(one, Scan)]
        told = iter(await gathering.record(Sender(key.source, key.points), good) if good else ())
        results = [
            ScanAnswer(IntakeStatus.REFUSED, why=str(one))
            if isinstance(one, InvalidInput)
            else next(told)
            for one in parsed
        ]
        door.metrics.count("scan", (one.status.value for one in results))
        refused = [n for n, one in enumerate(results) if one.status is IntakeStatus.REFUSED]
        if refused:
            kept = [
                refusal_of(_without_code(items, parsed, n), str(results[n].why)) for n in refused
            ]
            await run_in_threadpool(refuse, door.centre, key.source, "scan", kept)
        return _document(names, results)

    return answer


def _without_code(items: list[object], parsed: Sequence[Scan | InvalidInput], n: int) -> object:
    """Return what is kept of a refused scan: the code is personal, and stands for nobody."""
    if not items:
        scan = parsed[n]
        assert isinstance(scan, Scan)
        return {
            "id": scan.id,
            "point": scan.point,
            "code": _hidden(scan.code),
            "direction": scan.direction.value,
            "scanned_at": scan.scanned_at.isoformat(),
        }
    item = items[n]
    if not isinstance(item, dict):
        return f"({type(item).__name__})"
    return {name: _hidden(value) if name == "code" else value for name, value in item.items()}


def _hidden(code: object) -> str:
    return f"({len(code)} characters)" if isinstance(code, str) else f"({type(code).__name__})"


def _document(names: Sequence[str], results: Sequence[ScanAnswer]) -> bytes:
    """Return the answer as JSON, put together from parts that are the same for most scans."""
    quote = json.dumps
    parts = [
        f'{{"id":{quote(name[:MAX_ID])},{_PLAIN.get(one) or _whole(one)}}}'
        for name, one in zip(names, results, strict=True)
    ]
    return f'{{"results":[{",".join(parts)}]}}'.encode()


def _whole(one: ScanAnswer) -> str:
    why = ""
    if one.why is not None:
        why_vi = reasons(CONFIG_DIR).in_vietnamese(one.why)
        why = f',"why":{json.dumps(one.why)},"why_vi":{json.dumps(why_vi)}'
    admission = "" if one.admission is None else f',"admission":{_said(one.admission)}'
    return f'"status":"{one.status.value}"{why}{admission}'


def _said(admission: Admission) -> str:
    """Return an admission as JSON; a refusal says why in both languages."""
    said = {"admit": admission.admit, "reason": admission.reason.value}
    if not admission.admit:
        said |= {each.value: label(admission.reason, each) for each in Language}
    return json.dumps(said, ensure_ascii=False)


_PLAIN = {answer: _whole(answer) for answer in ANSWERS.values()}

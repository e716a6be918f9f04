"""`/v1/reports`: taken in by the batch, worked on by agencies, answered by citizens."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result
from ingest.body import parse_batch, parse_object, read_body
from ingest.openapi import answers, body_of
from ingest.report_payloads import parse_report_reply, parse_report_step
from ingest.reporting import record_reports
from ioc import evidence
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.errors import NotFound
from ioc.reports.model import Act, Case, Done, Near, Party, ReportState, Wanted, Workload
from ioc.reports.offered import ReportSort
from ioc.reports.routing import covers
from ioc.reports.rules import is_open, possible_steps
from ioc.reports.service import (
    MOST,
    catalogue,
    find_case,
    log_of,
    near,
    reporter_of,
    search,
    waiting,
    workloads,
)
from ioc.reports.stepping import reply, take_step

Body = Annotated[bytes, Depends(read_body)]
Ref = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$", description="The centre's own id.")]
States = Annotated[list[ReportState] | None, Query(description="Repeat it for several states.")]
Days = Annotated[int, Query(ge=1, le=366)]
Purpose = Annotated[str, Query(min_length=3, max_length=300, description="Kept for good.")]
PICTURE = "report"


def create_router(door: Door) -> APIRouter:
    """Return the routes of reports."""
    router = APIRouter(tags=["reports"])
    _add_taking_in(router, door)
    _add_reading(router, door)
    _add_handling(router, door)
    return router


def _add_taking_in(router: APIRouter, door: Door) -> None:
    sender = door.needs(Right.REPORTS)

    @router.post(
        "/v1/reports", responses=answers("ReportResults"), openapi_extra=body_of("ReportBatch")
    )
    def post_reports(key: Annotated[ApiKey, Depends(sender)], body: Body) -> JSONResponse:
        """Record up to 1,000 reports; each answer has the secret by which its sender rates it."""
        results = record_reports(door.centre, key.source, parse_batch(body))
        door.metrics.count("report", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.post(
        "/v1/reports/{ref}/replies",
        responses=answers("Report"),
        openapi_extra=body_of("ReportReplyBody"),
    )
    def post_reply(key: Annotated[ApiKey, Depends(sender)], ref: Ref, body: Body) -> JSONResponse:
        """Rate what was answered, once, or have a report of yours opened again."""
        secret, act = parse_report_reply(parse_object(body), f"api:{key.source}")
        return JSONResponse(_shown(door.centre, reply(door.centre, ref, key.source, secret, act)))


def _add_reading(router: APIRouter, door: Door) -> None:
    centre, handler = door.centre, door.needs(Right.HANDLING)

    @router.get("/v1/reports", responses=answers("Reports"))
    def get_reports(
        key: Annotated[ApiKey, Depends(handler)],
        agency: str | None = None,
        state: States = None,
        overdue: bool | None = None,  # noqa: FBT001
        sort: ReportSort | None = None,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> JSONResponse:
        """Return the reports that your agency sees, 1,000 a page.

        Without a state what is open, what is due first; of states that are named the newest.
        """
        wanted = Wanted(
            agencies=_agencies(centre, key, agency),
            states=None if state is None else tuple(state),
            is_overdue=overdue,
            sorts=None if sort is None else (sort,),
        )
        look_up = waiting if state is None else search
        found = look_up(centre, wanted, limit=MOST, offset=(page - 1) * MOST)
        return JSONResponse({"items": [_shown(centre, case) for case in found]})

    @router.get("/v1/reports/workloads", responses=answers("Workloads"))
    def get_workloads(key: Annotated[ApiKey, Depends(handler)], days: Days = 30) -> JSONResponse:
        """Return how each agency stands now and kept its time over the last days."""
        seen = _agencies(centre, key, None)
        found = workloads(centre, timedelta(days=days))
        shown = [_workload(centre, one) for one in found if seen is None or one.agency in seen]
        return JSONResponse({"items": shown})

    @router.get("/v1/reports/{ref}", responses=answers("ReportWhole"))
    def get_report(key: Annotated[ApiKey, Depends(handler)], ref: Ref) -> JSONResponse:
        """Return one report with every step, and what may be the same thing within 50 metres."""
        case = find_case(centre, ref, _holder(centre, key))
        return JSONResponse(
            {
                **_shown(centre, case),
                "steps": [_step(done) for done in log_of(centre, ref)],
                "possible": sorted(possible_steps(case.state, _party(centre, key))),
                "near": [_near(centre, one) for one in near(centre, case)],
            }
        )


def _add_handling(router: APIRouter, door: Door) -> None:
    centre = door.centre
    handler, trusted = door.needs(Right.HANDLING), door.needs(Right.REPORTERS)

    @router.post(
        "/v1/reports/{ref}/steps",
        responses=answers("Report"),
        openapi_extra=body_of("ReportStepBody"),
    )
    def post_step(key: Annotated[ApiKey, Depends(handler)], ref: Ref, body: Body) -> JSONResponse:
        """Take a step with a report and return it as it is then."""
        party, actor = _party(centre, key), f"api:{key.source}"
        act, picture = parse_report_step(parse_object(body), actor, party)
        holder = _holder(centre, key)
        if picture is not None:
            # Seen first: nobody keeps a picture with what is none of his.
            find_case(centre, ref, holder)
            act = _with_picture(centre, key, act, picture)
        return JSONResponse(_shown(centre, take_step(centre, ref, act, holder)))

    @router.get("/v1/reports/{ref}/reporter", responses=answers("Reporter"))
    def get_reporter(
        key: Annotated[ApiKey, Depends(trusted)], ref: Ref, purpose: Purpose
    ) -> JSONResponse:
        """Return who sent a report; who asked, and what for, is written down for good."""
        who = reporter_of(centre, ref, f"api:{key.source}", purpose)
        shown = {"name": who.name, "phone": who.phone, "email": who.email, "account": who.account}
        return JSONResponse({"ref": ref, **shown})


def _holder(centre: Centre, key: ApiKey) -> str | None:
    """Return the agency that a key is of: one whose source is an agency acts for it alone."""
    known = catalogue(centre)
    is_agency = key.source in known.agencies and key.source != known.centre
    return key.source if is_agency else None


def _party(centre: Centre, key: ApiKey) -> Party:
    return Party.CENTRE if _holder(centre, key) is None else Party.AGENCY


def _agencies(centre: Centre, key: ApiKey, asked: str | None) -> tuple[str, ...] | None:
    """Return whose reports are looked through, None for all.

    Raises:
        NotFound: the key's agency does not see those of the one that is asked for.
    """
    holder, known = _holder(centre, key), catalogue(centre)
    if asked is None:
        return None if holder is None else tuple(sorted(covers(holder, known)))
    if asked not in known.agencies or (holder is not None and asked not in covers(holder, known)):
        raise NotFound("agency", asked[:80])
    return tuple(sorted(covers(asked, known)))


def _with_picture(centre: Centre, key: ApiKey, act: Act, picture: bytes) -> Act:
    name = evidence.keep(centre, picture, PICTURE, f"report:{key.source}", centre.now())
    return replace(act, picture=name)


def _shown(centre: Centre, case: Case) -> Result:
    """Return a report for whoever handles it: nothing of who sent it."""
    spot, times = case.report.spot, ("requested_at", "received_at", "changed_at", "due_at")
    late = ("promised_at", "overdue_at", "closed_at")
    return {
        "ref": case.ref,
        "service": case.report.service,
        "sort": case.sort.value,
        "state": case.state.value,
        "agency": case.agency,
        "unit": case.unit,
        "lat": spot.lat,
        "lon": spot.lon,
        "address": spot.address,
        "place": spot.place,
        "description": case.report.description,
        "attributes": dict(case.report.attributes),
        "media_url": case.report.media_url,
        "picture": case.report.picture,
        **{name: getattr(case, name).isoformat() for name in times},
        **{name: at and at.isoformat() for name in late for at in [getattr(case, name)]},
        "is_overdue": is_open(case.state) and case.due_at <= centre.now(),
        "level": case.level,
        "duplicate_of": case.duplicate_of,
        "answer": case.answer,
        "answer_picture": case.answer_picture,
        "stars": case.stars,
    }


def _near(centre: Centre, one: Near) -> Result:
    return {"distance_m": round(one.distance_m, 1), "report": _shown(centre, one.case)}


def _step(done: Done) -> Result:
    return {
        "step": done.step.value,
        "state": done.state.value,
        "at": done.at.isoformat(),
        "actor": done.actor,
        "party": done.party.value,
        "agency": done.agency,
        "note": done.note,
        "picture": done.picture,
        "is_in_time": done.is_in_time,
    }


def _workload(centre: Centre, one: Workload) -> Result:
    agency = catalogue(centre).agencies.get(one.agency)
    return {
        "agency": one.agency,
        "name": one.agency if agency is None else agency.vi,
        "open": one.open,
        "overdue": one.overdue,
        "oldest_at": None if one.oldest_at is None else one.oldest_at.isoformat(),
        "closed": one.closed,
        "in_time": one.in_time,
        "share_in_time": one.in_time / one.closed if one.closed else None,
        "rated": one.rated,
        "stars": one.stars / one.rated if one.rated else None,
    }

"""Health figures: reconciliation with paper, coverage, positivity, who fell silent."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.health_shown import (
    shown_coverage,
    shown_positivity,
    shown_reconciliation,
    shown_silence,
)
from ingest.openapi import answers
from ioc.access.model import ApiKey, Right
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.doses.service import coverage
from ioc.errors import InvalidInput
from ioc.paper.model import PaperKind
from ioc.paper.service import reconcile, silences
from ioc.samples.facts import positivity

Day = Annotated[date | None, Query(description="A day of the city, like 2021-10-03.")]
From = Annotated[date | None, Query(alias="from")]
Kind = Annotated[PaperKind, Query()]
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)
WEEK = timedelta(days=6)
# Who may see persons may see small numbers of them.
SEES_PERSONS = frozenset({Right.DOSES, Right.TESTS, Right.CASES, Right.FHIR})


def create_router(door: Door) -> APIRouter:
    """Return the routes of health figures."""
    router = APIRouter(tags=["health"])
    reader = door.needs(Right.HEALTH)

    @router.get("/v1/reconciliation", responses=answers("Reconciliation"))
    def get_reconciliation(
        _key: Annotated[ApiKey, Depends(reader)],
        day: Day = None,
        first: From = None,
        until: Day = None,
        kind: Kind = PaperKind.DOSE,
    ) -> JSONResponse:
        """Return platform against paper by facility: of a day, of a span, or (no day) to date."""
        start, end = (day, day) if day is not None else (first, until)
        _require_span(start, end)
        found = reconcile(door.centre, kind, start, end)
        return JSONResponse(shown_reconciliation(found))

    @router.get("/v1/coverage", responses=answers("Coverage"))
    def get_coverage(key: Annotated[ApiKey, Depends(reader)], day: Day = None) -> JSONResponse:
        """Return who has had a dose and a full course, by unit and age group, against the census.

        Cells under five are hidden from keys that may not see persons.
        """
        centre = door.centre
        _require_span(day, day)
        found, on = coverage(centre, day), day or _today(centre)
        return JSONResponse(shown_coverage(centre, found, on, _sees_persons(key)))

    @router.get("/v1/positivity", responses=answers("Positivity"))
    def get_positivity(
        key: Annotated[ApiKey, Depends(reader)], first: From = None, until: Day = None
    ) -> JSONResponse:
        """Return what was found by kind in samples taken from .. until; the last week if unsaid."""
        centre = door.centre
        end = until or _today(centre)
        start = first or max(end - WEEK, FIRST)
        _require_span(start, end)
        sees = _sees_persons(key)
        items = [shown_positivity(one, sees=sees) for one in positivity(centre, start, end)]
        return JSONResponse(
            {
                "as_of": centre.now().isoformat(),
                "from": start.isoformat(),
                "until": end.isoformat(),
                "suppressed": not sees,
                "items": items,
            }
        )

    @router.get("/v1/facilities/silent", responses=answers("Silences"))
    def get_silent(
        _key: Annotated[ApiKey, Depends(reader)], kind: Kind = PaperKind.TEST
    ) -> JSONResponse:
        """Return how every facility reports, those that fell silent first."""
        centre = door.centre
        items = [shown_silence(centre, one) for one in silences(centre, kind)]
        as_of = centre.now().isoformat()
        return JSONResponse({"as_of": as_of, "kind": kind.value, "items": items})

    return router


def _sees_persons(key: ApiKey) -> bool:
    return bool(key.rights & SEES_PERSONS)


def _today(centre: Centre) -> date:
    return local_day(centre.now(), centre.city.zone)


def _require_span(first: date | None, last: date | None) -> None:
    for name, day in (("from", first), ("until", last)):
        if day is not None and not FIRST <= day <= LAST:
            raise InvalidInput(name, f"the year {day.year} cannot be meant")
    if first is not None and last is not None and last < first:
        raise InvalidInput("until", "lies before from")

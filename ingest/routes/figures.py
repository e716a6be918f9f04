"""`GET /v1/figures`: every number on the wall, and each of them taken apart."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door
from ingest.batch import Result
from ingest.openapi import answers
from ioc.access.model import ApiKey, Right
from ioc.breakdown import Breakdown, By, Part, Span, break_down
from ioc.clock import local_day
from ioc.labels import Language, label
from ioc.overview import figures
from ioc.places import City


def create_router(door: Door) -> APIRouter:
    """Return the routes of figures."""
    router = APIRouter(tags=["figures"])
    caller = door.needs(Right.FIGURES)

    @router.get("/v1/figures", responses=answers("Figures"))
    def get_figures(_key: Annotated[ApiKey, Depends(caller)]) -> JSONResponse:
        """Return the figures as of now."""
        now = door.centre.read(figures)
        return JSONResponse({"as_of": now.as_of.isoformat(), "figures": dict(now.values)})

    @router.get("/v1/figures/{name}", responses=answers("FigureParts"))
    def get_figure(
        name: str,
        _key: Annotated[ApiKey, Depends(caller)],
        by: By = By.DAY,
        first: Annotated[date | None, Query(alias="from")] = None,
        until: date | None = None,
    ) -> JSONResponse:
        """Return one figure by unit, hour or day of `from` <= day < `until`; else that of today.

        Raises:
            NotFound: no figure has this name.
            InvalidInput: the span is too long or too old, or the figure has no such parts.
        """
        whole = break_down(door.centre, name, by, _span(door, first, until))
        return JSONResponse(_shown(whole, door.centre.city))

    return router


def _span(door: Door, first: date | None, until: date | None) -> Span | None:
    if first is None and until is None:
        return None
    today = local_day(door.centre.now(), door.centre.city.zone)
    last = until - timedelta(days=1) if until and until > date.min else today
    return Span(first or last, until or today + timedelta(days=1))


def _shown(whole: Breakdown, city: City) -> Result:
    figure = whole.figure
    words = sorted({metric.split(".")[0] for metric in figure.metrics})
    return {
        "as_of": whole.as_of.isoformat(),
        "figure": figure.name,
        "of": figure.unit,
        "by": whole.by.value,
        "from": whole.span.first.isoformat(),
        "until": whole.span.until.isoformat(),
        "source": [
            {"id": word, **{lang.value: label(f"figure_source.{word}", lang) for lang in Language}}
            for word in words
        ],
        "against": whole.against.name if whole.against else None,
        "gap": whole.gap,
        "items": [_part(part, whole, city) for part in whole.parts],
    }


def _part(part: Part, whole: Breakdown, city: City) -> Result:
    shown: Result = {"key": part.key, "n": part.n}
    if whole.by is By.UNIT:
        unit = city.units.get(part.key or "")
        shown |= {"code": unit.code if unit else None, "name": unit.name if unit else None}
    if part.against is not None:
        shown |= {"against": part.against, "gap": part.against - part.n}
    return shown

"""`GET /v1/alerts` and one of them, `POST /v1/alerts/{id}/steps`: alerts for other systems."""

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from ingest.auth import Door, standing
from ingest.batch import Result
from ingest.body import parse_object, read_body
from ingest.openapi import answers, body_of
from ingest.payloads import Instant, parse_step
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.alerts.model import Alert, AlertState, Desk, StepTaken
from ioc.alerts.service import find_alert, find_alerts, log_of, take_step
from ioc.vehicles.model import Sighting
from ioc.vehicles.service import sightings_of

States = Annotated[list[AlertState] | None, Query(description="Repeat it for several states.")]
WHY = standing(Right.ALERTS)


def create_router(door: Door) -> APIRouter:
    """Return the routes of alerts."""
    router = APIRouter(tags=["alerts"])
    caller = door.needs(Right.ALERTS)

    @router.get("/v1/alerts", responses=answers("Alerts"))
    def get_alerts(
        _key: Annotated[ApiKey, Depends(caller)],
        desk: Desk | None = None,
        state: States = None,
        since: Instant | None = None,
    ) -> JSONResponse:
        """Return alerts raised since a time, at most 1,000, by priority and by what is due.

        Without `since`: what is open, however old, and what was raised in the last thirty days.
        """
        found = find_alerts(door.centre, desk, state, since)
        return JSONResponse({"items": [_shown(alert) for alert in found]})

    @router.get("/v1/alerts/{alert_id}", responses=answers("AlertWhole"))
    def get_alert(key: Annotated[ApiKey, Depends(caller)], alert_id: str) -> JSONResponse:
        """Return one alert with all its sightings and every step taken, oldest first."""
        alert = find_alert(door.centre, alert_id)
        seen = [_sighting(sighting) for sighting in sightings_of(door.centre, alert)]
        steps = [_shown(step) for step in log_of(door.centre, alert_id)]
        audit.record(door.centre, f"api:{key.source}", "alert_read", f"alert:{alert.id}", WHY, {})
        return JSONResponse({**_shown(alert), "seen": seen, "steps": steps})

    @router.post(
        "/v1/alerts/{alert_id}/steps",
        responses=answers("Alert"),
        openapi_extra=body_of("StepBody"),
    )
    def post_step(
        key: Annotated[ApiKey, Depends(caller)],
        alert_id: str,
        body: Annotated[bytes, Depends(read_body)],
    ) -> JSONResponse:
        """Take a step with an alert and return it as it is then."""
        act = parse_step(parse_object(body), f"api:{key.source}")
        return JSONResponse(_shown(take_step(door.centre, alert_id, act)))

    return router


def _shown(value: Alert | StepTaken) -> Result:
    return {name: _plain(part) for name, part in asdict(value).items()}


def _sighting(sighting: Sighting) -> Result:
    read = sighting.read
    return {
        "ref": sighting.ref,
        "camera": read.camera,
        "plate": read.plate,
        "confidence": read.confidence,
        "seen_at": read.seen_at.isoformat(),
        "direction": read.direction.value,
        "plate_picture": read.plate_picture,
        "frame_picture": read.frame_picture,
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value

"""What `/openapi.json` says of bodies and answers, and the page `/docs` that needs no network."""

from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from ingest.box_payloads import BODIES as BOX_BODIES
from ingest.card_payloads import BODIES as CARD_BODIES
from ingest.gate_payloads import BODIES as GATE_BODIES
from ingest.gate_schemas import ANSWERS as GATE_ANSWERS
from ingest.health_payloads import BODIES as HEALTH_BODIES
from ingest.health_schemas import ANSWERS as HEALTH_ANSWERS
from ingest.list_payloads import ListBatch
from ingest.patrol_payloads import PatrolBatch
from ingest.payloads import BODIES, body_schemas
from ingest.people_payloads import BODIES as PEOPLE_BODIES
from ingest.people_schemas import ANSWERS as OF_PEOPLE
from ingest.problems import MEDIA_TYPE
from ingest.report_payloads import REPORT_BODIES
from ingest.report_schemas import REPORT_ANSWERS
from ingest.schema_parts import (
    MAYBE_TEXT,
    NUMBER,
    RESULT,
    TEXT,
    TIME,
    Schema,
    list_of,
    object_of,
)
from ingest.transport_payloads import BODIES as TRANSPORT_BODIES
from ingest.transport_schemas import PERMIT, PERMIT_RESULT, REGISTRATION, VERSION

ASSETS = Path(__file__).parent / "assets"
REFERENCE = "#/components/schemas/"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>IOC API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/assets/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/assets/swagger-ui-bundle.js"></script>
<script src="/assets/docs.js"></script></body></html>"""
# Swagger's page styles itself inline and shows pictures from data addresses; nothing else.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'"
    "; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)

VERDICT = object_of(
    "outcome reason permit",
    {
        "outcome": {"type": "string", "enum": ["pass", "note", "review", "stop"]},
        "reason": TEXT,
        "permit": MAYBE_TEXT,
    },
)
PLACE = object_of(
    "id kind name unit lat lon",
    {
        **dict.fromkeys(("id", "kind", "name", "unit"), TEXT),
        "lat": NUMBER,
        "lon": NUMBER,
        **dict.fromkeys(("road", "road_class", "direction", "site"), TEXT),
    },
)
ALERT = object_of(
    "id desk priority state plate reason rule camera sighting first_seen_at last_seen_at "
    "raised_at due_at sightings",
    {
        **dict.fromkeys(
            ("id", "desk", "priority", "state", "plate", "reason", "rule", "camera", "sighting"),
            TEXT,
        ),
        **dict.fromkeys(("first_seen_at", "last_seen_at", "raised_at", "due_at"), TIME),
        "sightings": {"type": "integer"},
        "level": {"type": "integer"},
        "late_s": {"type": ["integer", "null"]},
        **dict.fromkeys(
            ("permit", "plate_picture", "frame_picture", "owner", "unit", "outcome"), MAYBE_TEXT
        ),
        **dict.fromkeys(("unit_due_at", "shelved_until", "closed_at"), MAYBE_TEXT),
    },
)
PATROL = object_of(
    "id name kind status lat lon",
    {
        **dict.fromkeys(("id", "name", "kind", "status"), TEXT),
        **dict.fromkeys(("lat", "lon"), NUMBER),
        **dict.fromkeys(("alert", "camera", "placed_at"), MAYBE_TEXT),
    },
)
SEEN = object_of(
    "ref camera plate confidence seen_at direction",
    {
        **dict.fromkeys(("ref", "camera", "plate", "direction"), TEXT),
        "confidence": NUMBER,
        "seen_at": TIME,
        **dict.fromkeys(("plate_picture", "frame_picture"), MAYBE_TEXT),
    },
)
STEP_TAKEN = object_of(
    "alert step at actor state",
    {
        **dict.fromkeys(("alert", "step", "actor", "state"), TEXT),
        "at": TIME,
        **dict.fromkeys(("unit", "note"), MAYBE_TEXT),
    },
)
ALERT_WHOLE: Schema = {
    **ALERT,
    "required": [*ALERT["required"], "seen", "steps"],
    "properties": {
        **ALERT["properties"],
        "seen": {"type": "array", "items": SEEN},
        "steps": {"type": "array", "items": STEP_TAKEN},
    },
}
FIGURES = object_of(
    "as_of figures",
    {"as_of": TIME, "figures": {"type": "object", "additionalProperties": {"type": "number"}}},
)
DATE: Schema = {"type": "string", "format": "date"}
COUNT: Schema = {"type": "integer"}
MAYBE_COUNT: Schema = {"type": ["integer", "null"]}
FIGURE_PARTS = object_of(
    "as_of figure of by from until source against gap items",
    {
        "as_of": TIME,
        "figure": TEXT,
        "of": TEXT,
        "by": {"type": "string", "enum": ["unit", "hour", "day"]},
        "from": DATE,
        "until": DATE,
        "source": {
            "type": "array",
            "items": object_of("id vi en", dict.fromkeys(("id", "vi", "en"), TEXT)),
        },
        "against": MAYBE_TEXT,
        "gap": MAYBE_COUNT,
        "items": {
            "type": "array",
            "items": object_of(
                "key n",
                {
                    "key": MAYBE_TEXT,
                    "n": COUNT,
                    **dict.fromkeys(("code", "name"), MAYBE_TEXT),
                    **dict.fromkeys(("against", "gap"), COUNT),
                },
            ),
        },
    },
)
PLATE_LIST = object_of(
    "id kind owner source purpose review_on loaded_at approved waiting is_stale",
    {
        **dict.fromkeys(("id", "kind", "owner", "source", "purpose"), TEXT),
        "review_on": {"type": "string", "format": "date"},
        "loaded_at": MAYBE_TEXT,
        "approved": {"type": "integer"},
        "waiting": {"type": "integer"},
        "is_stale": {"type": "boolean"},
    },
)
PROBLEM = object_of(
    "type title status detail",
    {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "field": TEXT},
)
ANSWERS: dict[str, Schema] = {
    "ReadResults": list_of(
        "results",
        object_of(
            "id status",
            {
                **RESULT,
                "verdict": VERDICT,
                "permit_version": {"type": "integer"},
                "alert": MAYBE_TEXT,
            },
        ),
    ),
    "HeartbeatResults": list_of("results", object_of("id status", RESULT)),
    "PermitResults": list_of("results", PERMIT_RESULT),
    "Permits": list_of("items", PERMIT),
    "Permit": PERMIT,
    "PermitVersions": list_of("items", VERSION),
    "RegistrationResults": list_of("results", object_of("id status", RESULT)),
    "Registration": REGISTRATION,
    "PatrolResults": list_of("results", object_of("id status", RESULT)),
    "Patrols": list_of("items", PATROL),
    "Places": list_of("items", PLACE),
    "Alerts": list_of("items", ALERT),
    "Alert": ALERT,
    "AlertWhole": ALERT_WHOLE,
    "Figures": FIGURES,
    "FigureParts": FIGURE_PARTS,
    "Lists": list_of("items", PLATE_LIST),
    "ListResults": list_of("results", object_of("id status", RESULT)),
    "Problem": PROBLEM,
}
FAILURES = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def answers(name: str) -> dict[int | str, Schema]:
    """Return what a route answers: `name` when all is well, else a problem document."""
    described: dict[int | str, Schema] = {
        int(status): _answer(status.phrase, "Problem", MEDIA_TYPE) for status in FAILURES
    }
    described[200] = _answer("Answered after the commit", name, "application/json")
    return described


def body_of(name: str) -> Schema:
    """Return what a route says of its body."""
    content = {"application/json": {"schema": {"$ref": REFERENCE + name}}}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI) -> None:
    """Give `app` its `/openapi.json`, and `/docs` with everything it needs from this process."""

    def schema() -> Schema:
        if app.openapi_schema is None:
            whole = get_openapi(title=app.title, version=app.version, routes=app.routes)
            known = whole.setdefault("components", {}).setdefault("schemas", {})
            bodies = body_schemas(
                (
                    *BODIES,
                    *TRANSPORT_BODIES,
                    *HEALTH_BODIES,
                    *PEOPLE_BODIES,
                    PatrolBatch,
                    ListBatch,
                    *REPORT_BODIES,
                    *CARD_BODIES,
                    *BOX_BODIES,
                    *GATE_BODIES,
                ),
                REFERENCE + "{model}",
            )
            known.update({**bodies, **ANSWERS, **HEALTH_ANSWERS, **OF_PEOPLE, **REPORT_ANSWERS})
            known.update(GATE_ANSWERS)
            app.openapi_schema = whole
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")

    @app.get("/docs", include_in_schema=False)
    async def show() -> HTMLResponse:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


def _answer(description: str, name: str, media_type: str) -> Schema:
    content = {media_type: {"schema": {"$ref": REFERENCE + name}}}
    return {"description": description, "content": content}

"""What the API's description says of reports, calls, Open311 and NGSI-LD."""

from ingest.schema_parts import MAYBE_TEXT, NUMBER, RESULT, TEXT, TIME, Schema, list_of, object_of

REFERENCE = "#/components/schemas/"
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
YES_NO: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer"}


def _array(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _texts(*names: str) -> Schema:
    return dict.fromkeys(names, TEXT)


def _maybe(*names: str) -> Schema:
    return dict.fromkeys(names, MAYBE_TEXT)


CASE = object_of(
    "ref service sort state agency received_at due_at is_overdue level",
    {
        **_texts("ref", "service", "sort", "state", "agency", "description"),
        **_maybe("unit", "address", "place", "picture", "media_url", "duplicate_of", "answer"),
        **_maybe("answer_picture", "overdue_at", "closed_at"),
        **dict.fromkeys(("lat", "lon", "stars"), MAYBE_NUMBER),
        **dict.fromkeys(("requested_at", "received_at", "changed_at", "due_at"), TIME),
        "promised_at": TIME,
        "attributes": {"type": "object"},
        "is_overdue": YES_NO,
        "level": COUNT,
    },
)
STEP = object_of(
    "step state at actor party agency",
    {
        **_texts("step", "state", "actor", "party", "agency"),
        **_maybe("note", "picture"),
        "at": TIME,
        "is_in_time": {"type": ["boolean", "null"]},
    },
)
CASE_WHOLE: Schema = {
    **CASE,
    "required": [*CASE["required"], "steps", "near", "possible"],
    "properties": {
        **CASE["properties"],
        "steps": _array(STEP),
        "possible": _array(TEXT),
        "near": _array(object_of("distance_m report", {"distance_m": NUMBER, "report": CASE})),
    },
}
WORKLOAD = object_of(
    "agency open overdue closed in_time share_in_time",
    {
        "agency": TEXT,
        "name": TEXT,
        **dict.fromkeys(("open", "overdue", "closed", "in_time", "rated"), COUNT),
        "oldest_at": MAYBE_TEXT,
        **dict.fromkeys(("share_in_time", "stars"), MAYBE_NUMBER),
    },
)
SERVICE = object_of(
    "service_code service_name metadata type",
    {
        **_texts("service_code", "service_name", "description", "type", "keywords", "group"),
        "metadata": YES_NO,
    },
)
ATTRIBUTE = object_of(
    "variable code datatype required order description",
    {
        **_texts("code", "datatype", "datatype_description", "description"),
        "variable": YES_NO,
        "required": YES_NO,
        "order": COUNT,
        "values": _array(object_of("key name", _texts("key", "name"))),
    },
)
REQUEST = object_of(
    "service_request_id status service_code requested_datetime",
    {
        **_texts("service_request_id", "status", "service_code", "extended_status"),
        **_maybe("status_notes", "service_name", "description", "agency_responsible"),
        **_maybe("service_notice", "address", "address_id", "zipcode", "media_url"),
        **_maybe("duplicate_of", "answer_media_url"),
        **dict.fromkeys(("requested_datetime", "updated_datetime", "expected_datetime"), TIME),
        **dict.fromkeys(("lat", "long", "rating"), MAYBE_NUMBER),
    },
)
UPDATE = object_of(
    "update_id service_request_id status updated_datetime",
    {
        **_texts("update_id", "service_request_id", "status", "description"),
        "updated_datetime": TIME,
        "media_url": MAYBE_TEXT,
    },
)
ENDPOINT = object_of(
    "specification url type formats",
    {**_texts("specification", "url", "changeset", "type"), "formats": _array(TEXT)},
)
RECEIPT = object_of(
    "service_notice",
    {**_texts("service_request_id", "token", "rating_secret"), **_maybe("service_notice")},
)
OPEN311: dict[str, Schema] = {
    "Discovery": object_of(
        "changeset contact endpoints",
        {**_texts("changeset", "contact", "key_service"), "endpoints": _array(ENDPOINT)},
    ),
    "Services": _array(SERVICE),
    "Definition": object_of(
        "service_code attributes", {"service_code": TEXT, "attributes": _array(ATTRIBUTE)}
    ),
    "Receipts": _array(RECEIPT),
    "Tokens": _array(object_of("token", {**_maybe("service_request_id"), "token": TEXT})),
    "Requests": _array(REQUEST),
    "Updates": _array(UPDATE),
    "Errors311": _array(object_of("code description", {"code": COUNT, "description": TEXT})),
}
ENTITY = object_of("id type", {"id": TEXT, "type": TEXT})
REPORT_ANSWERS: dict[str, Schema] = {
    **OPEN311,
    "Reports": list_of("items", CASE),
    "Report": CASE,
    "ReportWhole": CASE_WHOLE,
    "ReportResults": list_of("results", object_of("id status", RESULT)),
    "CallResults": list_of("results", object_of("id status", RESULT)),
    "Workloads": list_of("items", WORKLOAD),
    "Reporter": object_of("ref", {"ref": TEXT, **_maybe("name", "phone", "email", "account")}),
    "Entities": _array(ENTITY),
}
FORM = object_of(
    "service_code",
    {
        **_texts("service_code", "api_key", "jurisdiction_id", "address_string", "address_id"),
        **_texts("email", "device_id", "account_id", "first_name", "last_name", "phone"),
        **_texts("description", "media_url"),
        **dict.fromkeys(("lat", "long"), NUMBER),
    },
)
# The failures of the standard; what a store or a limit adds stands beside them.
FAILURES = {
    400: "What was sent cannot be",
    403: "Missing or invalid API key",
    404: "There is none",
    429: "Too many requests",
    503: "A store cannot be reached",
}


def open311_answers(name: str) -> dict[int | str, Schema]:
    """Return what a route of the standard answers, in both formats."""
    if name == "Picture":
        well: Schema = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
    else:
        well = _content(name)
    described: dict[int | str, Schema] = {
        status: {"description": words, "content": _content("Errors311")}
        for status, words in FAILURES.items()
    }
    described[200] = {"description": "As asked", "content": well}
    if name == "Receipts":
        described[201] = {"description": "Kept", "content": well}
    return described


def open311_form() -> Schema:
    """Return what a posted request looks like; answers to a service's form are attribute[code]."""
    upload = {**FORM, "properties": {**FORM["properties"], "media": {**TEXT, "format": "binary"}}}
    content = {
        "application/x-www-form-urlencoded": {"schema": FORM},
        "multipart/form-data": {"schema": upload},
    }
    return {"requestBody": {"required": True, "content": content}}


def _content(name: str) -> Schema:
    # A schema of a list of elements says nothing true of XML: there it is a text.
    return {
        "application/json": {"schema": {"$ref": REFERENCE + name}},
        "text/xml": {"schema": TEXT},
    }

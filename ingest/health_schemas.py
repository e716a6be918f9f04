"""What the routes of doses, tests, cases and health figures answer."""

from ingest.schema_parts import (
    MAYBE_TEXT,
    RESULT,
    TEXT,
    TIME,
    Schema,
    list_of,
    object_of,
)

COUNT: Schema = {"type": "integer"}
MAYBE_COUNT: Schema = {"type": ["integer", "null"]}
MAYBE_NUMBER: Schema = {"type": ["number", "null"]}
FLAG: Schema = {"type": "boolean"}
REPEAT = object_of("of why", {"of": TEXT, "why": TEXT})
DOSE = object_of(
    "ref product lot number facility given_at known_at counted",
    {
        **dict.fromkeys(("ref", "product", "lot", "facility"), TEXT),
        **dict.fromkeys(("given_at", "known_at"), TIME),
        "number": COUNT,
        "counted": FLAG,
        "ordinal": MAYBE_COUNT,
        **dict.fromkeys(("mark", "near_of", "why"), MAYBE_TEXT),
    },
)
TEST = object_of(
    "ref kind tube facility taken_at known_at result resulted_at",
    {
        **dict.fromkeys(("ref", "kind", "tube", "facility"), TEXT),
        **dict.fromkeys(("taken_at", "known_at"), TIME),
        **dict.fromkeys(("result", "resulted_at"), MAYBE_TEXT),
    },
)
CASE = object_of(
    "ref state facility unit positive_at opened_at state_since",
    {
        **dict.fromkeys(("ref", "state", "test", "facility", "unit"), TEXT),
        **dict.fromkeys(("positive_at", "opened_at", "state_since"), TIME),
    },
)
LINE: Schema = {
    "facility": MAYBE_TEXT,
    "platform": COUNT,
    "paper": MAYBE_COUNT,
    "gap": MAYBE_COUNT,
    "share": MAYBE_NUMBER,
    "amended": COUNT,
    "amended_at": MAYBE_TEXT,
}
LINE_NEEDS = "platform paper gap share amended amended_at"
GROUP: Schema = {
    "id": TEXT,
    "population": MAYBE_COUNT,
    **dict.fromkeys(("first", "full"), MAYBE_COUNT),
    **dict.fromkeys(("first_share", "full_share"), MAYBE_NUMBER),
}
# Resources of FHIR R4: what they may hold is published by HL7; told here is what is read of them.
CONCEPT = object_of(
    "", {"coding": {"type": "array", "items": object_of("", {"system": TEXT, "code": TEXT})}}
)
NAMED: Schema = {"type": "array", "items": object_of("value", {"system": TEXT, "value": TEXT})}
POINTER = object_of("reference", {"reference": TEXT})
POINTERS: Schema = {"type": "array", "items": POINTER}
RESOURCE = object_of(
    "resourceType status",
    {
        "resourceType": {
            "type": "string",
            "enum": ["Patient", "Immunization", "Observation", "Specimen", "DiagnosticReport"],
        },
        "status": {"type": "string", "enum": ["completed", "final", "preliminary"]},
        "id": TEXT,
        "identifier": NAMED,
        **dict.fromkeys(("vaccineCode", "code", "valueCodeableConcept"), CONCEPT),
        **dict.fromkeys(("patient", "subject", "specimen", "location"), POINTER),
        **dict.fromkeys(("performer", "result"), POINTERS),
        **dict.fromkeys(("occurrenceDateTime", "effectiveDateTime", "issued"), TIME),
        "lotNumber": TEXT,
        "birthDate": TEXT,
        "name": {"type": "array", "items": object_of("", {"text": TEXT, "family": TEXT})},
        "protocolApplied": {
            "type": "array",
            "items": object_of("", {"doseNumberPositiveInt": {"type": "integer"}}),
        },
    },
)
BUNDLE = object_of(
    "resourceType type entry",
    {
        "resourceType": {"type": "string", "enum": ["Bundle"]},
        "type": {"type": "string", "enum": ["transaction", "batch", "collection"]},
        "entry": {
            "type": "array",
            "items": object_of("resource", {"fullUrl": TEXT, "resource": RESOURCE}),
        },
    },
)
FHIR: Schema = {**object_of("resourceType", {"resourceType": TEXT}), "additionalProperties": True}
ANSWERS: dict[str, Schema] = {
    "FhirBundle": BUNDLE,
    "FhirResource": FHIR,
    "DoseResults": list_of(
        "results", object_of("id status", {**RESULT, "counted": FLAG, "near_repeat": REPEAT})
    ),
    "Dose": DOSE,
    "NearRepeats": object_of(
        "items next",
        {
            "items": {
                "type": "array",
                "items": object_of(
                    "dose other", {"dose": DOSE, "other": {"anyOf": [DOSE, {"type": "null"}]}}
                ),
            },
            "next": MAYBE_TEXT,
        },
    ),
    "TestResults": list_of("results", object_of("id status", {**RESULT, "result": TEXT})),
    "Test": TEST,
    "ResultResults": list_of("results", object_of("id status", RESULT)),
    "Cases": list_of("items", CASE),
    "Case": CASE,
    "PaperTotalResults": list_of("results", object_of("id status", RESULT)),
    "PaperVersions": list_of(
        "items",
        object_of(
            "version n source known_at superseded_at",
            {
                "version": COUNT,
                "n": COUNT,
                "source": TEXT,
                "known_at": TIME,
                "superseded_at": MAYBE_TEXT,
            },
        ),
    ),
    "Reconciliation": object_of(
        "as_of kind from until total items",
        {
            "as_of": TIME,
            "kind": TEXT,
            **dict.fromkeys(("from", "until"), MAYBE_TEXT),
            "total": object_of(LINE_NEEDS, LINE),
            "items": {"type": "array", "items": object_of(LINE_NEEDS + " facility", LINE)},
        },
    ),
    "Coverage": object_of(
        "as_of day total age_groups items suppressed not_known",
        {
            "as_of": TIME,
            "day": TEXT,
            "total": object_of("population first full", GROUP),
            "age_groups": {"type": "array", "items": object_of("id population first full", GROUP)},
            "items": {
                "type": "array",
                "items": object_of(
                    "id name population first full ages",
                    {
                        **GROUP,
                        "name": TEXT,
                        "ages": {
                            "type": "object",
                            "additionalProperties": object_of(
                                "first full", {"first": MAYBE_COUNT, "full": MAYBE_COUNT}
                            ),
                        },
                    },
                ),
            },
            "suppressed": FLAG,
            "not_known": {"type": "array", "items": TEXT},
        },
    ),
    "Positivity": object_of(
        "as_of from until items suppressed",
        {
            "as_of": TIME,
            "from": TEXT,
            "until": TEXT,
            "suppressed": FLAG,
            "items": {
                "type": "array",
                "items": object_of(
                    "kind tests pending positive negative inconclusive invalid share",
                    {
                        "kind": TEXT,
                        **dict.fromkeys(("tests", "pending"), COUNT),
                        **dict.fromkeys(
                            ("positive", "negative", "inconclusive", "invalid"), MAYBE_COUNT
                        ),
                        "share": MAYBE_NUMBER,
                    },
                ),
            },
        },
    ),
    "Silences": object_of(
        "as_of kind items",
        {
            "as_of": TIME,
            "kind": TEXT,
            "items": {
                "type": "array",
                "items": object_of(
                    "facility name rhythm last_on usual_days silent_days",
                    {
                        **dict.fromkeys(("facility", "name", "rhythm"), TEXT),
                        "last_on": MAYBE_TEXT,
                        "usual_days": MAYBE_NUMBER,
                        "silent_days": MAYBE_COUNT,
                    },
                ),
            },
        },
    ),
}

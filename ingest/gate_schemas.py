"""What the API's description says of cards, scans and points."""

from ingest.schema_parts import MAYBE_TEXT, RESULT, TEXT, TIME, Schema, list_of, object_of

ADMISSION = object_of(
    "admit reason", {"admit": {"type": "boolean"}, **dict.fromkeys(("reason", "vi", "en"), TEXT)}
)
CARD = object_of(
    "qid kind state issued_at",
    {
        **dict.fromkeys(("qid", "kind", "state"), TEXT),
        **dict.fromkeys(("unit", "replaces", "ended_at"), MAYBE_TEXT),
        "issued_at": TIME,
    },
)
ANSWERS: dict[str, Schema] = {
    "ScanResults": list_of("results", object_of("id status", {**RESULT, "admission": ADMISSION})),
    "PointResults": list_of("results", object_of("id status", RESULT)),
    "CardResults": list_of("results", object_of("id status", {**RESULT, "code": TEXT})),
    "Card": CARD,
}

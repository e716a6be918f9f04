"""What the API answers about permits and registrations, for its description."""

from ingest.schema_parts import MAYBE_TEXT, RESULT, TEXT, TIME, Schema, object_of

WATCHED: Schema = {
    "type": ["boolean", "null"],
    "description": "Whether a camera watches the way into the destination of a red permit; false: "
    "nobody will see the vehicle arrive. Null: the permit leads nowhere.",
}
PERMIT = object_of(
    "ref id version state plate class valid_from valid_until",
    {
        **dict.fromkeys(("ref", "id", "state", "plate", "class"), TEXT),
        "version": {"type": "integer"},
        **dict.fromkeys(("valid_from", "valid_until"), TIME),
        **dict.fromkeys(("holder", "destination", "deadline", "revoked_at"), MAYBE_TEXT),
        "registration": MAYBE_TEXT,
        "arrival_watched": WATCHED,
        "roads": {"type": "array", "items": TEXT},
        "people": {"type": "array", "items": TEXT},
    },
)
VERSION = object_of(
    "permit change known_at",
    {
        "permit": PERMIT,
        "change": TEXT,
        "known_at": TIME,
        **dict.fromkeys(("superseded_at", "holds_from", "actor", "why"), MAYBE_TEXT),
    },
)
REGISTRATION = object_of(
    "ref id plate state received_at decided_at permit",
    {
        **dict.fromkeys(("ref", "id", "plate", "state"), TEXT),
        "received_at": TIME,
        "decided_at": MAYBE_TEXT,
        "permit": {"anyOf": [PERMIT, {"type": "null"}]},
    },
)
PERMIT_RESULT = object_of("id status", {**RESULT, "arrival_watched": WATCHED})

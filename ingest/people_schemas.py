"""What the API answers about people who come, for its description."""

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

COUNT: Schema = {"type": "integer"}
VEHICLE = object_of("plate permit", {"plate": TEXT, "permit": MAYBE_TEXT})
DECLARATION = object_of(
    "ref id state unit people received_at decided_at arrived_at vehicle",
    {
        **dict.fromkeys(("ref", "id", "state", "unit"), TEXT),
        "people": COUNT,
        "received_at": TIME,
        **dict.fromkeys(("decided_at", "arrived_at", "wave", "expected_at"), MAYBE_TEXT),
        "vehicle": {"anyOf": [VEHICLE, {"type": "null"}]},
    },
)
WAITING = object_of(
    "ref state unit people means received_at",
    {
        **dict.fromkeys(("ref", "state", "unit", "means"), TEXT),
        "people": COUNT,
        "received_at": TIME,
        **dict.fromkeys(("cell", "origin", "wave", "expected_at"), MAYBE_TEXT),
    },
)
SOMEBODY = object_of("name born", {"name": TEXT, "born": {"type": ["integer", "null"]}})
STEP = object_of(
    "step state at actor",
    {**dict.fromkeys(("step", "state", "actor"), TEXT), "at": TIME, "note": MAYBE_TEXT},
)
WHOLE: Schema = {
    **WAITING,
    "required": [*WAITING["required"], "persons", "log"],
    "properties": {
        **WAITING["properties"],
        "persons": {"type": "array", "items": SOMEBODY},
        "log": {"type": "array", "items": STEP},
        **dict.fromkeys(("phone", "address", "route"), MAYBE_TEXT),
    },
}
TASK = object_of(
    "ref declaration unit kind day from_at due_at state level tries",
    {
        **dict.fromkeys(("ref", "declaration", "unit", "kind", "state"), TEXT),
        **dict.fromkeys(("day", "level", "tries"), COUNT),
        **dict.fromkeys(("from_at", "due_at"), TIME),
        **dict.fromkeys(("done_at", "done_by"), MAYBE_TEXT),
    },
)
CONTACT: Schema = {
    **TASK,
    "required": [*TASK["required"], "people", "phone", "cell", "address", "origin"],
    "properties": {
        **TASK["properties"],
        "people": {
            "type": "array",
            "items": SOMEBODY,
        },
        **dict.fromkeys(("phone", "cell", "address", "origin"), MAYBE_TEXT),
    },
}
WAVE = object_of(
    "id means name expected arrives_at declared approved arrived",
    {
        **dict.fromkeys(("id", "means", "name"), TEXT),
        **dict.fromkeys(("expected", "declared", "approved", "arrived"), COUNT),
        "arrives_at": TIME,
        **dict.fromkeys(("origin", "point"), MAYBE_TEXT),
    },
)
SIDE = object_of(
    "person kind number name born sex unit otherwise facts",
    {
        **dict.fromkeys(("person", "kind", "number", "name"), TEXT),
        **dict.fromkeys(("born", "sex", "unit"), MAYBE_TEXT),
        "otherwise": {"type": "array", "items": TEXT},
        "facts": {"type": "object", "additionalProperties": COUNT},
    },
)
PAIR = object_of(
    "ref why share state found_at",
    {
        **dict.fromkeys(("ref", "why", "state"), TEXT),
        "share": NUMBER,
        "found_at": TIME,
        "sides": {"type": "array", "items": SIDE},
        **dict.fromkeys(("kept", "decided_at", "decided_by", "note"), MAYBE_TEXT),
    },
)
ANSWERS: dict[str, Schema] = {
    "DeclarationResults": list_of("results", object_of("id status", RESULT)),
    "Declaration": DECLARATION,
    "DeclarationsWaiting": list_of("items", WAITING),
    "DeclarationWhole": WHOLE,
    "LodgingResults": list_of("results", object_of("id status", RESULT)),
    "WaveResults": list_of("results", object_of("id status", RESULT)),
    "Waves": list_of("items", WAVE),
    "Tasks": list_of("items", TASK),
    "Task": TASK,
    "Contact": CONTACT,
    "Duplicates": list_of("items", PAIR),
    "Duplicate": PAIR,
}

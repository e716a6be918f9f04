"""What the schemas of the API's description are put together from."""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "number"}
TIME: Schema = {"type": "string", "format": "date-time"}
STATUS: Schema = {"type": "string", "enum": ["recorded", "repeated", "refused"]}


def object_of(needed: str, properties: Schema) -> Schema:
    """Return an object whose fields named in `needed`, spaced, are always there."""
    return {"type": "object", "required": needed.split(), "properties": properties}


def list_of(name: str, of: Schema) -> Schema:
    """Return an object that holds a list of something under a name."""
    return object_of(name, {name: {"type": "array", "items": of}})


RESULT: Schema = {"id": TEXT, "status": STATUS, "why": TEXT, "why_vi": TEXT, "ref": TEXT}

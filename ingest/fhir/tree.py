"""Untrusted JSON of any shape, asked for by path; what is not there as it should be is None."""

from collections.abc import Iterator, Mapping

Json = Mapping[str, object]
LONGEST = 2_000


def at(value: object, *path: str | int) -> object:
    """Return what stands under a path of keys and positions, None where nothing does."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, Mapping) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def text_at(value: object, *path: str | int) -> str | None:
    """Return the text under a path, without spaces around it; None where there is none."""
    found = at(value, *path)
    if not isinstance(found, str) or not found.strip() or len(found) > LONGEST:
        return None
    return found.strip()


def each(value: object, *path: str | int) -> Iterator[Json]:
    """Yield the objects of the list under a path."""
    found = at(value, *path)
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping):
            yield one


def code_of(value: object, system: str) -> str | None:
    """Return the first code of a CodeableConcept that is of a system."""
    for coding in each(value, "coding"):
        if coding.get("system") == system:
            return text_at(coding, "code")
    return None

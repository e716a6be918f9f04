"""A Bundle of FHIR R4 taken apart: its entries, by whatever name one refers to another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.fhir.tree import Json, at, each, text_at
from ioc.errors import InvalidInput

KINDS = ("transaction", "batch", "collection")
MOST = 1_000


@dataclass(frozen=True)
class Entry:
    """One entry; `place` is where it stands, for the outcome (`Bundle.entry[3]`)."""

    place: str
    kind: str
    resource: Json
    full_url: str | None = None
    none_exist: str | None = None

    @property
    def names(self) -> Iterator[str]:
        """Yield the names under which others may refer to it."""
        if self.full_url is not None:
            yield self.full_url
        own = text_at(self.resource, "id")
        if own is not None:
            yield f"{self.kind}/{own}"

    @property
    def identity(self) -> str | None:
        """Return what makes it the same when it comes again; None: nothing does."""
        for identifier in each(self.resource, "identifier"):
            value = text_at(identifier, "value")
            if value is not None:
                return f"{text_at(identifier, 'system') or ''}|{value}"
        if self.none_exist is not None:
            return self.none_exist
        return self.full_url


@dataclass(frozen=True)
class Bundle:
    """A Bundle: of a transaction all is recorded, or nothing."""

    kind: str
    entries: Sequence[Entry]

    @cached_property
    def by_name(self) -> Mapping[str, Entry]:
        """Return the entries by the names others refer to them by."""
        return {name: entry for entry in reversed(self.entries) for name in entry.names}

    def referred(self, entry: Entry, reference: object) -> Json | None:
        """Return the resource that a Reference of `entry` means: in the bundle, or in itself."""
        name = text_at(reference, "reference")
        if name is None:
            return None
        if name.startswith("#"):
            inside = each(entry.resource, "contained")
            return next((one for one in inside if f"#{text_at(one, 'id')}" == name), None)
        found = self.by_name.get(name) or self.by_name.get("/".join(name.split("/")[-2:]))
        return None if found is None else found.resource


def parse_bundle(body: Mapping[str, object]) -> Bundle:
    """Return the bundle of a body.

    Raises:
        InvalidInput: it is no Bundle of a kind that is taken in, or holds more than 1,000 entries.
    """
    if body.get("resourceType") != "Bundle":
        raise InvalidInput("resourceType", "must be Bundle")
    kind = text_at(body, "type")
    if kind not in KINDS:
        raise InvalidInput("type", f"must be one of {', '.join(KINDS)}")
    entries = at(body, "entry")
    if entries is not None and not isinstance(entries, list):
        raise InvalidInput("entry", "must be a list")
    listed = entries or []
    if len(listed) > MOST:
        raise InvalidInput("entry", f"has {len(listed)} entries, at most {MOST} go in a bundle")
    return Bundle(kind, [_entry(number, one) for number, one in enumerate(listed)])


def _entry(number: int, value: object) -> Entry:
    resource = at(value, "resource")
    known: Json = resource if isinstance(resource, Mapping) else {}
    return Entry(
        f"Bundle.entry[{number}]",
        text_at(known, "resourceType") or "",
        known,
        text_at(value, "fullUrl"),
        text_at(value, "request", "ifNoneExist"),
    )

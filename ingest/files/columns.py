"""Which column of a file holds what: by its heading in Vietnamese or English, or as it is mapped.

config/columns.toml names every column once: `name = { vi, en, also }`. Headings are compared
without case, accents and signs, so that `Biển số`, `bien so` and `BIEN_SO` are one.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from ingest.names import Names
from ioc.errors import InvalidInput

LEFT_OUT = ""
SIGNS = re.compile(r"[^a-z0-9]+")
FORMATS = ("times", "days")


@dataclass(frozen=True)
class Reading:
    """How one sender writes his files.

    Attributes:
        columns: heading -> name of a column, or "" where it is left out.
        times: how a time is written, as `strptime` takes it; it is then of the city's zone.
        days: how a day is written.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    times: str | None = None
    days: str | None = None


def load_mapping(file: Path) -> Reading:
    """Return a saved mapping: TOML with [columns], and `times`, `days` above it.

    Raises:
        InvalidInput: it cannot be read, or says something else.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise InvalidInput("mapping", f"{file.name}: {fault}") from None
    columns = said.get("columns", {})
    strange = set(said) - {"columns", *FORMATS}
    values = [*columns.values()] if isinstance(columns, dict) else [None]
    values += [said[name] for name in FORMATS if name in said]
    if strange or not all(isinstance(value, str) for value in values):
        raise InvalidInput("mapping", f"{file.name}: takes [columns] and {', '.join(FORMATS)}")
    return Reading(columns, said.get("times"), said.get("days"))


def save_mapping(file: Path, mapping: Reading) -> None:
    """Write a mapping that `load_mapping` reads."""

    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    formats = {"times": mapping.times, "days": mapping.days}
    lines = [f"{name} = {quoted(how)}" for name, how in formats.items() if how is not None]
    lines += ["[columns]", *(f"{quoted(a)} = {quoted(b)}" for a, b in mapping.columns.items())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def resolve(
    header: Sequence[str],
    known: Sequence[str],
    needed: Sequence[str],
    names: Names,
    mapping: Reading | None = None,
) -> list[str]:
    """Return the name of each column of `header`, "" where it is left out.

    Raises:
        InvalidInput: the header lacks, misspells or repeats a column, or the mapping names one
            that neither the file nor its kind has.
    """
    if not any(header):
        raise InvalidInput("file", f"has no header; the columns are: {', '.join(known)}")
    said = _mapped(header, known, mapping)
    spoken = dict(_spoken(known, names))
    found = [_named(heading, said, spoken, known) for heading in header]
    for name in found:
        if name and found.count(name) > 1:
            raise InvalidInput("header", f"the column {name!r} stands twice")
    missing = [name for name in needed if name not in found]
    if missing:
        raise InvalidInput("header", f"lacks {', '.join(missing)}")
    return found


def normal(heading: str) -> str:
    """Return a heading without case, accents and signs.

    >>> normal(" Biển_số (BKS)")
    'bien so bks'
    """
    plain = unicodedata.normalize("NFD", heading.casefold().replace("đ", "d"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return SIGNS.sub(" ", letters).strip()


def _mapped(
    header: Sequence[str], known: Sequence[str], mapping: Reading | None
) -> Mapping[str, str]:
    said = {} if mapping is None else {normal(a): b for a, b in mapping.columns.items()}
    headings = {normal(heading) for heading in header}
    for heading, name in said.items():
        if heading not in headings:
            raise InvalidInput("map", f"the file has no column {heading!r}")
        if name != LEFT_OUT and name not in known:
            raise InvalidInput("map", f"there is no column {name!r} ({', '.join(known)})")
    return said


def _spoken(known: Sequence[str], names: Names) -> Iterator[tuple[str, str]]:
    """Yield what each column may be called; its own name goes before the words of another."""
    for name in known:
        for words in names.get(name, {}).values():
            yield from ((normal(word), name) for word in words)
    yield from ((normal(name), name) for name in known)


def _named(
    heading: str, said: Mapping[str, str], spoken: Mapping[str, str], known: Sequence[str]
) -> str:
    plain = normal(heading)
    if plain in said:
        return said[plain]
    if plain in spoken:
        return spoken[plain]
    near = get_close_matches(heading.strip().lower(), known, 1)
    near = near or [spoken[word] for word in get_close_matches(plain, list(spoken), 1)]
    hint = f"; did you mean {near[0]!r}?" if near else f" (known: {', '.join(known)})"
    raise InvalidInput("header", f"there is no column {heading.strip()[:40]!r}{hint}")

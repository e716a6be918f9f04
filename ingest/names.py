"""What the fields of items are called: config/columns.toml, in Vietnamese and English."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ioc.document import read_toml
from ioc.errors import ConfigFault

# Of each field its words: `vi` and `en` of one, `also` of any number.
Names = Mapping[str, Mapping[str, tuple[str, ...]]]


@cache
def load_names(file: Path) -> Names:
    """Return the words of every field, read once a process.

    Raises:
        ConfigFault: the file is no TOML, or a column lacks a language.
    """
    names, faults = read_names(file)
    if faults:
        raise faults[0]
    return names


def read_names(file: Path) -> tuple[Names, list[ConfigFault]]:
    """Return the words of every field, and every fault of the file."""
    faults: list[ConfigFault] = []
    document = read_toml(file, faults)
    if document is None:
        return {}, faults
    document.root().only(("column",))
    columns = document.table("column")
    names = {}
    for name, words in columns.values.items():
        if not isinstance(words, dict) or not {"vi", "en"} <= set(words) <= {"vi", "en", "also"}:
            columns.fault(name, "needs vi and en, and may have also")
            continue
        also = tuple(str(word) for word in words.get("also", ()))
        names[name] = {"vi": (str(words["vi"]),), "en": (str(words["en"]),), "also": also}
    return names, faults

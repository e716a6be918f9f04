"""What the fields of items are called: config/columns.toml, in Vietnamese and English."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ioc.errors import ConfigFault

# Of each field its words: `vi` and `en` of one, `also` of any number.
Names = Mapping[str, Mapping[str, tuple[str, ...]]]


@cache
def load_names(file: Path) -> Names:
    """Return the words of every field.

    Raises:
        ConfigFault: the file is no TOML, or a column lacks a language.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ConfigFault(file, 0, str(fault)) from fault
    names = {}
    for name, words in document.get("column", {}).items():
        if not isinstance(words, dict) or not {"vi", "en"} <= set(words) <= {"vi", "en", "also"}:
            raise ConfigFault(file, 0, f"column.{name}: needs vi and en, and may have also")
        also = tuple(str(word) for word in words.get("also", ()))
        names[name] = {"vi": (str(words["vi"]),), "en": (str(words["en"]),), "also": also}
    return names

"""The words people read: Vietnamese first, English by a switch, kept in config/labels/*.toml.

Each file holds tables of `name = { vi = "…", en = "…" }`; the key of a label is
`table.name`, e.g. `reason.no_permit`. The label of an enum value is
`<enum class in snake case>.<value>`.
"""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from ioc.errors import ConfigFault

CONFIG_DIR = Path(__file__).resolve().parent.parent / "config"


class Language(StrEnum):
    """The languages every label exists in."""

    VI = "vi"
    EN = "en"


def enum_key(value: StrEnum) -> str:
    """Return the label key of an enum value.

    >>> enum_key(Language.VI)
    'language.vi'
    """
    table = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(value).__name__).lower()
    return f"{table}.{value.value}"


def label(key: str | StrEnum, language: Language = Language.VI) -> str:
    """Return the label of `key`; an unknown key is shown as itself, so that a gap is seen."""
    name = enum_key(key) if isinstance(key, StrEnum) else key
    texts = load_labels(CONFIG_DIR / "labels").get(name)
    return name if texts is None else texts[language]


@cache
def load_labels(folder: Path) -> Mapping[str, Mapping[Language, str]]:
    """Return every label of `folder` by key.

    Raises:
        ConfigFault: a file is no TOML, or a label lacks a language or stands in two files.
    """
    labels: dict[str, Mapping[Language, str]] = {}
    files: dict[str, str] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise ConfigFault(file, 0, str(fault)) from fault
        for table, entries in tables.items():
            for name, texts in entries.items():
                if not isinstance(texts, dict) or set(texts) != {"vi", "en"}:
                    raise ConfigFault(file, 0, f"{table}.{name}: needs vi and en")
                key = f"{table}.{name}"
                if key in files:
                    # Which of them is read would hang on the names of the files.
                    raise ConfigFault(file, 0, f"{key}: stands already in {files[key]}")
                files[key] = file.name
                labels[key] = {Language(k): str(v) for k, v in texts.items()}
    return labels

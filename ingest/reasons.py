"""Why something was refused, in Vietnamese: the field by its name, the reason by its words.

The code says reasons in English; config/labels/refusals.toml has them in both languages, with
{0}, {1} for what stands in them and … for what is not said again. What is not there is said in
English.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ingest.names import load_names
from ioc.labels import Language, load_labels

PREFIX = "refusal."
OTHER = f"{PREFIX}other"
ANYTHING = "…"
SLOT = re.compile(r"\\\{(\d)\\\}")


@cache
def reasons(config: Path) -> "Reasons":
    """Return the reasons of a `config` folder, read once a process; raises as `Reasons` does."""
    return Reasons(config)


class Reasons:
    """The reasons of an installation's `config` folder."""

    def __init__(self, config: Path) -> None:
        """Read the words.

        Raises:
            ConfigFault: a file of words is wrong.
        """
        labels = load_labels(config / "labels")
        self._labels = labels
        self._names = load_names(config / "columns.toml")
        said = [texts for key, texts in labels.items() if key.startswith(PREFIX) and key != OTHER]
        # The longest first: what says more goes before what says less.
        said.sort(key=lambda texts: -len(texts[Language.EN]))
        self._patterns = [(_pattern(texts[Language.EN]), texts[Language.VI]) for texts in said]
        self._other = labels.get(OTHER, {Language.VI: "{0}"})[Language.VI]

    def in_vietnamese(self, why: str) -> str:
        """Return `field: reason` in Vietnamese, the field by its name and as it is written."""
        field, colon, reason = why.partition(": ")
        if not colon:
            return self._reason(why)
        return f"{self.field_name(field)} ({field}): {self._reason(reason)}"

    def field_name(self, field: str) -> str:
        """Return what a field is called; a part of a list keeps its number, from 1."""
        name, _, part = field.rpartition(".")
        if part.isdecimal():
            return f"{self.field_name(name)} {int(part) + 1}"
        words: Mapping[str, tuple[str, ...]] = self._names.get(field, {})
        return words["vi"][0] if words else field

    def knows(self, reason: str) -> bool:
        """Tell whether a reason, said without its field, has words of its own."""
        return any(pattern.fullmatch(reason) for pattern, _ in self._patterns)

    def _reason(self, reason: str) -> str:
        for pattern, text in self._patterns:
            found = pattern.fullmatch(reason)
            if found is not None:
                slots = {int(name[1:]): part for name, part in found.groupdict().items()}
                return text.format(*(self._word(slots[n]) for n in sorted(slots)))
        return self._other.format(reason)

    def _word(self, part: str) -> str:
        """Return a kind of place by its name; anything else as it stands."""
        texts = self._labels.get(f"place_kind.{part}")
        return part if texts is None else texts[Language.VI].lower()


def _pattern(text: str) -> re.Pattern[str]:
    slots = SLOT.sub(r"(?P<s\1>.*)", re.escape(text))
    return re.compile(slots.replace(ANYTHING, ".*"), re.DOTALL)

"""What is wrong with an installation: defects, each by its name, with what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: a fault stops something or loses something, a warning will."""

    FAULT = "fault"
    WARNING = "warning"


class Need(StrEnum):
    """What must be there for a check to look."""

    NOTHING = "nothing"
    SETTINGS = "settings"
    STORE = "store"
    CITY = "city"
    LIVE = "live"


@dataclass(frozen=True)
class Defect:
    """Something that is wrong.

    Attributes:
        name: of what is wrong; its labels are `doctor_finding.<name>` and `doctor_remedy.<name>`.
        values: fill the labels: counts, paths, names of settings. Never a secret, never a person.
    """

    name: str
    severity: Severity
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Diagnosis:
    """What one look found: the faults first, and which checks could not look, and why not."""

    findings: Sequence[Defect]
    skipped: Mapping[str, Need]
    looked: int

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing is at fault; a warning is none."""
        return not any(one.severity is Severity.FAULT for one in self.findings)


def fault(name: str, **values: object) -> Defect:
    """Return a defect that stops or loses something."""
    return Defect(name, Severity.FAULT, {key: str(value) for key, value in values.items()})


def warning(name: str, **values: object) -> Defect:
    """Return a defect that will become a fault."""
    return Defect(name, Severity.WARNING, {key: str(value) for key, value in values.items()})

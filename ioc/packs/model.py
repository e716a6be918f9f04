"""Evidence packs: the files of one alert, chained and signed, so that a changed byte shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ioc.errors import InvalidInput, IocError

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
ARCHIVE = "archive"
LONGEST_PURPOSE = 200


class Differs(IocError):
    """A pack is not what was signed; `name` is the first file that differs."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


@dataclass(frozen=True)
class PackOrder:
    """Who asks for a pack, and what for: both stand in the audit and in the pack."""

    actor: str
    purpose: str
    case: str = ""

    def __post_init__(self) -> None:
        for name in ("purpose", "case"):
            told = getattr(self, name)
            if len(told) > LONGEST_PURPOSE or not told.isprintable():
                raise InvalidInput(name, f"needs at most {LONGEST_PURPOSE} printing characters")
        if not self.purpose.strip():
            raise InvalidInput("purpose", "is empty: what is taken away needs a purpose")


@dataclass(frozen=True)
class Member:
    """A file of a pack; `link` chains it to all before it."""

    name: str
    size: int
    sha256: str
    link: str = ""


@dataclass(frozen=True)
class Manifest:
    """What is signed: what the pack is, its files in order, and the head of their chain.

    `unknown` names what the centre cannot tell, so that nobody takes silence for knowledge.
    """

    alert: str
    city: str
    made_at: datetime
    made_by: str
    purpose: str
    case: str
    public_key: str
    members: tuple[Member, ...]
    head: str
    unknown: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

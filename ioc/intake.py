"""What comes in, once: the ids of a source are entered before the fact, and repeats are told apart.

`intake(source, kind, id, content_hash, ref)`: same id and content is `repeated`, same id and
other content is `refused` with `id_reused`.
"""

from dataclasses import dataclass
from enum import StrEnum


class IntakeStatus(StrEnum):
    """What became of one item."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True)
class Receipt:
    """The answer to one item: `id` is the sender's, `ref` the centre's own (None when refused)."""

    id: str
    status: IntakeStatus
    ref: str | None = None
    why: str | None = None

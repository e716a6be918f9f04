"""What senders were answered, as they wrote it down, and questions to the store about it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from ioc.centre import Centre
from ioc.db import transact

SOURCE = "gates"


@dataclass
class Answer:
    """One attempt of a sender: `answers` is None where it failed, for the reason `why`."""

    kind: str
    began: float
    at: float
    answers: list[dict[str, Any]] | None = None
    why: str = ""


def ask(centre: Centre, question: str, **arguments: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a question."""
    return transact(
        centre.engine, lambda conn: [tuple(row) for row in conn.execute(text(question), arguments)]
    )

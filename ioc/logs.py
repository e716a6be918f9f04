"""What a process writes to its log: lines for people, or one JSON object an event for machines.

`IOC_LOG` holds words, separated by commas: a level (`debug`, `info`, `warning`, `error`), `json`.
No log names a person or a vehicle. Messages are written so; should a library quote what it was
given, a plate or a number in it is hidden on its way out.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from ioc.errors import InvalidInput

VARIABLE = "IOC_LOG"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LINES = "%(asctime)s %(levelname)s %(name)s: %(message)s"
HIDDEN = "•••"
# A plate as read or as shown; nine to twelve digits are a telephone, an identity card, an account.
_PLATE = re.compile(r"(?<!\w)\d{2}-?[A-Z\u0110]{1,2}\d?[ .-]?(?:\d{3}[ .]?\d{2}|\d{4})(?!\w)")
_NUMBER = re.compile(r"(?<!\w)\+?\d{9,12}(?!\w)")
# What PostgreSQL quotes of a statement that failed: values are bound, and in it all the same.
_QUOTED = re.compile(r"^(LINE \d+|DETAIL|CONTEXT):.*$", re.M)
# They tell of every step of theirs.
CHATTY = ("alembic", "httpx", "httpcore")

# Which trace an event belongs to: set by `ioc.traces` where traces are kept.
trace_of: list[Callable[[], str]] = []


def set_up_logs(env: Mapping[str, str]) -> None:
    """Write to standard error as `IOC_LOG` says.

    Raises:
        InvalidInput: a word of it is neither a level nor `json`.
    """
    words = [word.strip().upper() for word in env.get(VARIABLE, "").split(",") if word.strip()]
    is_json = "JSON" in words
    levels = [word for word in words if word != "JSON"]
    if strange := [word for word in levels if word not in LEVELS]:
        raise InvalidInput(VARIABLE, f"{strange[0].lower()!r} is neither a level nor json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if is_json else Lines(LINES))
    logging.basicConfig(level=levels[0] if levels else "INFO", handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def scrubbed(text: str) -> str:
    """Return a text without plates, numbers of people and what a store quotes of a statement.

    >>> scrubbed("GET /v1/permits/43C-168.39 by 046085000123 from 192.168.100.200")
    'GET /v1/permits/••• by ••• from 192.168.100.200'
    """
    return _NUMBER.sub(HIDDEN, _PLATE.sub(HIDDEN, _QUOTED.sub(rf"\1: {HIDDEN}", text)))


class Lines(logging.Formatter):
    """A line an event, for people; a trace of a fault follows it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of an event."""
        return scrubbed(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object an event: at, level, logger, message, pid; trace and fault where it has."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of an event: one line, whatever is in it."""
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            "pid": record.process,
        }
        if trace_of and (trace := trace_of[0]()):
            event["trace"] = trace
        if record.exc_info:
            kind = record.exc_info[0]
            event["fault"] = kind.__name__ if kind else ""
            event["stack"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(event, ensure_ascii=False)

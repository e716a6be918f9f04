"""Every failure the centre can name.

IocError
├── InvalidInput      the caller sent something we cannot accept   (HTTP 422)
├── Unauthorised      nobody we know is asking                     (HTTP 401)
├── Forbidden         we know who asks, and may not answer         (HTTP 403)
├── NotFound          no such record                               (HTTP 404)
├── Conflict          the record is not in a state that allows it  (HTTP 409)
├── TooMany           a rate limit was reached                     (HTTP 429)
├── ConfigFault       a city's folder says something wrong         (start refused)
└── Unavailable       a store, a camera or a port cannot be used   (HTTP 503)

A refusal by a rule is no error: it is a `Verdict` with a reason.
"""

from pathlib import Path

MAX_ID = 128


class IocError(Exception):
    """A failure with a sentence a person can act on."""


class InvalidInput(IocError):
    """A value from outside is wrong; `field` names it, `why` says what is wrong with it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class Unauthorised(IocError):
    """The caller has no valid key, session or password."""


class Forbidden(IocError):
    """The caller's role or scope does not cover what was asked."""


class NotFound(IocError):
    """No record of this kind under this name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} {name!r}")
        self.kind = kind
        self.name = name


class Conflict(IocError):
    """The record exists, and its state does not allow what was asked."""


class TooMany(IocError):
    """A limit on requests was reached; `retry_after_s` says when to try again."""

    def __init__(self, why: str, retry_after_s: int) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class ConfigFault(IocError):
    """One fault of a city's folder: which file, which line (1-based, 0 = the whole file), what."""

    def __init__(self, file: Path, line: int, fault: str) -> None:
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {fault}")
        self.file = file
        self.line = line
        self.fault = fault


class Unavailable(IocError):
    """A store, a camera, a model file or a port cannot be reached or used."""


def require_id(name: str) -> None:
    """Refuse an id that the store could not keep as it is.

    Raises:
        InvalidInput: it is empty, too long, or holds characters that do not print.
    """
    if not 1 <= len(name) <= MAX_ID or not name.isprintable():
        raise InvalidInput("id", f"needs 1 to {MAX_ID} printing characters")


def require_text(field: str, said: str, most: int) -> str:
    """Return what somebody wrote, without the blanks around it.

    Raises:
        InvalidInput: it is empty, longer than `most` characters, or does not print.
    """
    if not said.strip() or len(said) > most or not said.isprintable():
        raise InvalidInput(field, f"needs 1 to {most} printing characters")
    return said.strip()

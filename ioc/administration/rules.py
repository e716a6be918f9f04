"""What an administrator may do to which account: within his scope, and never above himself."""

from collections.abc import Collection

from ioc.access.model import Role, User
from ioc.administration.model import Officer
from ioc.errors import Forbidden, InvalidInput

# Who administers a part of the province has no say over what belongs to all of it.
WHOLE_ONLY = frozenset({Role.AUDITOR})


def is_within(scope: str | None, codes: Collection[str] | None) -> bool:
    """Tell whether an account of `scope` lies within the codes of a scope; None: everywhere.

    >>> is_within("19750", {"474", "19750"}), is_within(None, {"474"}), is_within(None, None)
    (True, False, True)
    """
    return codes is None or scope in codes


def require_within(scope: str | None, codes: Collection[str] | None) -> None:
    """Return when an account of `scope` may be made or kept by whoever reaches `codes`.

    Raises:
        InvalidInput: it would be wider than his own, or elsewhere.
    """
    if not is_within(scope, codes):
        raise InvalidInput("scope", "lies outside your own")


def require_role(wish: User, codes: Collection[str] | None) -> None:
    """Return when an officer who reaches `codes` may give the role of a wish.

    Raises:
        InvalidInput: it belongs to the whole province, or an agency has none or needs none.
    """
    if codes is not None and wish.role in WHOLE_ONLY:
        raise InvalidInput("role", "is given by an administrator of the whole province")
    if (wish.role is Role.AGENCY) != (wish.agency is not None):
        raise InvalidInput("agency", "is named for an account of an agency, and for no other")


def require_another(officer: Officer, name: str) -> None:
    """Return when the account is not the officer's own: nobody locks himself out or lifts himself.

    Raises:
        InvalidInput: it is.
    """
    if officer.name == name:
        raise InvalidInput("name", "is your own account")


def require_whole(officer: Officer) -> None:
    """Return when an officer administers the whole province, to which keys and files belong.

    Raises:
        Forbidden: he administers a part of it.
    """
    if officer.scope is not None:
        raise Forbidden("only an administrator of the whole province may do that")

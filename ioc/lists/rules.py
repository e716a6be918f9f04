"""Which vehicles a list may hold. Pure."""

from ioc.errors import InvalidInput
from ioc.lists.model import REASONS, ListKind, ListReason, PlateList


def require_reason(plate_list: PlateList, reason: ListReason) -> None:
    """Return when the list takes vehicles for this reason.

    Raises:
        InvalidInput: it does not.
    """
    if plate_list.kind is ListKind.PERMITS:
        raise InvalidInput("list", f"{plate_list.id} is of permits: they are granted, not entered")
    possible = REASONS[plate_list.kind]
    if reason not in possible:
        words = ", ".join(sorted(possible))
        raise InvalidInput("reason", f"{reason} is none of {words}, which {plate_list.id} takes")

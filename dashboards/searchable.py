"""What somebody may search, and where on a page the search stands."""

from collections.abc import Callable, Mapping

from dashboards.auth import Viewer
from ioc.access.model import Action, Page

PLATE = "plate"
KINDS: Mapping[str, Callable[[Viewer], bool]] = {
    PLATE: lambda who: who.may_open(Page.POLICE) and who.may(Action.LOOK_UP_PLATE),
    "person": lambda who: who.may(Action.LOOK_UP_PERSON),
    "card": lambda who: who.may(Action.LOOK_UP_PERSON),
    "report": lambda who: who.may_open(Page.REPORTS),
    "camera": lambda who: who.may_open(Page.CAMERAS),
}


def kinds_of(who: Viewer) -> list[str]:
    """Return what somebody may search, in the order in which it is offered."""
    return [kind for kind, may in KINDS.items() if may(who)]


def may_search(who: Viewer) -> bool:
    """Tell whether the search opens to somebody: also to who may only decide on requests."""
    return bool(kinds_of(who)) or who.may(Action.APPROVE_TRAIL)

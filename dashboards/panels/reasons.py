"""Why vehicles are stopped, in the order of the screens, and the pass each reason speaks of."""

from ioc.permits.model import PermitClass
from ioc.vehicles.model import Reason

# That a red vehicle is overdue is told by no read, so it is counted in alerts alone.
STOPPED = (
    Reason.YELLOW_ON_MAIN,
    Reason.RED_OFF_ROUTE,
    Reason.RED_OUTBOUND,
    Reason.RED_WRONG_SITE,
    Reason.QUARANTINE_BREAKER,
    Reason.WANTED,
    Reason.STOLEN,
    Reason.CLONED,
    Reason.NO_PERMIT,
    Reason.EXPIRED,
    Reason.REVOKED,
    Reason.NOT_YET_VALID,
    Reason.OUT_OF_HOURS,
)
# Rare ones take a line of a table only where there is something to say.
RARE = frozenset(
    {
        Reason.QUARANTINE_BREAKER,
        Reason.WANTED,
        Reason.STOLEN,
        Reason.CLONED,
        Reason.OUT_OF_HOURS,
    }
)
CLASS_OF = {
    Reason.YELLOW_ON_MAIN: PermitClass.YELLOW,
    Reason.RED_OUTBOUND: PermitClass.RED,
    Reason.RED_OFF_ROUTE: PermitClass.RED,
    Reason.RED_WRONG_SITE: PermitClass.RED,
    Reason.RED_OVERDUE: PermitClass.RED,
}
# The sign of a reason that speaks of no pass, by what is wrong.
SIGN_OF = {
    Reason.NO_PERMIT: "none",
    Reason.STOLEN: "stop",
    Reason.WANTED: "stop",
    Reason.QUARANTINE_BREAKER: "stop",
    Reason.CLONED: "stop",
}


def class_of(reason: str) -> PermitClass | None:
    """Return the class of pass a reason speaks of, or None."""
    return CLASS_OF.get(Reason(reason)) if reason in set(Reason) else None

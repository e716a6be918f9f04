"""Why vehicles are stopped, in the order of the screens, and the pass each reason speaks of."""

from ioc.permits.model import PermitClass
from ioc.vehicles.model import Reason

STOPPED = (
    Reason.YELLOW_ON_MAIN,
    Reason.RED_OFF_ROUTE,
    Reason.RED_OUTBOUND,
    Reason.RED_WRONG_SITE,
    Reason.NO_PERMIT,
    Reason.EXPIRED,
    Reason.REVOKED,
    Reason.NOT_YET_VALID,
)
CLASS_OF = {
    Reason.YELLOW_ON_MAIN: PermitClass.YELLOW,
    Reason.RED_OUTBOUND: PermitClass.RED,
    Reason.RED_OFF_ROUTE: PermitClass.RED,
    Reason.RED_WRONG_SITE: PermitClass.RED,
}


def class_of(reason: str) -> PermitClass | None:
    """Return the class of pass a reason speaks of, or None."""
    return CLASS_OF.get(Reason(reason)) if reason in set(Reason) else None

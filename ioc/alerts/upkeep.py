"""What keeps alerts bounded: they go on their day, with everything that hangs on them."""

from datetime import datetime

from ioc.alerts import store
from ioc.centre import Centre
from ioc.db import transact


def purge_alerts(centre: Centre, raised_before: datetime) -> int:
    """Delete closed alerts raised before an instant, with their logs; return how many."""
    return transact(centre.engine, lambda conn: store.purge(conn, raised_before))

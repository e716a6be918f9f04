"""Registrations over time: deleted when they are decided and past their days."""

from datetime import datetime

from ioc.centre import Centre
from ioc.db import transact
from ioc.registrations import store


def drop_registrations(centre: Centre, received_before: datetime) -> int:
    """Delete registrations that wait for nobody and were received before an instant."""
    return transact(centre.engine, lambda conn: store.drop(conn, received_before))

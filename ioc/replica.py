"""A streaming replica that panels are read from, where it holds all that the primary held.

Before each reading the primary is asked how far its log goes, one number, and the replica whether
it has got there. So a reading is never older than its question, whatever the replica's delay: a
tile's age stays true, and who has just written sees it. One that is too far behind, away, promoted,
or a copy of another store is not read from.
"""

import logging
import time

from sqlalchemy import Engine, text

from ioc.db import open_engine, transact
from ioc.errors import InvalidInput, IocError, Unavailable

logger = logging.getLogger(__name__)

# A replica on the same network is behind by some milliseconds; waiting longer than the primary
# would take to answer is worth nothing.
PATIENCE_S = 0.2
STEP_S = 0.004
# One that failed is left alone for a while.
REST_S = 5.0


class Replica:
    """The replica of one process; it may be lost at any moment and nothing is."""

    def __init__(self, url: str, pool_size: int) -> None:
        """Remember `url`; nothing is connected yet.

        Raises:
            InvalidInput: the url is not of the form postgresql+psycopg2://…
        """
        try:
            self.engine = open_engine(url, pool_size=pool_size)
        except InvalidInput as fault:
            raise InvalidInput("IOC_REPLICA_URL", fault.why) from None
        self._is_known = False
        self._rests_until = 0.0
        # How many readings went to the replica, and how many to the primary instead.
        self.served = self.passed_on = 0

    def holds_all(self, primary: Engine) -> bool:
        """Tell whether the replica has by now all that `primary` had when this was called.

        Raises:
            Unavailable: the primary does not answer.
        """
        is_there = time.monotonic() >= self._rests_until and self._follows(primary)
        self.served += is_there
        self.passed_on += not is_there
        return is_there

    def rest(self, fault: object) -> None:
        """Leave the replica alone for some seconds."""
        logger.warning("the replica is not read from for %s s: %s", REST_S, fault)
        self._rests_until = time.monotonic() + REST_S

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _follows(self, primary: Engine) -> bool:
        position, system = transact(primary, lambda conn: conn.execute(POSITION).one())
        limit = time.monotonic() + PATIENCE_S
        try:
            if not self._is_known and not self._is_copy_of(system):
                return False
            while not self._has(position):
                if time.monotonic() > limit:
                    return False
                time.sleep(STEP_S)
        except IocError as fault:
            self.rest(fault)
            return False
        return True

    def _has(self, position: str) -> bool:
        """Tell whether everything up to `position` is there.

        Raises:
            Unavailable: it does not answer, was promoted, or hears nothing from its primary.
        """
        ask = HAS.bindparams(position=position)
        found = transact(self.engine, lambda conn: conn.execute(ask).one())
        if not found.is_following:
            raise Unavailable("it follows no primary")
        return bool(found.is_there)

    def _is_copy_of(self, system: int) -> bool:
        found = transact(self.engine, lambda conn: conn.execute(SYSTEM).scalar_one())
        self._is_known = found == system
        if not self._is_known:
            self.rest("IOC_REPLICA_URL is no copy of IOC_DATABASE_URL")
        return self._is_known


POSITION = text("""
    SELECT CAST(pg_current_wal_lsn() AS text), system_identifier FROM pg_control_system()
""")
SYSTEM = text("SELECT system_identifier FROM pg_control_system()")
HAS = text("""
    SELECT pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn) AS is_there,
        pg_is_in_recovery() AND EXISTS (SELECT pid FROM pg_stat_wal_receiver) AS is_following
""")

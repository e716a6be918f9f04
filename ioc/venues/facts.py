"""What gates must know, remembered for two seconds: cards that ended, points shut, sites full.

A scan asks no store for it: what one process learnt lately answers thousands. So a card that is
revoked, or a point that is shut, is known at every gate within two seconds.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from ioc.cards.model import CardState
from ioc.cards.service import ends_since
from ioc.centre import Centre
from ioc.db import transact
from ioc.places import Point
from ioc.venues import store
from ioc.venues.model import Way
from ioc.venues.rulebook import AdmissionBook
from ioc.venues.rules import is_active
from ioc.venues.service import occupancies_in

FRESH = timedelta(seconds=2)


@dataclass
class GateFacts:
    """What one process knows; `learn` brings it up to date where it is too old."""

    centre: Centre
    book: AdmissionBook
    fresh: timedelta = FRESH
    _ended: dict[str, tuple[CardState, datetime]] = field(default_factory=dict)
    _last_end: int = 0
    _states: Mapping[str, Sequence[tuple[datetime, bool]]] = field(default_factory=dict)
    _full: frozenset[str] = frozenset()
    _learnt_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, now: datetime) -> None:
        """Ask the store what changed, unless it was asked lately."""
        with self._lock:
            if self._learnt_at is not None and abs(now - self._learnt_at) < self.fresh:
                return
            transact(self.centre.engine, self._ask)
            self._learnt_at = now

    def card_state(self, qid: str, at: datetime) -> str:
        """Return how a card of ours stood at an instant."""
        state, since = self._ended.get(qid, (CardState.ISSUED, at))
        return state.value if since <= at else CardState.ISSUED.value

    def is_usual(self, point: Point, card: str | None, ends_at: datetime | None) -> bool:
        """Tell whether a scan is answered as all others of its kind are, at any time of its day."""
        return not (
            card in self._ended
            or point.id in self._states
            or ends_at is not None
            or point.site in self.book.capacity
        )

    def is_open(self, point: Point, day: date, at: datetime) -> bool:
        """Tell whether a point exists on a day and is active at an instant of it."""
        return point.is_in_force(day) and is_active(self._states.get(point.id, ()), at)

    def fullness(self, site: str | None, direction: Way) -> str:
        """Return whether a site can take another: full, free, or none where no limit is set."""
        if site is None or site not in self.book.capacity or direction is Way.OUT:
            return "none"
        return "full" if site in self._full else "free"

    def _ask(self, conn: Connection) -> None:
        for number, qid, state, at in ends_since(conn, self._last_end):
            self._last_end = number
            if state is CardState.ISSUED:
                self._ended.pop(qid, None)
            else:
                self._ended[qid] = (state, at)
        if "point" in self.book.asks:
            self._states = store.point_states(conn)
        if "site" in self.book.asks and self.book.capacity:
            self._full = frozenset(
                one.site
                for one in occupancies_in(conn, self.centre)
                if one.capacity is not None and one.inside >= one.capacity
            )

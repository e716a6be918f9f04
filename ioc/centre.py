"""The handles of one process on the centre, opened once and passed first to every use case."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from math import inf
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ioc.city import load_city
from ioc.clock import Now, local_day, shifted_now, utc_now
from ioc.db import open_engine, ping
from ioc.errors import Unavailable
from ioc.live import Live
from ioc.places import City
from ioc.replica import Replica
from ioc.roads import CityRoads
from ioc.scopes import Reach, reach_of
from ioc.settings import Settings

# Scopes of a day that are remembered: the model had 194 accounts.
MOST_REACHES = 400
# On the monotonic clock: what a replica is read for now is not older than this.
held_at: ContextVar[float] = ContextVar("held_at", default=inf)

T = TypeVar("T")


@dataclass(frozen=True)
class Centre:
    """Everything a use case needs; `now` is the only clock."""

    settings: Settings
    city: City
    engine: Engine
    live: Live
    now: Now
    replica: Replica | None = None

    def read(self, work: Callable[["Centre"], T]) -> T:
        """Return `work`, which only reads, done on the replica where that holds all there is now.

        Where there is none, or it is behind, away, or fails, it is done on the store itself.
        """
        asked_at = time.monotonic()
        if self.replica is None or not self.replica.holds_all(self.engine):
            return work(self)
        mark = held_at.set(asked_at)
        try:
            return work(self._copy)
        except (Unavailable, DBAPIError) as fault:
            # What is wrong with the question will be wrong with it there, too.
            self.replica.rest(type(fault).__name__)
        finally:
            held_at.reset(mark)
        return work(self)

    @cached_property
    def _copy(self) -> "Centre":
        assert self.replica is not None
        return replace(self, engine=self.replica.engine, replica=None)

    @cached_property
    def roads(self) -> CityRoads:
        """The road graphs of the city, laid when first asked for."""
        return CityRoads(self.city)

    def reach(self, scope: str | None) -> Reach:
        """Return what an account of `scope` sees today; see `ioc.scopes` for its use."""
        key = (scope, local_day(self.now(), self.city.zone))
        if key not in self._reaches:
            # Asked for every line of a desk, and made from every place of the city.
            if len(self._reaches) >= MOST_REACHES:
                self._reaches.clear()
            self._reaches[key] = reach_of(self.city, *key)
        return self._reaches[key]

    @cached_property
    def _reaches(self) -> dict[tuple[str | None, date], Reach]:
        return {}


@contextmanager
def open_centre(
    settings: Settings, now: Now | None = None, *, pool_size: int = 8, city: City | None = None
) -> Iterator[Centre]:
    """Open the stores of `settings` and close them at the end.

    `pool_size` is how many threads of this process use the store at once; `city` spares reading
    the folder of `settings` where that was done before.

    Raises:
        ConfigFault: the city's folder is wrong.
    """
    city = city or load_city(settings.city_dir)
    if now is None:
        now = utc_now if settings.as_of is None else shifted_now(settings.as_of, city.zone)
    engine = open_engine(settings.database_url, pool_size=pool_size)
    live = Live(settings.redis_url)
    replica = Replica(settings.replica_url, pool_size) if settings.replica_url else None
    try:
        yield Centre(settings, city, engine, live, now, replica)
    finally:
        if replica is not None:
            replica.close()
        live.close()
        engine.dispose()


def reachable(centre: Centre) -> dict[str, bool]:
    """Return which stores answer now: `database` holds the truth, `live` may be lost."""
    try:
        ping(centre.engine)
    except Unavailable:
        return {"database": False, "live": centre.live.is_reachable()}
    return {"database": True, "live": centre.live.is_reachable()}

"""The handles of one process on the centre, opened once and passed first to every use case."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import Engine

from ioc.city import load_city
from ioc.clock import Now, local_day, shifted_now, utc_now
from ioc.db import open_engine, ping
from ioc.errors import Unavailable
from ioc.live import Live
from ioc.places import City
from ioc.roads import CityRoads
from ioc.scopes import Reach, reach_of
from ioc.settings import Settings

# Scopes of a day that are remembered: the model had 194 accounts.
MOST_REACHES = 400


@dataclass(frozen=True)
class Centre:
    """Everything a use case needs; `now` is the only clock."""

    settings: Settings
    city: City
    engine: Engine
    live: Live
    now: Now

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
    try:
        yield Centre(settings, city, engine, live, now)
    finally:
        live.close()
        engine.dispose()


def reachable(centre: Centre) -> dict[str, bool]:
    """Return which stores answer now: `database` holds the truth, `live` may be lost."""
    try:
        ping(centre.engine)
    except Unavailable:
        return {"database": False, "live": centre.live.is_reachable()}
    return {"database": True, "live": centre.live.is_reachable()}

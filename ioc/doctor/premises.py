"""What is examined: an installation as its environment describes it, as far as it can be opened."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine

from ioc.centre import Centre, open_centre
from ioc.city import read_city
from ioc.clock import Now, utc_now
from ioc.db import open_engine, ping
from ioc.doctor.model import Defect, Need
from ioc.errors import InvalidInput, Unavailable
from ioc.live import Live
from ioc.places import City
from ioc.settings import Settings, load_settings

HOST = "127.0.0.1"

T = TypeVar("T")


@dataclass(frozen=True)
class Premises:
    """One installation; what could not be opened is None.

    Attributes:
        env: what its processes are told.
        now: the clock of this machine, whatever day the centre is set to.
        ports: that its pages and its API listen at, by the name of the service.
        settings_fault: why there are no settings.
        is_there: whether the store answers.
    """

    env: Mapping[str, str]
    now: Now
    ports: Mapping[str, int]
    settings: Settings | None = None
    settings_fault: InvalidInput | None = None
    engine: Engine | None = None
    live: Live | None = None
    centre: Centre | None = None
    is_there: bool = False

    def lacks(self, need: Need) -> bool:
        """Tell whether what a check needs is not there."""
        missing = {
            Need.NOTHING: False,
            Need.SETTINGS: self.settings is None,
            Need.STORE: not self.is_there,
            Need.CITY: not self.is_there or self.centre is None,
            Need.LIVE: self.live is None or not self.live.is_reachable(),
        }
        return missing[need]


@dataclass(frozen=True)
class Check:
    """One question asked of an installation; answers with everything that is wrong."""

    name: str
    need: Need
    look: Callable[[Premises], Iterator[Defect]]


def have(part: T | None) -> T:
    """Return a part of the premises that the need of a check says is there."""
    if part is None:
        raise AssertionError("a check looks only where what it needs is there")
    return part


@contextmanager
def open_premises(
    env: Mapping[str, str],
    ports: Mapping[str, int],
    now: Now = utc_now,
    city: City | None = None,
) -> Iterator[Premises]:
    """Open as much of the installation of `env` as can be; nothing of it is changed.

    `city` spares reading its folder where that was done before.
    """
    try:
        settings = load_settings(env)
    except InvalidInput as found:
        yield Premises(env, now, ports, settings_fault=found)
        return
    with ExitStack() as opened:
        try:
            engine = open_engine(settings.database_url, pool_size=2)
        except InvalidInput as found:
            yield Premises(env, now, ports, settings_fault=found)
            return
        opened.callback(engine.dispose)
        live = Live(settings.redis_url)
        opened.callback(live.close)
        centre = None
        city = city or _city(settings)
        if city is not None:
            centre = opened.enter_context(open_centre(settings, pool_size=2, city=city))
        yield Premises(env, now, ports, settings, None, engine, live, centre, _answers(engine))


def _city(settings: Settings) -> City | None:
    city, faults = read_city(settings.city_dir)
    return None if faults else city


def _answers(engine: Engine) -> bool:
    try:
        ping(engine)
    except Unavailable:
        return False
    return True

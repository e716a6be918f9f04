"""What happens in a made-up province: scans, cards, doses, tests, calls, declarations, reports.

Repeatable by its seed: the same spans of time bring the same people to the same places.
"""

import heapq
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from ingest.simulator.people import People, Persona
from ingest.simulator.rhythm import Habits, drawn
from ioc.places import City, Facility, FacilitySort, PlaceKind, Point, Unit

NEAR = 0.75
ADULT_AGE = 18
# Out of so many of a stream's people nobody comes twice for long.
VISITORS = 400_000
PATHS = {
    "scans": "/v1/scans",
    "cards": "/v1/cards",
    "doses": "/v1/doses",
    "tests": "/v1/tests",
    "calls": "/v1/calls",
    "declarations": "/v1/declarations",
}
REPORTS = "reports"
Item = dict[str, Any]
Value = TypeVar("Value")


class Drawn(Generic[Value]):
    """Values drawn by weight, as fast for a thousand as for two."""

    def __init__(self, weights: Mapping[Value, float]) -> None:
        """Take what may be drawn, and how often."""
        self._values = list(weights)
        self._until = list(accumulate(weights.values()))

    def by(self, chance: random.Random) -> Value:
        """Draw one."""
        index = bisect_right(self._until, chance.random() * self._until[-1])
        return self._values[min(index, len(self._values) - 1)]


class Life:
    """The made-up life of a city from a day on."""

    def __init__(
        self, city: City, people: People, habits: Habits, day: date, chance: tuple[int, str]
    ) -> None:
        """Take who lives there, and what they do how often.

        `chance` is the seed of what happens, and a word that no other run has: tubes bear it.
        """
        self._people, self._habits = people, habits
        seed, self._run = chance
        self._random = random.Random(seed)
        self._serial = 0
        points = [p for p in city.of_kind(PlaceKind.POINT, day) if isinstance(p, Point)]
        self._points = Drawn({p: habits.points.get(p.sort.value, 1.0) for p in points})
        places = [p for p in city.of_kind(PlaceKind.FACILITY, day) if isinstance(p, Facility)]
        self._testing = [p.id for p in places if p.sort is FacilitySort.TESTING]
        self._giving = [p.id for p in places if p.sort is FacilitySort.VACCINATION]
        self._units = [u for u in city.of_kind(PlaceKind.UNIT, day) if isinstance(u, Unit)]
        self._homes = Drawn({u: float(u.population) for u in self._units if u.population})
        self._drawn = {name: Drawn(shares) for name, shares in habits.shares.items()}
        self._codes, self._reports = Drawn(habits.codes), Drawn(habits.reports)
        self._stays: list[tuple[datetime, int, Item]] = []
        self._makers: Mapping[str, Callable[[datetime], Item]] = {
            "scans": self._scan,
            "cards": self._card,
            "doses": self._dose,
            "tests": self._test,
            "calls": self._call,
            "declarations": self._declaration,
            REPORTS: self._report,
        }

    def happen(
        self, seconds: float, at: datetime, zone: ZoneInfo, speed: float
    ) -> Iterator[tuple[str, Item]]:
        """Yield the stream and the item of what happens in `seconds` until `at`.

        Each stream comes `speed` times as often as in life; the stamps stay those of the clock.
        """
        local = at.astimezone(zone)
        for name, make in self._makers.items():
            rhythm = self._habits.streams.get(name)
            if rhythm is None:
                continue
            for _ in range(drawn(rhythm.rate(local) * seconds * speed, self._random)):
                when = at - timedelta(seconds=self._random.random() * seconds)
                yield name, make(when)
        while self._stays and self._stays[0][0] <= at:
            when, _, item = heapq.heappop(self._stays)
            yield "scans", {**item, "scanned_at": when.isoformat()}

    def _scan(self, at: datetime) -> Item:
        point = self._points.by(self._random)
        who = self._passer_by(point.unit)
        item = {
            "id": self._name("scan"),
            "point": point.id,
            "code": self._code(who),
            "direction": "in",
            "scanned_at": at.isoformat(),
        }
        if self._random.random() < self._habits.scanned_out:
            stay = self._random.expovariate(1 / self._habits.stay_s)
            leaves = {**item, "id": self._name("scan"), "direction": "out"}
            heapq.heappush(self._stays, (at + timedelta(seconds=stay), self._serial, leaves))
        return item

    def _passer_by(self, unit: str) -> Persona:
        is_near = self._random.random() < NEAR
        home = unit if is_near else self._homes.by(self._random).id
        try:
            return self._people.person(self._people.of_unit(home, self._random.randrange(1 << 30)))
        except KeyError:
            return self._anybody()

    def _anybody(self) -> Persona:
        return self._people.person(self._random.randrange(self._people.count))

    def _code(self, who: Persona) -> str:
        match self._codes.by(self._random):
            case "citizen_card":
                return who.citizen_card()
            case "insurance_card":
                return who.insurance_card()
        return who.personal_qr()

    def _card(self, _at: datetime) -> Item:
        who = self._anybody()
        return {"id": self._name("card"), "person": who.item, "kind": self._word("media")}

    def _dose(self, at: datetime) -> Item:
        who = self._anybody()
        while (at.date() - who.born_on).days < (ADULT_AGE + 1) * 365:
            who = self._anybody()
        return {
            "id": self._name("dose"),
            "person": who.item,
            "product": self._word("products"),
            "lot": f"SIM-{at:%y%m}-{self._random.randrange(40):02}",
            "number": 1,
            "facility": self._random.choice(self._giving),
            "given_at": at.isoformat(),
        }

    def _test(self, at: datetime) -> Item:
        return {
            "id": self._name("test"),
            "person": self._anybody().item,
            "kind": self._word("kinds"),
            "tube": f"S{self._run.upper()}-{self._serial}",
            "facility": self._random.choice(self._testing),
            "taken_at": at.isoformat(),
            "result": self._word("results"),
        }

    def _call(self, at: datetime) -> Item:
        return {
            "id": self._name("call"),
            "line": self._habits.line,
            "branch": self._word("branches"),
            "direction": self._word("directions"),
            "topic": self._word("topics"),
            "at": at.isoformat(),
        }

    def _declaration(self, _at: datetime) -> Item:
        comer = self._people.person(self._people.count + self._random.randrange(VISITORS))
        return {
            "id": self._name("declaration"),
            "person": comer.item,
            "destination": self._homes.by(self._random).id,
        }

    def _report(self, _at: datetime) -> Item:
        code, text = self._reports.by(self._random)
        home = self._homes.by(self._random)
        lat = home.lat + self._random.uniform(-0.006, 0.006)
        long = home.lon + self._random.uniform(-0.006, 0.006)
        spot = {"lat": f"{lat:.6f}", "long": f"{long:.6f}"}
        return {"service_code": code, "description": text, **spot}

    def _word(self, name: str) -> str:
        return self._drawn[name].by(self._random)

    def _name(self, stream: str) -> str:
        self._serial += 1
        return f"{stream}-{self._serial}"

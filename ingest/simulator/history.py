"""What happened until a day, item by item: the same ids and contents at every start. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

from ingest.simulator.people import People, Persona, mixed
from ingest.simulator.totals import Totals
from ioc.clock import day_bounds
from ioc.places import City, Facility, FacilitySort, PlaceKind

Item = dict[str, Any]
OPENS, OPEN_S = time(6), 12 * 3600
ADULT_YEARS = 20
# Days between the two doses of one person: what every vaccine in use needs, and a week.
BETWEEN = timedelta(days=35)
# Until then there was one vaccine in the country; the others were approved month by month.
ONLY, ALL_IN_USE = "astrazeneca", datetime(2021, 7, 1, tzinfo=UTC)
PRODUCTS = ("vero-cell", "astrazeneca", "pfizer", "moderna")
MEDIA = ("phone", "phone", "phone", "paper", "paper", "plastic")
TOPICS = ("suspected-infection", "travel", "support", "supplies", "card")
BRANCHES = ("0", "1", "1", "2", "3")
KINDS = ("pcr", "antigen")
# Digits of plates that no two vehicles of the replay share.
SERIES = 100_000
PROVINCES = (29, 36, 37, 38, 43, 47, 49, 51, 61, 73, 74, 92)
LETTERS = "ABCD"
IN_FORCE = timedelta(days=30)


@dataclass(frozen=True)
class Told:
    """One stream: where it is sent, and its items from the first on; `again` are sent twice."""

    path: str
    items: Callable[[], Iterator[Item]]
    again: int = 0


class History:
    """Everything that a city counted, until an instant of its last day."""

    def __init__(self, city: City, people: People, totals: Totals, until: datetime) -> None:
        """Take who lives there, and how many of what happened."""
        self._city, self._people, self._totals = city, people, totals
        self._until = until
        day = totals.as_of
        places = [p for p in city.of_kind(PlaceKind.FACILITY, day) if isinstance(p, Facility)]
        self._testing = [p.id for p in places if p.sort is FacilitySort.TESTING]
        self._giving = [p.id for p in places if p.sort is FacilitySort.VACCINATION]

    def streams(self) -> Mapping[str, Told]:
        """Return every stream by name, in the order in which they are to be sent."""
        return {
            "vehicles": Told("/v1/permits", self._vehicles),
            "cards": Told("/v1/cards", self._cards),
            "scans": Told("/v1/scans", self._scans),
            "doses": Told("/v1/doses", self._doses, self._totals.twice),
            "paper": Told("/v1/paper-totals", self._paper),
            "tests": Told("/v1/tests", self._tests),
            "calls": Told("/v1/calls", self._calls),
        }

    def _vehicles(self) -> Iterator[Item]:
        start, _ = day_bounds(self._totals.as_of, self._city.zone)
        ends = (start + IN_FORCE).isoformat()
        for n in range(self._totals.counts["vehicles"]):
            chance = mixed(n)
            series = f"{PROVINCES[n % 12]}{LETTERS[n // 12 % 4]}"
            kind = "yellow" if chance % 4 == 0 else "green"
            yield {
                "id": f"replay-vehicle-{n}",
                "plate": f"{series}{n // 48 * 61 % SERIES:05}",
                "class": kind,
                "valid_from": start.isoformat(),
                "valid_until": ends,
            }

    def _cards(self) -> Iterator[Item]:
        n = 0
        for day, count in self._by_day("cards"):
            at = _Spread(*self._span(day), count)
            for k in range(count):
                yield {
                    "id": f"replay-card-{n}",
                    "person": self._people.person(n).item,
                    "kind": MEDIA[mixed(n) % len(MEDIA)],
                    "issued_at": at(k),
                }
                n += 1

    def _scans(self) -> Iterator[Item]:
        holders = min(self._totals.counts["cards"], self._people.count)
        n = 0
        for day, count in self._by_day("scans"):
            points = self._points_on(day)
            at = _Spread(*self._span(day), count)
            for k in range(count):
                chance = mixed(n)
                # On every day each point is scanned at once before any is again.
                point = points[k % len(points)] if k < len(points) else points[chance % len(points)]
                yield {
                    "id": f"replay-scan-{n}",
                    "point": point,
                    "code": self._people.person(chance // 8191 % holders).personal_qr(),
                    "direction": "out" if chance % 5 == 0 else "in",
                    "scanned_at": at(k),
                }
                n += 1

    def _doses(self) -> Iterator[Item]:
        for n, (who, number, at, facility) in enumerate(self._injections()):
            first = at - BETWEEN if number == 2 else at
            product = PRODUCTS[who.n % len(PRODUCTS)] if first >= ALL_IN_USE else ONLY
            yield {
                "id": f"replay-dose-{n}",
                "person": who.item,
                "product": product,
                "lot": f"SIM-{product[:2].upper()}{at:%m}-{mixed(n) % 20:02}",
                "number": number,
                "facility": facility,
                "given_at": at.isoformat(),
            }

    def _injections(self) -> Iterator[tuple[Persona, int, datetime, str]]:
        """Yield who got which dose when and where: the first of all before any second."""
        totals = self._totals
        firsts = totals.counts["doses"] - totals.second
        start, last = totals.from_on["doses"], totals.as_of
        # Who had a second one had the first so long before.
        early = max(1, (last - start - BETWEEN).days)
        late = (last - start).days
        adults = list(islice(self._adults(), firsts))
        for number, people in ((1, adults), (2, adults[: totals.second])):
            for who in people:
                chance = mixed(who.n ^ 0xD05E)
                span = early if who.n <= adults[totals.second - 1].n else late
                day = start + timedelta(days=chance % span)
                day += BETWEEN if number == 2 else timedelta()
                at = datetime.combine(day, OPENS, self._city.zone)
                at += timedelta(seconds=chance // 997 % OPEN_S)
                facility = self._giving[chance // 9973 % len(self._giving)]
                yield who, number, at, facility

    def _adults(self) -> Iterator[Persona]:
        latest = self._totals.as_of - timedelta(days=ADULT_YEARS * 366 + 180)
        for n in range(self._people.count):
            who = self._people.person(n)
            if who.born_on <= latest:
                yield who

    def _paper(self) -> Iterator[Item]:
        """Yield what facilities reported of each day: what they entered, and what they did not."""
        given = Counter((facility, at.date()) for _, _, at, facility in self._injections())
        places = sorted(given)
        lacking = self._totals.counts["paper"] - self._totals.counts["doses"]
        for n in range(lacking):
            given[places[mixed(n) % len(places)]] += 1
        for facility, day in places:
            yield {
                "id": f"replay-paper-{facility}-{day}",
                "facility": facility,
                "day": day.isoformat(),
                "kind": "dose",
                "n": given[facility, day],
            }

    def _tests(self) -> Iterator[Item]:
        n = 0
        for day, count in self._by_day("tests"):
            at = _Spread(*self._span(day), count)
            for k in range(count):
                yield {
                    "id": f"replay-test-{n}",
                    "person": self._people.person(mixed(n) % self._people.count).item,
                    "kind": KINDS[n % 2],
                    "tube": f"SIM{n:09}",
                    "facility": self._testing[k % len(self._testing)],
                    "taken_at": at(k),
                    "result": "positive" if n % 400 == 0 else "negative",
                }
                n += 1

    def _calls(self) -> Iterator[Item]:
        n = 0
        for day, count in self._by_day("calls"):
            at = _Spread(*self._span(day), count)
            for k in range(count):
                yield {
                    "id": f"replay-call-{n}",
                    "line": "19001075",
                    "branch": BRANCHES[n % len(BRANCHES)],
                    "direction": "in" if mixed(n) % 100 < 83 else "out",
                    "topic": TOPICS[mixed(n) % len(TOPICS)],
                    "at": at(k),
                }
                n += 1

    def _by_day(self, stream: str) -> Iterator[tuple[date, int]]:
        totals = self._totals
        days = totals.days(stream)
        each = totals.counts[stream] // days
        for number in range(days - 1):
            yield totals.from_on[stream] + timedelta(days=number), each
        yield totals.as_of, totals.on_last_day(stream)

    def _points_on(self, day: date) -> Sequence[str]:
        return [point.id for point in self._city.of_kind(PlaceKind.POINT, day)]

    def _span(self, day: date) -> tuple[datetime, datetime]:
        start, end = day_bounds(day, self._city.zone)
        return start, max(start + timedelta(seconds=1), min(end, self._until))


class _Spread:
    """Instants spread evenly over a span, in order."""

    def __init__(self, start: datetime, end: datetime, count: int) -> None:
        self._start, self._step = start, (end - start) / max(1, count)

    def __call__(self, k: int) -> str:
        return (self._start + k * self._step).isoformat()

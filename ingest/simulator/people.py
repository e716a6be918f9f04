"""The people of a made-up city, each the same at every start: name, birth, number, codes. Pure.

People are numbered; what belongs to a number is computed from it, and nothing is kept. Residents
come first, as many as the census counted and in every unit as many as live there; whoever has a
higher number is from elsewhere.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from ioc.config import Entry
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.persons.rules import fold_name
from ioc.places import City, Unit

FILE = "people.toml"
SEXES = ("male", "female")
OLDEST = 120
# Numbers that share no divisor with the count of people are tried from here on: neighbours by
# number then live far apart.
STRIDE = 514_229
MASK = (1 << 64) - 1
NUMBERS = 1_000_000
OLDEST_YEARS = 5
OF_AGE = timedelta(days=20 * 366)
# Among so many neighbours by number one is of age.
FEW = 20
CARD_ISSUED, ELSEWHERE = "01032021", "-"


@dataclass(frozen=True)
class Persona:
    """Somebody who does not exist; `unit` is None where he lives elsewhere."""

    n: int
    number: str
    name: str
    born_on: date
    is_male: bool
    unit: str | None
    address: str = field(repr=False)

    @property
    def item(self) -> dict[str, str]:
        """Return him as the API takes a person."""
        return {"number": self.number, "name": self.name, "born_on": self.born_on.isoformat()}

    @property
    def plain_name(self) -> str:
        """Return his name in capitals without accents, as codes bear it."""
        return _folded(self.name)

    def personal_qr(self) -> str:
        """Return the text of his personal QR (Decision 1405/QD-BTTTT), which nobody signed."""
        sex = "1" if self.is_male else "2"
        qid = f"SIM{self.n:09}"
        born = self.born_on.isoformat()
        return f"{self.number}|{self.plain_name}|{born}|0|{qid}|<{sex}<<<"

    def citizen_card(self) -> str:
        """Return the text on his citizen's card (Circular 06/2021/TT-BCA)."""
        sex = "Nam" if self.is_male else "Nữ"
        born = self.born_on.strftime("%d%m%Y")
        return f"{self.number}||{self.name}|{born}|{sex}|{self.address}|{CARD_ISSUED}"

    def insurance_card(self) -> str:
        """Return the text on his health-insurance card; its number ends as his own does."""
        name, address = self.name.encode().hex(), self.address.encode().hex()
        born, sex = self.born_on.strftime("%d/%m/%Y"), 1 if self.is_male else 2
        number = f"DN446{self.n:010}"
        dates = "01/01/2021|-|01/01/2021|31/12/2021"
        return f"{number}|{name}|{born}|{sex}|{address}|46 - 001|{dates}|-|-|4|-|-|-"


class People:
    """The people of a city, as people.toml describes them on a day."""

    def __init__(self, city: City, folder: Path, today: date, seed: int = 0) -> None:
        """Read who lives where on `today`; `folder` is the city's.

        Raises:
            ConfigFault: people.toml is wrong; of many faults the first.
        """
        said, faults = read_people(folder)
        if faults:
            raise faults[0]
        self._today, self._seed = today, seed
        units = city.units.values()
        self._units = [one for one in units if one.is_in_force(today) and one.population]
        self._until = list(accumulate(one.population for one in self._units))
        self.count = self._until[-1]
        self._stride = next(n for n in range(STRIDE, 2 * STRIDE) if _coprime(n, self.count))
        self._back = pow(self._stride, -1, self.count)
        self._place = int(said["registered_at"])
        self._surnames = list(said["surnames"])
        self._names_until = list(accumulate(said["surnames"].values()))
        self._middle, self._given = said["middle"], said["given"]
        ages = {int(age): share for age, share in said["ages"].items()}
        self._ages, self._ages_until = list(ages), list(accumulate(ages.values()))

    def person(self, n: int) -> Persona:
        """Return the person of this number."""
        chance = mixed(n % NUMBERS + (self._seed << 20))
        # Whoever shares the last six digits is of the other sex, so no two numbers are the same.
        is_male = bool((chance ^ n // NUMBERS) & 1)
        sex = "male" if is_male else "female"
        born = self._born(mixed(n ^ 0x5BD1), chance >> 8)
        digit = (0 if born.year < 2000 else 2) + (0 if is_male else 1)
        number = f"{self._place:03}{digit}{born.year % 100:02}{n % NUMBERS:06}"
        name, unit = self._name(chance >> 20, sex), self._unit(n)
        address = ELSEWHERE if unit is None else f"{unit.name}, {unit.district}"
        return Persona(n, number, name, born, is_male, None if unit is None else unit.id, address)

    def adult(self, n: int) -> Persona:
        """Return the `n`-th of some of those who are of age on the city's day."""
        some = (self.person(k) for k in range(n * FEW, (n + 1) * FEW))
        return next(one for one in some if one.born_on <= self._today - OF_AGE)

    def of_unit(self, unit: str, k: int) -> int:
        """Return the number of somebody who lives in a unit; each `k` is another, round and round.

        Raises:
            KeyError: nobody lives there.
        """
        for index, one in enumerate(self._units):
            if one.id == unit:
                start = self._until[index] - one.population
                return (start + k % one.population) * self._back % self.count
        raise KeyError(unit)

    def _unit(self, n: int) -> Unit | None:
        if n >= self.count:
            return None
        return self._units[bisect_right(self._until, n * self._stride % self.count)]

    def _born(self, chance: int, day: int) -> date:
        share = chance % self._ages_until[-1]
        age = self._ages[bisect_right(self._ages_until, share)] + chance // 1009 % OLDEST_YEARS
        return self._today - timedelta(days=age * 365 + age // 4 + day % 365)

    def _name(self, chance: int, sex: str) -> str:
        last = self._surnames[bisect_right(self._names_until, chance % self._names_until[-1])]
        middle = self._middle[sex][chance // 211 % len(self._middle[sex])]
        given = self._given[sex][chance // 5003 % len(self._given[sex])]
        return f"{last} {middle} {given}"


@lru_cache(maxsize=65_536)
def _folded(name: str) -> str:
    return fold_name(name)


def mixed(n: int) -> int:
    """Return 64 bits that look drawn by chance, the same for the same number (SplitMix64)."""
    z = (n + 1) * 0x9E3779B97F4A7C15 & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


def _coprime(one: int, other: int) -> bool:
    while other:
        one, other = other, one % other
    return one == 1


def read_people(folder: Path) -> tuple[Mapping[str, Any], list[ConfigFault]]:
    """Return what people.toml of a city says of its people, and every fault of it."""
    faults: list[ConfigFault] = []
    document = read_toml(folder / FILE, faults)
    if document is None:
        return {}, faults
    root = document.root()
    root.only(("registered_at", "surnames", "middle", "given", "ages"))
    root.count("registered_at", 1, 999)
    for name in ("middle", "given"):
        table = document.table(name)
        table.only(SEXES)
        for sex in SEXES:
            table.texts(sex)
    _weights(document.table("surnames"))
    ages = document.table("ages")
    _weights(ages)
    for age in ages.values:
        if not age.isdecimal() or int(age) > OLDEST:
            ages.fault(age, f"is no age from 0 to {OLDEST}")
    return document.data, faults


def _weights(table: Entry) -> None:
    if not table.values:
        table.fault("weights", "are missing")
    for name in table.values:
        table.count(name, 1, 1_000_000)

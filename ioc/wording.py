"""What is read in one language, on a screen or on paper: labels, numbers, days, times and ages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ioc.labels import Language, label

NBSP = "\u00a0"
MINUS = "\u2212"
MINUTE, HOUR, DAY = 60, 3600, 86400
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Wording:
    """One language, and the time zone in which times are told."""

    language: Language
    zone: ZoneInfo

    def say(self, key: str | StrEnum, **values: object) -> str:
        """Return the label of `key`, its placeholders filled in."""
        text = label(key, self.language)
        return text.format(**values) if values else text

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number with the separators of the language and a true minus sign.

        >>> Wording(Language.VI, ZoneInfo("Asia/Ho_Chi_Minh")).number(1896116)
        '1.896.116'
        """
        text = f"{value:,.{decimals}f}".replace("-", MINUS)
        if self.language is Language.VI:
            text = text.translate(str.maketrans(",.", ".,"))
        return text

    def signed(self, value: int) -> str:
        """Return a change: always with its sign, 0 as ±0."""
        sign = "±" if value == 0 else "+" if value > 0 else ""
        return sign + self.number(value)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share of 1 as a percentage.

        >>> Wording(Language.EN, ZoneInfo("UTC")).percent(0.9801, 2)
        '98.01%'
        """
        gap = NBSP if self.language is Language.VI else ""
        return f"{self.number(share * 100, decimals)}{gap}%"

    def time(self, at: datetime) -> str:
        """Return the local time of day to the second."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"

    def minute(self, at: datetime) -> str:
        """Return the local time of day to the minute."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """Return the local day: 04/10/2021; in English 4 Oct 2021, where 04/10 has two meanings."""
        local = at.astimezone(self.zone)
        if self.language is Language.EN:
            return f"{self._day_of_month(local)} {local:%Y}"
        return f"{local:%d/%m/%Y}"

    def moment(self, at: datetime) -> str:
        """Return day and minute in short."""
        local = at.astimezone(self.zone)
        return f"{self._day_of_month(local)} {local:%H:%M}"

    def stamp_of(self, at: datetime) -> str:
        """Return day and time to the second."""
        return f"{self.day(at)} {self.time(at)}"

    def weekday(self, at: datetime) -> str:
        """Return the name of the local day of the week."""
        return self.say(f"weekday.{WEEKDAYS[at.astimezone(self.zone).weekday()]}")

    def _day_of_month(self, local: datetime) -> str:
        if self.language is Language.EN:
            return f"{local.day} {self.say(f'month.{local.month}')}"
        return f"{local:%d/%m}"

    def age(self, span: timedelta) -> str:
        """Return an age in the largest whole unit that is not zero.

        >>> Wording(Language.EN, ZoneInfo("UTC")).age(timedelta(seconds=8))
        '8 s'
        """
        seconds = max(0, int(span.total_seconds()))
        for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
            if seconds >= size:
                return self.say(f"age.{unit}", n=seconds // size)
        return self.say("age.second", n=seconds)

"""What a sheet is drawn from: an issue in one language, for one reader; and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from ioc.briefings.book import BriefingBook, FigureRule, Texts
from ioc.briefings.model import Contents, Issue, Saying
from ioc.clock import day_bounds
from ioc.places import City
from ioc.wording import Wording

SHARE = "_pct"
AGENCY = "_agency"


@dataclass(frozen=True)
class Edition:
    """An issue as somebody gets it.

    Attributes:
        issue: None for a preview, which nobody froze.
        names: what agencies are called, by id.
        copy: which copy of how many it is, and for whom; None where it is none.
        taken: who took it from the page and when; None where it is no copy.
    """

    contents: Contents
    book: BriefingBook
    city: City
    words: Wording
    issue: Issue | None = None
    names: Mapping[str, Texts] = field(default_factory=dict)
    copy: tuple[int, int, str] | None = None
    taken: tuple[str, datetime] | None = None

    @property
    def day(self) -> date:
        """Return the day it reports."""
        return date.fromisoformat(self.contents.day)

    @property
    def end(self) -> datetime:
        """Return the end of the day it reports."""
        return datetime.fromisoformat(self.contents.end)

    def text(self, texts: Texts) -> str:
        """Return a text of the city in the language of the edition."""
        return texts.in_(self.words.language)

    def rule(self, name: str) -> FigureRule | None:
        """Return the rule of a figure, None where the city no longer has it."""
        return self.book.figure(name)

    def figure_name(self, name: str) -> str:
        """Return what a figure is called."""
        rule = self.rule(name)
        return name if rule is None else self.text(rule.name)

    def unit_name(self, name: str) -> str:
        """Return what a figure counts."""
        rule = self.rule(name)
        return "" if rule is None else self.text(rule.unit)

    def source_name(self, name: str) -> str:
        """Return what a source is called."""
        source = self.book.source(name)
        return name if source is None else self.text(source.name)

    def short_source(self, name: str) -> str:
        """Return what a source is called below a figure."""
        source = self.book.source(name)
        return name if source is None else self.text(source.short)

    def role_name(self, role: str) -> str:
        """Return the office that a role signs for."""
        return next((self.text(one.name) for one in self.book.signs if one.role == role), role)

    def moment(self, at: str | datetime | None) -> str:
        """Return day and minute; the end of a day is its 24:00, not the next day's 00:00."""
        if at is None:
            return self.words.say("briefing.no_source")
        instant = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        if instant == self.end:
            start, _ = day_bounds(self.day, self.city.zone)
            return f"{self.words.day(start)[:5]} 24:00"
        return self.words.moment(instant)

    def say(self, saying: Saying) -> str:
        """Return a part of a sentence."""
        values = {name: self._value(name, value) for name, value in saying.values.items()}
        figure = saying.values.get("figure")
        if isinstance(figure, str):
            values |= {"figure": self.figure_name(figure), "unit": self.unit_name(figure)}
        return self.words.say(saying.key, **values)

    def _value(self, name: str, value: int | str) -> str:
        if isinstance(value, int):
            if not name.endswith(SHARE):
                return self.words.number(value)
            return self.words.percent(value / 10_000, 2 if value > 9_000 and value % 100 else 0)
        if name == "as_of":
            return self.moment(value)
        if name.endswith(AGENCY) and value in self.names:
            return self.text(self.names[value])
        return value

"""What is read on a screen: the wording of a language, with the times that desks need."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ioc.wording import HOUR, MINUTE, Wording


@dataclass(frozen=True)
class Words(Wording):
    """One language, and the time zone in which times are told."""

    def stamp(self, at: datetime) -> str:
        """Return the local time of day to the millisecond, with its day."""
        local = at.astimezone(self.zone)
        return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"

    def doer(self, actor: str) -> str:
        """Return who acted, as people read it: an account by its name, what sends data as such."""
        source = actor.removeprefix("source:")
        return actor if source == actor else self.say("case.source", name=source)


def running(span: timedelta) -> str:
    """Return a running time as minutes and seconds, with hours from the first on.

    >>> running(timedelta(seconds=134)), running(timedelta(hours=2, seconds=5))
    ('2:14', '2:00:05')
    """
    seconds = max(0, int(span.total_seconds()))
    hours, rest = divmod(seconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

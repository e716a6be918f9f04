"""How a page looks where it stands: by night or by day, and for eyes how far away.

`?theme=night`, `?theme=day`, or `?theme=06:00-18:00`: day between the two times of the city, night
else; the browser changes over by itself. `?dist=` is the distance in metres from which a wall is
read: beyond five metres its letters grow with it. Both are kept by the browser.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.notices import said
from ioc.access.model import Page

THEMES = ("night", "day")
MODES = {"night": "dark", "day": "light"}
# What is made to be printed is shown as it prints.
DAY_PAGES = frozenset({Page.BRIEFING, Page.REPORTS})
CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
BY_CLOCK = re.compile(rf"{CLOCK}-{CLOCK}")
METRES = re.compile(r"\d{1,2}(?:\.\d{1,2})?")
# Farther away no tile would find room: there a wall needs larger panels.
READ_FROM_M, NEAREST_M, FARTHEST_M = 5.0, 2.0, 6.9


@dataclass(frozen=True)
class Looks:
    """A theme, the times between which it is day, if those were asked for, and a distance in m."""

    theme: str
    daytime: str = ""
    distance_m: float = READ_FROM_M

    @property
    def scale(self) -> float:
        """Return by how much letters grow against those read from five metres, at least 1."""
        return max(1.0, self.distance_m / READ_FROM_M)

    @property
    def root(self) -> str:
        """Return the attributes of the document that its styles and scripts go by."""
        mode = MODES[self.theme]
        daytime = f' data-daytime="{self.daytime}"' if self.daytime else ""
        scale = f"{self.scale:.3g}"
        far = "" if self.scale == 1 else f' data-dist="{scale}" style="--dist:{scale}"'
        return (
            f'data-theme="{self.theme}" data-bs-theme="{mode}" data-ag-theme-mode="{mode}"'
            f"{daytime}{far}"
        )


def looks_of(scope: Mapping[str, object], page: Page | None) -> Looks:
    """Return what a request asks for by its query, else by its cookie, else what `page` has."""
    usual = Looks("day" if page in DAY_PAGES else "night")
    theme, daytime = usual.theme, ""
    for asked in said(scope, "theme"):
        if asked in THEMES:
            theme = asked
            break
        if BY_CLOCK.fullmatch(asked):
            daytime = asked
            break
    return Looks(theme, daytime, _distance(scope))


def _distance(scope: Mapping[str, object]) -> float:
    for asked in said(scope, "dist"):
        if METRES.fullmatch(asked) and NEAREST_M <= float(asked) <= FARTHEST_M:
            return float(asked)
    return READ_FROM_M

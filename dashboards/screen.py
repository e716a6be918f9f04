"""What a page is: who may see what on it, how it is drawn, what makes it draw again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.tables.model import Table
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.labels import Language
from ioc.live import Topic
from ioc.places import City


@dataclass(frozen=True)
class Seat:
    """What two viewers share who see the same: one drawing serves them all.

    `scope` and `agency` as in `Viewer`: a page asks `centre.reach(seat.scope)` once for each
    drawing and shows what it covers (`ioc.scopes`); reports go by `ioc.reports.routing.handled`.
    `wall` is the screen of the walls they look at; empty at a desk.
    """

    language: Language
    sees_plates: bool = False
    scope: str | None = None
    agency: str | None = None
    sees_persons: bool = False
    wall: str = ""
    follows_breaches: bool = False

    def words(self, city: City) -> Words:
        """Return the words of this seat."""
        return Words(self.language, city.zone)


@dataclass(frozen=True)
class Picture:
    """One page as it is now: markup by the id of its region.

    `as_of` is the instant of the data; `revisions` tells a desk which of its cases changed.
    """

    as_of: datetime
    parts: Mapping[str, str]
    revisions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Screen:
    """One page of the app.

    Attributes:
        topics: the hints that make it draw again at once.
        opened: what is noted when somebody opens the page.
        tables: the lists of the page, in the order in which they are named.
        every_s: how often it is drawn without a hint.
        least_s: the shortest time between two drawings; hints within it are taken together.
    """

    page: Page
    layout: Callable[[Words, Viewer], Component]
    draw: Callable[[Centre, Seat], Picture]
    topics: frozenset[Topic]
    opened: Callable[[Centre, Viewer], None] | None = None
    tables: tuple[Table, ...] = ()
    every_s: float = 2.0
    least_s: float = 0.2


def seat_of(viewer: Viewer, language: Language, wall: str = "") -> Seat:
    """Return the seat of `viewer`, who looks at a page or at the screen `wall`.

    A wall is the same for everybody: the whole city, no plate, no person.
    """
    if wall:
        return Seat(language, wall=wall)
    return Seat(
        language,
        viewer.may(Action.SEE_PLATE),
        viewer.scope,
        viewer.agency,
        viewer.may(Action.SEE_PERSON),
        follows_breaches=viewer.may(Action.FOLLOW_BREACH),
    )

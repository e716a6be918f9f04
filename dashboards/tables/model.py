"""What a table of a desk is: columns, filters, where its rows come from, what a row opens.

A page names its tables (`Screen.tables`); everything else is done for it: the address of a list
(`?list=tasks&state=open`), sorting, paging, filters, files, keys. See docs/adr/0043.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dashboards.auth import Viewer
from dashboards.markup import Html
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.listing import Ask, Listed
from ioc.places import City

Row = Mapping[str, Any]
Choice = tuple[str, str]


class Kind(StrEnum):
    """How the value of a cell is told where the column does not say it itself."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    SHARE = "share"
    INSTANT = "instant"
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """One column; its heading is the label `column.<name>`.

    Attributes:
        name: the value of a row, and what is sorted by.
        kind: how the value is told: a time in the city's zone, a number in the language's form.
        width: least width in px; what is left over is shared out by it.
        told: the text of a cell, where the kind alone does not make it.
        sign: what a screen shows in place of the text: a badge, a tag; files hold the text.
        mark: the class of a cell: `is-due` for what needs a person (the design's list of that hue
            is complete), `is-strong`, `is-quiet`; empty for none.
        is_sorted: whether it can be sorted by it.
    """

    name: str
    kind: Kind = Kind.TEXT
    width: int = 130
    told: Callable[[Row, Words, City], str] | None = None
    sign: Callable[[Row, Words, City], Html] | None = None
    mark: Callable[[Row], str] | None = None
    is_sorted: bool = True


@dataclass(frozen=True)
class Filter:
    """One filter of a list; its name on the screen is the label `filter.<name>`.

    Its values stand in the address, so none may be of a person.

    Attributes:
        name: what it is called in the address and in `Ask.where`.
        key: the letter of the key that goes to it.
        choices: value and text of what can be chosen, besides everything.
        default: the value when the address names none.
    """

    name: str
    key: str
    choices: Callable[[Centre, Viewer, Words], Sequence[Choice]]
    default: str = ""


@dataclass(frozen=True)
class Opening:
    """One row that is opened, by whom, in which words, and why."""

    centre: Centre
    who: Viewer
    id: str
    words: Words
    purpose: str = ""


@dataclass(frozen=True)
class Deed:
    """What somebody does with rows: a step, with what the form says beside it."""

    centre: Centre
    who: Viewer
    ids: tuple[str, ...]
    step: str
    words: Words
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What became of a deed: the text that is told, and the rows that are as they were asked."""

    text: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A list of a page; its name on the screen is the label `list.<name>`.

    Attributes:
        name: what it is called in addresses.
        rows: a page of its rows for a viewer: within his scope, masked as his role needs.
        key: the value that names a row.
        action: what one must be allowed to see the list at all.
        filters: in the order in which they stand.
        order: how it stands at first, told by the headings.
        is_personal: it speaks of persons, so that a file of it needs a purpose and is noted.
        purposes: labels `purpose.<name>` one of which a person chooses before a row is opened.
        opened: the regions of one opened row; None: rows open nothing.
        done: what a step does with rows; it asks for the rights itself.
        picks: whether several rows are decided at once.
        taken: what one must be allowed to take it away as a file.
    """

    name: str
    page: Page
    columns: tuple[Column, ...]
    rows: Callable[[Centre, Viewer, Ask], Listed]
    key: str = "ref"
    action: Action | None = None
    filters: tuple[Filter, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    is_personal: bool = False
    purposes: tuple[str, ...] = ()
    opened: Callable[[Opening], Mapping[str, str]] | None = None
    done: Callable[[Deed], Done] | None = None
    picks: bool = False
    taken: Action = Action.EXPORT_LIST

    def may_see(self, who: Viewer) -> bool:
        """Tell whether somebody may see the list."""
        return who.may_open(self.page) and (self.action is None or who.may(self.action))


def words_of_choice(prefix: str, names: Sequence[str]) -> Callable[..., list[Choice]]:
    """Return the choices whose texts are the labels `<prefix>.<name>`."""

    def choices(_centre: Centre, _who: Viewer, words: Words) -> list[Choice]:
        return [(name, words.say(f"{prefix}.{name}")) for name in names]

    return choices

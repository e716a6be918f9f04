"""What the lists of an administrator share: who he is, whose scope, what is asked before a deed."""

from collections.abc import Iterable, Sequence

from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, el
from dashboards.panels import row_parts
from dashboards.tables.model import Choice
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.administration.model import Officer
from ioc.administration.service import codes_of
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.places import City

NEW = "new"


def officer_of(who: Viewer) -> Officer:
    """Return whoever looks as one who administers."""
    return Officer(who.name, who.scope)


def require_manager() -> Officer:
    """Return who asks, once it is sure that he manages access.

    Raises:
        Forbidden: he may look, and change nothing.
    """
    return officer_of(viewer(Page.ADMIN, Action.MANAGE_ACCESS))


def area_name(scope: str | None, words: Words, city: City) -> str:
    """Return the name of a scope: the province, a district, a commune."""
    if scope is None:
        return words.say("sheet.everywhere")
    for unit in city.units.values():
        if unit.district_code == scope:
            return unit.district
    named = [unit for unit in city.units.values() if unit.code == scope]
    return f"{named[-1].name}, {named[-1].district}".rstrip(", ") if named else scope


def area_choices(centre: Centre, who: Viewer, words: Words) -> list[Choice]:
    """Return the scopes that a viewer reaches: the province first, then districts and communes."""
    codes, city = codes_of(centre, who.scope), centre.city
    today = local_day(centre.now(), city.zone)
    units = city.units_on(today)
    districts = {unit.district_code: unit.district for unit in city.units.values()}
    found = [(code, name) for code, name in districts.items() if code]
    found.sort(key=lambda pair: pair[1])
    communes = sorted(((unit.code, area_name(unit.code, words, city)) for unit in units),
                      key=lambda pair: pair[1])  # fmt: skip
    within = [pair for pair in (*found, *communes) if codes is None or pair[0] in codes]
    return within if codes is not None else [("", words.say("sheet.everywhere")), *within]


def confirmed(key: str, step: str, text: str, warning: str, words: Words, locked: str = "") -> Html:
    """Return a deed that cannot be undone: its key asks, Enter does it, Esc leaves it."""
    form = f"form-{step}"
    asked = row_parts.form(form, text, [el("p", warning, cls="warning")], words)
    return el(
        "div",
        row_parts.action(key, step, text, locked=locked, form=form),
        None if locked else asked,
    )


def field(
    label: str, name: str, *, value: str = "", limit: int = 64, required: bool = True
) -> Html:
    """Return a field for one line of text."""
    box = el("input", name=name, value=value or None, maxlength=limit, required=required,
             autocomplete="off", spellcheck="false")  # fmt: skip
    return el("label", el("span", label), box)


def select(label: str, name: str, choices: Iterable[Choice], chosen: str = "") -> Html:
    """Return a field in which one of several is chosen."""
    options = [
        el("option", text, value=value, selected=True if value == chosen else None)
        for value, text in choices
    ]
    return el("label", el("span", label), el("select", options, name=name))


def boxes(label: str, name: str, choices: Sequence[Choice]) -> Html:
    """Return a field in which any number of several are ticked."""
    return el(
        "fieldset",
        el("legend", label),
        [
            el("label", el("input", type="checkbox", name=name, value=value), el("span", text))
            for value, text in choices
        ],
        cls="row-boxes",
    )

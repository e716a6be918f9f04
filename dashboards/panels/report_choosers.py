"""The boxes in which an agency, a field or a commune is named, and the names they offer."""

from datetime import date

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.report_words import full_name, group_name
from dashboards.words import Words
from ioc.places import City
from ioc.reports.offered import Catalogue


def choosers(known: Catalogue, city: City, day: date, words: Words) -> Html:
    """Return the three boxes; whatever is typed chooses the first name it is part of."""
    units = {unit.id: unit for unit in city.units_on(day)}
    agencies = [
        (one.id, full_name(one, words), units[one.unit].district if one.unit else "")
        for one in known.agencies.values()
        if one.unit is None or one.unit in units
    ]
    groups = dict.fromkeys(one.group for one in known.services.values())
    named = [(group, group_name(group, known, words), "") for group in groups]
    places = [(unit.id, unit.name, unit.district) for unit in units.values()]
    return join(
        [
            _box("agency", agencies, "reports.any_agency", words),
            _box("group", named, "reports.any_group", words),
            _box("unit", sorted(places, key=lambda one: one[1]), "reports.any_place", words),
        ]
    )


def _box(name: str, offered: list[tuple[str, str, str]], every: str, words: Words) -> Html:
    told = words.say(f"reports_key.{name}")
    options = [
        el("option", value=f"{said}, {more}" if more else said, data_id=key)
        for key, said, more in offered
    ]
    return el(
        "div",
        el(
            "input",
            name=name,
            list=f"reports-names-{name}",
            autocomplete="off",
            placeholder=told,
            aria_label=told,
        ),
        el("datalist", options, id=f"reports-names-{name}"),
        el(
            "button",
            key_cap("Enter"),
            words.say("reports.choose"),
            type="button",
            data_chooses=name,
            data_default=True,
        ),
        el("button", words.say(every), type="button", data_chooses=name, data_every=True),
        cls="chooser",
        id=f"choose-{name}",
        hidden=True,
        role="group",
        aria_label=told,
    )

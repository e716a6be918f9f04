"""The rows of the desk of reports: what is chosen, and what of it is due first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.components import choices, icon, key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.report_words import (
    age_of,
    agency_name,
    group_name,
    number_of,
    overdue_by,
    place_of,
    service_name,
)
from dashboards.words import Words
from ioc.errors import InvalidInput
from ioc.places import City
from ioc.reports.model import Case, Wanted
from ioc.reports.offered import Catalogue
from ioc.reports.rules import CLOSED, is_open

MOST_UNITS = 200
OVERDUE, OPEN, DONE = STATES = ("overdue", "open", "done")
DONE_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class View:
    """What a desk looks at; empty where it does not matter."""

    agency: str = ""
    group: str = ""
    units: tuple[str, ...] = ()
    state: str = OVERDUE

    @property
    def is_done(self) -> bool:
        """Tell whether it looks at what has ended, not at what is open."""
        return self.state == DONE

    def wanted(self, known: Catalogue, now: datetime) -> Wanted:
        """Return what is asked of the reports."""
        services = tuple(code for code, one in known.services.items() if one.group == self.group)
        return Wanted(
            agencies=(self.agency,) if self.agency else None,
            services=services if self.group else None,
            units=self.units or None,
            is_overdue=True if self.state == OVERDUE else None,
            states=tuple(sorted(CLOSED)) if self.is_done else None,
            changed_from=now - DONE_WITHIN if self.is_done else None,
        )


def view_of(asked: Mapping[str, object], known: Catalogue, city: City) -> View:
    """Return the view that a browser asks for.

    Raises:
        InvalidInput: a value is none of those that can be.
    """
    agency, group = str(asked.get("agency") or ""), str(asked.get("group") or "")
    if agency and agency not in known.agencies:
        raise InvalidInput("agency", "is none of the city's")
    if group and group not in {service.group for service in known.services.values()}:
        raise InvalidInput("group", "is none of the city's")
    units = tuple(str(asked.get("unit") or "").split(",")) if asked.get("unit") else ()
    if len(units) > MOST_UNITS or any(unit not in city.units for unit in units):
        raise InvalidInput("unit", "is none of the city's")
    state = str(asked.get("state") or OVERDUE)
    if state not in STATES:
        raise InvalidInput("state", "is none of the filters")
    return View(agency, group, units, state)


def filters(view: View, known: Catalogue, city: City, words: Words) -> Html:
    """Return what is chosen; each part goes back to everything by a click or its key twice."""
    places = ", ".join(city.units[unit].name for unit in view.units[:2])
    more = f" +{len(view.units) - 2}" if len(view.units) > 2 else ""
    told = (
        (
            "C",
            "agency",
            agency_name(view.agency, known, words) if view.agency else "",
            "any_agency",
        ),
        ("L", "group", group_name(view.group, known, words) if view.group else "", "any_group"),
        ("P", "unit", places + more, "any_place"),
    )
    parts = [
        el(
            "button",
            key_cap(key),
            el("b", chosen or words.say(f"reports.{every}")),
            type="button",
            cls="filter is-set" if chosen else "filter",
            data_filter=name,
            data_hotkey=f"Key{key}",
            data_shows=f"choose-{name}",
            aria_expanded="false",
        )
        for key, name, chosen, every in told
    ]
    state = el(
        "button",
        key_cap("Q"),
        el("b", words.say(f"reports.only_{view.state}")),
        type="button",
        cls="filter is-set",
        data_turns="state",
        data_hotkey="KeyQ",
    )
    return join([*parts, state])


def rows(
    cases: Sequence[Case],
    total: int,
    view: View,
    of: tuple[Catalogue, City],
    now: datetime,
    words: Words,
) -> Html:
    """Return the head and the rows; `total` is how many there are in all."""
    title = words.say(f"reports.rows_{view.state}")
    told = words.say("reports.shown", n=words.number(len(cases)), of=words.number(total))
    head = el("header", el("h2", title), el("small", told if cases else None))
    if not cases:
        return join([head, el("p", words.say("reports.none"), cls="quiet none")])
    lines = [_row(case, *of, now, words) for case in cases]
    return join([head, choices(lines, title)])


def _row(case: Case, known: Catalogue, city: City, now: datetime, words: Words) -> Html:
    late = overdue_by(case, now)
    if late is not None:
        told = words.say("reports.overdue_by", age=words.age(late))
    elif is_open(case.state):
        told = words.say("reports.due_in", age=words.age(case.due_at - now))
    else:
        told = words.say(case.state)
    where = ", ".join((place_of(case, city, words), agency_name(case.agency, known, words)))
    return el(
        "li",
        el("b", age_of(case, now, words), cls="age-said"),
        el(
            "span",
            el("strong", service_name(case.report.service, known, words)),
            el("small", f"{number_of(case)} · {where}"),
            cls="what",
        ),
        el(
            "span",
            icon("clock") if late is not None else None,
            told,
            cls="late-by is-due" if late is not None else "late-by",
        ),
        cls="report-row",
        role="option",
        data_report=case.ref,
        aria_selected="false",
    )

"""Declarations: the list of those that wait, one opened with who comes, and Health's decision."""

from collections.abc import Mapping, Sequence

from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Choice,
    Column,
    Deed,
    Done,
    Filter,
    Kind,
    Opening,
    Row,
    Table,
    words_of_choice,
)
from dashboards.tables.outcomes import done_of
from dashboards.tables.scope import own_units, unit_choices, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed
from ioc.masking import Trait
from ioc.people import registers
from ioc.people.desk import list_of, whole
from ioc.people.model import DeclarationState, DeclarationStep, Declared, Means, Whole
from ioc.people.rules import LEADS
from ioc.people.service import Order, decide_many, find_declaration
from ioc.places import City
from ioc.vehicles.plate import display

WAITING = "received,came"
# Keys of Health's decisions, and which of them say why.
STEPS = (
    ("1", DeclarationStep.APPROVE, ""),
    ("2", DeclarationStep.REFUSE, "form-refuse"),
    ("3", DeclarationStep.REOPEN, "form-reopen"),
)


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found = list_of(centre, registers.DECLARATIONS, ask, own_units(centre, who))
    seen = [{**row, "plate": _seen(who, row["plate"])} for row in found.rows]
    return Listed(seen, found.total)


def _states(_centre: Centre, _who: Viewer, words: Words) -> list[Choice]:
    waiting = (WAITING, words.say("entries.waiting"))
    return [waiting, *((one.value, words.say(one)) for one in DeclarationState)]


def _seen(who: Viewer, plate: str | None) -> str | None:
    return plate and who.sees(Trait.PLATE, display(plate))


def _plate(row: Row, _words: Words, _city: City) -> str:
    return row["plate"] or "–"


def _arrived_by(row: Row, _words: Words, city: City) -> str:
    return unit_name(row["arrived_by"], city)


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one declaration; who comes, only for whom may see persons.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    declared = find_declaration(centre, opening.id)
    _require_scope(centre, who, declared)
    seen = None
    if who.may(Action.SEE_PERSON):
        seen = whole(centre, opening.id, who.name, "decision")
    parts = [_head(declared, words), _journey(declared, seen, who, words, centre.city)]
    if seen is not None:
        parts += [_people(seen, words), row_parts.steps(seen.log, words)]
    return {"row-case": join(parts), "row-actions": _actions(declared, who, words)}


def done(deed: Deed) -> Done:
    """Take a step of Health with declarations.

    Raises:
        Forbidden: his role does not decide.
        InvalidInput: the step is none of Health's.
        NotFound: one lies outside his scope.
    """
    who = viewer(Page.ENTRIES, Action.DECIDE_DECLARATION)
    if deed.step not in {step.value for _, step, _ in STEPS}:
        raise InvalidInput("step", "is none of Health's")
    for ref in deed.ids:
        _require_scope(deed.centre, who, find_declaration(deed.centre, ref))
    order = Order(DeclarationStep(deed.step), who.name, deed.said.get("note") or None)
    decided = decide_many(deed.centre, deed.ids, order)
    what = deed.words.say(f"declaration_do.{deed.step}")
    return done_of([(one.ref, one.fault) for one in decided], what, deed.words)


def _require_scope(centre: Centre, who: Viewer, declared: Declared) -> None:
    units = own_units(centre, who)
    if units is not None and declared.unit not in units:
        raise NotFound("declaration", declared.ref)


def _head(declared: Declared, words: Words) -> Html:
    is_due = declared.state is DeclarationState.CAME
    title = words.say("entries.declaration", n=words.number(len(declared.people)))
    about = words.say("entries.received", at=words.moment(declared.received_at))
    return row_parts.head(title, words.say(declared.state), about, is_due=is_due)


def _journey(declared: Declared, seen: Whole | None, who: Viewer, words: Words, city: City) -> Html:
    plate = _seen(who, declared.plate)
    expected, arrived = declared.expected_at, declared.arrived_at
    through = declared.arrived_by and unit_name(declared.arrived_by, city)
    return row_parts.facts(
        words.say("entries.journey"),
        [
            (words.say("column.origin"), declared.origin),
            (words.say("column.unit"), unit_name(declared.unit, city)),
            (words.say("entries.cell"), declared.cell),
            (words.say("column.means"), words.say(declared.means)),
            (words.say("column.plate"), plate),
            (words.say("column.wave"), declared.wave),
            (words.say("entries.route"), seen and seen.route),
            (words.say("column.expected_at"), expected and words.moment(expected)),
            (words.say("column.arrived_at"), arrived and words.moment(arrived)),
            (words.say("column.arrived_by"), through),
        ],
    )


def _people(seen: Whole, words: Words) -> Html:
    people = [(name, "" if born is None else str(born)) for name, born in seen.people]
    reached: Sequence[tuple[str, object]] = [
        (words.say("entries.phone"), seen.phone),
        (words.say("entries.address"), seen.address),
    ]
    return row_parts.facts(words.say("entries.people"), [*people, *reached])


def _actions(declared: Declared, who: Viewer, words: Words) -> Html:
    if not who.may(Action.DECIDE_DECLARATION):
        return row_parts.read_only(words)
    parts = []
    for key, step, form in STEPS:
        text = words.say(f"declaration_do.{step}")
        locked = "" if step in LEADS[declared.state] else words.say("row.locked")
        parts.append(row_parts.action(key, step, text, locked=locked, form=form))
        if form:
            parts.append(row_parts.form(form, text, [row_parts.note(words)], words))
    return join(parts)


TABLE = Table(
    "declarations",
    Page.ENTRIES,
    (
        Column("received_at", Kind.INSTANT, 150),
        Column(
            "state",
            width=170,
            told=worded("state", DeclarationState),
            mark=lambda row: "is-due" if row["state"] == "came" else "",
        ),
        Column("unit", width=180, told=placed("unit")),
        Column("people", Kind.NUMBER, 80),
        Column("origin", width=140),
        Column("means", width=110, told=worded("means", Means)),
        Column("plate", width=120, told=_plate),
        Column("expected_at", Kind.INSTANT, 150),
        Column("arrived_at", Kind.INSTANT, 150),
        Column("arrived_by", width=180, told=_arrived_by),
    ),
    _rows,
    filters=(
        Filter("state", "S", _states, WAITING),
        Filter("unit", "U", unit_choices),
        Filter("means", "M", words_of_choice("means", tuple(Means))),
        Filter("span", "T", words_of_choice("span", tuple(registers.SPANS))),
    ),
    order=(("received_at", False),),
    is_personal=True,
    opened=opened,
    done=done,
    picks=True,
)

"""Cases: how far each is, whose it is for whom has a purpose, and the next step by key."""

from collections.abc import Mapping

from dashboards.auth import Viewer, viewer
from dashboards.health.samples import laboratory_choices
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
)
from dashboards.tables.outcomes import done_each
from dashboards.tables.scope import own_units, unit_choices, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed
from ioc.places import City
from ioc.samples import registers
from ioc.samples.desk import CaseFile, case_file, find_case, list_of
from ioc.samples.model import Case, CaseState, CaseStep
from ioc.samples.rules import LEADS, REASONED, is_open
from ioc.samples.service import take_case_step

PURPOSES = ("treatment", "tracing", "correction", "complaint")
STEPS = (
    ("1", CaseStep.CONFIRM),
    ("2", CaseStep.TREAT),
    ("3", CaseStep.RECOVER),
    ("4", CaseStep.DIE),
    ("5", CaseStep.DISCARD),
    ("6", CaseStep.REOPEN),
)
OPEN = ",".join(state.value for state in CaseState if is_open(state))


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return list_of(centre, registers.CASES, ask, own_units(centre, who))


def _states(_centre: Centre, _who: Viewer, words: Words) -> list[Choice]:
    return [(OPEN, words.say("health.open_cases")), *((s.value, words.say(s)) for s in CaseState)]


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one case, with whose it is.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    _require_scope(centre, who, opening.id)
    file = case_file(centre, opening.id, who.name, opening.purpose)
    about = [_head(file, words), _facts(file, words, centre.city)]
    parts = [*about, _samples(file, words), row_parts.steps(file.log, words)]
    return {"row-case": join(parts), "row-actions": _actions(file.case, who, words)}


def done(deed: Deed) -> Done:
    """Take a step with cases.

    Raises:
        Forbidden: his role decides of no case.
        InvalidInput: the step is none of a case's, or needs a reason.
        NotFound: a case lies outside his scope.
        Conflict: its state does not allow the step.
    """
    who = viewer(Page.HEALTH, Action.DECIDE_CASE)
    if deed.step not in {step.value for _, step in STEPS}:
        raise InvalidInput("step", "is none of a case's")
    step, note = CaseStep(deed.step), deed.said.get("note") or None

    def take(ref: str) -> None:
        _require_scope(deed.centre, who, ref)
        take_case_step(deed.centre, ref, step, who.name, note)

    return done_each(deed, deed.words.say(step), take)


def _require_scope(centre: Centre, who: Viewer, ref: str) -> Case:
    case = find_case(centre, ref)
    if not centre.reach(who.scope).covers_unit(case.unit):
        raise NotFound("case", ref)
    return case


def _head(file: CaseFile, words: Words) -> Html:
    case = file.case
    about = words.say("health.case_about", at=words.moment(case.state_since))
    title = file.name or words.say("health.person_gone")
    return row_parts.head(title, words.say(case.state), about)


def _facts(file: CaseFile, words: Words, city: City) -> Html:
    case = file.case
    return row_parts.facts(
        words.say("health.case"),
        [
            (words.say("health.born"), file.birth_year),
            (words.say("column.unit"), unit_name(case.unit, city)),
            (words.say("column.facility"), unit_name(case.facility, city)),
            (words.say("column.positive_at"), words.moment(case.positive_at)),
            (words.say("column.opened_at"), words.moment(case.opened_at)),
        ],
    )


def _samples(file: CaseFile, words: Words) -> Html:
    lines = [
        (
            one.taken_at,
            words.say(one.finding) if one.finding else words.say("health.no_result"),
            f"{one.kind} · {one.tube}",
        )
        for one in file.samples
    ]
    return row_parts.log(words.say("health.samples"), lines, words)


def _actions(case: Case, who: Viewer, words: Words) -> Html:
    if not who.may(Action.DECIDE_CASE):
        return row_parts.read_only(words)
    parts = []
    for key, step in STEPS:
        locked = "" if step in LEADS[case.state] else words.say("row.locked")
        form = f"form-{step.value}" if step in REASONED else ""
        text = words.say(f"case_do.{step}")
        parts.append(row_parts.action(key, step, text, locked=locked, form=form))
        if form:
            parts.append(row_parts.form(form, text, [row_parts.note(words)], words))
    return join(parts)


def _open(row: Row) -> str:
    return "" if is_open(CaseState(row["state"])) else "is-quiet"


TABLE = Table(
    "cases",
    Page.HEALTH,
    (
        Column("state", width=190, told=worded("state", CaseState), mark=_open),
        Column("state_since", Kind.INSTANT, 160),
        Column("unit", width=190, told=placed("unit")),
        Column("facility", width=300, told=placed("facility")),
        Column("positive_at", Kind.INSTANT, 160),
        Column("opened_at", Kind.INSTANT, 160),
    ),
    _rows,
    action=Action.SEE_PERSON,
    filters=(
        Filter("state", "S", _states, OPEN),
        Filter("unit", "U", unit_choices),
        Filter("facility", "N", laboratory_choices),
    ),
    order=(("state_since", True),),
    is_personal=True,
    purposes=PURPOSES,
    opened=opened,
    done=done,
    picks=True,
)

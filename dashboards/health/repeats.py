"""Entries of one injection, side by side: an error, another injection after all, or left so."""

from collections.abc import Mapping

from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.tables.model import (
    Column,
    Deed,
    Done,
    Filter,
    Kind,
    Opening,
    Table,
    words_of_choice,
)
from dashboards.tables.outcomes import done_each
from dashboards.tables.scope import own_places, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.doses.desk import list_repeats, repeat_of
from ioc.doses.model import DoseCorrection, HeldDose, NearRepeat
from ioc.doses.service import correct_dose, vaccines
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed
from ioc.places import City

PURPOSE = "correction"
STEPS = (
    ("1", DoseCorrection.VOID),
    ("2", DoseCorrection.DISTINCT),
    ("3", DoseCorrection.RESTORE),
)
LINES = ("product", "number", "lot", "facility", "given_at", "known_at", "source")


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    found, products = list_repeats(centre, ask, own_places(centre, who)), vaccines(centre).products
    names = {product.id: product.name for product in products.values()}
    named = [{**row, "product": names.get(row["product"], row["product"])} for row in found.rows]
    return Listed(named, found.total)


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one entry beside the one it repeats.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    dose, other = _pair(centre, who, opening.id)
    title = words.say(dose.why) if dose.why else words.say("health.no_repeat")
    state = words.say(dose.mark) if dose.mark else words.say("health.undecided")
    parts = [
        row_parts.head(title, state, words.say("health.repeat_about")),
        _side_by_side(dose, other, words, centre.city),
    ]
    return {"row-case": join(parts), "row-actions": _actions(dose, who, words)}


def done(deed: Deed) -> Done:
    """Say of entries what they are.

    Raises:
        Forbidden: his role corrects none.
        InvalidInput: the step is none of an entry's, or says no reason.
        NotFound: an entry lies outside his scope.
        Conflict: it changes nothing.
    """
    who = viewer(Page.HEALTH, Action.DECIDE_CASE)
    if deed.step not in {step.value for _, step in STEPS}:
        raise InvalidInput("step", "is none of an entry's")
    step, why = DoseCorrection(deed.step), deed.said.get("note", "")

    def correct(ref: str) -> None:
        _pair(deed.centre, who, ref)
        correct_dose(deed.centre, ref, step, who.name, why)

    return done_each(deed, deed.words.say(step), correct)


def _pair(centre: Centre, who: Viewer, ref: str) -> tuple[HeldDose, HeldDose | None]:
    dose, other = repeat_of(centre, ref, who.name, PURPOSE)
    if not centre.reach(who.scope).covers(dose.facility):
        raise NotFound("dose", ref)
    return dose, other


def _side_by_side(dose: HeldDose, other: HeldDose | None, words: Words, city: City) -> Html:
    told = [_told(one, words, city) for one in (other, dose)]
    lines = []
    for name in LINES:
        first, second = (one.get(name, "–") for one in told)
        cls = "is-apart" if first != second and other is not None else None
        cells = [el("td", value, cls=cls) for value in (first, second)]
        lines.append(el("tr", el("th", words.say(f"column.{name}"), scope="row"), cells))
    names = ("health.first_entry", "health.this_entry")
    head = el("tr", el("td"), [el("th", words.say(name), scope="col") for name in names])
    return el("table", el("thead", head), el("tbody", lines), cls="pair-table")


def _told(one: HeldDose | None, words: Words, city: City) -> dict[str, str]:
    if one is None:
        return {}
    return {
        "product": one.product,
        "number": words.number(one.number),
        "lot": one.lot,
        "facility": unit_name(one.facility, city),
        "given_at": words.moment(one.given_at),
        "known_at": words.moment(one.known_at),
        "source": one.source,
    }


def _actions(dose: HeldDose, who: Viewer, words: Words) -> Html:
    if not who.may(Action.DECIDE_CASE):
        return row_parts.read_only(words)
    parts = []
    for key, step in STEPS:
        form, text = f"form-{step.value}", words.say(step)
        is_possible = (step is DoseCorrection.RESTORE) is (dose.mark is not None)
        locked = "" if is_possible else words.say("row.locked")
        parts.append(row_parts.action(key, step, text, locked=locked, form=form))
        parts.append(row_parts.form(form, text, [row_parts.note(words)], words))
    return join(parts)


TABLE = Table(
    "repeats",
    Page.HEALTH,
    (
        Column("why", width=300, told=worded("why", NearRepeat)),
        Column("product", width=220),
        Column("number", Kind.NUMBER, 90),
        Column("given_at", Kind.INSTANT, 160),
        Column("facility", width=300, told=placed("facility")),
        Column("known_at", Kind.INSTANT, 160),
        Column("mark", width=170, told=worded("mark", DoseCorrection)),
    ),
    _rows,
    action=Action.SEE_PERSON,
    filters=(
        Filter("decided", "S", words_of_choice("decided", ("no", "yes")), "no"),
        Filter("why", "Y", words_of_choice("near_repeat", tuple(NearRepeat))),
    ),
    order=(("known_at", True),),
    is_personal=True,
    opened=opened,
    done=done,
    picks=True,
)

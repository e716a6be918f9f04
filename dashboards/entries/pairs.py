"""Persons who may be one: side by side, what differs marked, merged or kept apart by key."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

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
from dashboards.tables.outcomes import done_of
from dashboards.tables.scope import own_units, unit_name
from dashboards.tables.telling import placed, worded
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.duplicates.model import Pair, PairDone, PairState, PairStep, Side
from ioc.duplicates.rules import PAIR_LEADS
from ioc.duplicates.service import Verdict, decide_pair, list_pairs, log_of, pair_of
from ioc.errors import InvalidInput, NotFound
from ioc.listing import Ask, Listed
from ioc.persons.model import Likeness, NumberKind, Sex
from ioc.places import City

PURPOSES = ("merge", "complaint", "correction")
# What is compared, line by line; where the two differ it is marked.
LINES = ("name", "born", "sex", "kind", "number", "unit", "otherwise")
FACTS = ("declarations", "lodgings", "passages")


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    return list_pairs(centre, ask, own_units(centre, who))


def opened(opening: Opening) -> Mapping[str, str]:
    """Return the regions of one pair; numbers whole only for whom may look persons up.

    Raises:
        NotFound: there is none in the viewer's scope.
    """
    centre, who, words = opening.centre, opening.who, opening.words
    pair, one, other = _pair(centre, who, opening.id, opening.purpose)
    title = words.say(pair.why)
    about = words.say("entries.pair_about", share=words.percent(pair.share))
    state = words.say(pair.state)
    parts = [
        row_parts.head(title, state, about),
        _side_by_side(pair, (one, other), words, centre.city),
        _log(log_of(centre, opening.id), words),
    ]
    return {"row-case": join(parts), "row-actions": _actions(pair, who, words)}


def done(deed: Deed) -> Done:
    """Merge two persons, keep them apart, or take such a decision back.

    Raises:
        Forbidden: his role does not decide.
        InvalidInput: the step is none of a pair's, or says no reason.
        NotFound: the pair lies outside his scope.
        Conflict: its state does not allow the step.
    """
    who = viewer(Page.ENTRIES, Action.DECIDE_DECLARATION)
    try:
        step = PairStep(deed.step)
    except ValueError as fault:
        raise InvalidInput("step", "is none of a pair's") from fault
    [ref] = deed.ids[:1]
    pair, _, _ = _pair(deed.centre, who, ref, PURPOSES[0])
    keeps = {"one": pair.one, "other": pair.other}
    keep = keeps.get(deed.said.get("keep", ""))
    verdict = Verdict(step, who.name, deed.said.get("note", ""), keep)
    decide_pair(deed.centre, ref, verdict)
    return done_of([(ref, None)], deed.words.say(step), deed.words)


def _pair(centre: Centre, who: Viewer, ref: str, purpose: str) -> tuple[Pair, Side, Side]:
    unmasked = who.may(Action.LOOK_UP_PERSON)
    found = pair_of(centre, ref, (who.name, purpose), unmasked=unmasked)
    units = own_units(centre, who)
    if units is not None and not {side.unit for side in found[1:]} & set(units):
        raise NotFound("pair", ref)
    return found


def _side_by_side(pair: Pair, sides: tuple[Side, Side], words: Words, city: City) -> Html:
    told = [_told(side, words, city) for side in sides]
    heads = [words.say("entries.one"), words.say("entries.other")]
    kept = [pair.kept == side.ref for side in sides]
    head = el(
        "tr",
        el("td"),
        [
            el("th", name, el("small", words.say("entries.kept")) if is_kept else None, scope="col")
            for name, is_kept in zip(heads, kept, strict=True)
        ],
    )
    lines = []
    for name in (*LINES, *FACTS):
        values = [one[name] for one in told]
        is_apart = name in LINES and values[0] != values[1]
        label = words.say(f"entries.side_{name}")
        cells = [el("td", value or "–", cls="is-apart" if is_apart else None) for value in values]
        mark = el("span", "≠", aria_label=words.say("entries.differs")) if is_apart else None
        lines.append(el("tr", el("th", label, " ", mark, scope="row"), cells))
    return el("table", el("thead", head), el("tbody", lines), cls="pair-table")


def _told(side: Side, words: Words, city: City) -> dict[str, str]:
    known = {name: words.number(side.facts.get(name, 0)) for name in FACTS}
    return {
        **{name: str(value or "") for name, value in asdict(side).items() if name in LINES},
        "born": _born(side.born),
        "kind": words.say(NumberKind(side.kind)),
        "sex": words.say(Sex(side.sex)) if side.sex else "",
        "unit": unit_name(side.unit, city) if side.unit else "",
        "otherwise": ", ".join(side.otherwise),
        **known,
    }


def _born(told: str | None) -> str:
    """Return a birth as it is read here: a whole day, or the year that is known of it."""
    if not told or len(told) <= len("1985"):
        return told or ""
    return f"{date.fromisoformat(told):%d/%m/%Y}"


def _log(steps: list[PairDone], words: Words) -> Html:
    lines = [(one.at, words.say(one.step), f"{one.note} · {one.actor}") for one in steps]
    return row_parts.log(words.say("row.log"), lines, words)


def _actions(pair: Pair, who: Viewer, words: Words) -> Html:
    if not who.may(Action.DECIDE_DECLARATION):
        return row_parts.read_only(words)
    parts = []
    for key, step in (("1", PairStep.MERGE), ("2", PairStep.APART), ("3", PairStep.UNDO)):
        text = words.say(f"pair_do.{step}")
        locked = "" if step in PAIR_LEADS[pair.state] else words.say("row.locked")
        form = f"form-{step.value}"
        fields = [row_parts.note(words)]
        if step is PairStep.MERGE:
            fields.insert(0, _keep(words))
        parts.append(row_parts.action(key, step, text, locked=locked, form=form))
        parts.append(row_parts.form(form, text, fields, words))
    return join(parts)


def _keep(words: Words) -> Html:
    options = [
        el("option", words.say(f"entries.keep_{name or 'better'}"), value=name)
        for name in ("", "one", "other")
    ]
    return el("label", el("span", words.say("entries.keep")), el("select", options, name="keep"))


TABLE = Table(
    "pairs",
    Page.ENTRIES,
    (
        Column("why", width=260, told=worded("why", Likeness)),
        Column("share", Kind.SHARE, 110),
        Column("found_at", Kind.INSTANT, 150),
        Column("state", width=150, told=worded("state", PairState)),
        Column("one_unit", width=150, told=placed("one_unit")),
        Column("other_unit", width=150, told=placed("other_unit")),
        Column("decided_at", Kind.INSTANT, 150),
        Column("decided_by", width=120),
    ),
    _rows,
    action=Action.SEE_PERSON,
    filters=(
        Filter("state", "S", words_of_choice("pair_state", tuple(PairState)), PairState.OPEN),
        Filter("why", "Y", words_of_choice("likeness", tuple(Likeness))),
    ),
    order=(("share", True),),
    is_personal=True,
    purposes=PURPOSES,
    opened=opened,
    done=done,
)

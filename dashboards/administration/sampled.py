"""The auditor's sample: look-ups of a month drawn by nobody's choice, each judged by name."""

from collections.abc import Mapping
from datetime import date, datetime

from dashboards.administration.audits import subject_for, what_of
from dashboards.administration.parts import officer_of
from dashboards.auth import Viewer, viewer
from dashboards.markup import Html, el, join
from dashboards.panels import row_parts
from dashboards.tables.model import Choice, Column, Deed, Done, Filter, Kind, Opening, Row, Table
from dashboards.words import Words
from ioc.access.model import Action, Page
from ioc.administration.rules import require_whole
from ioc.centre import Centre
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.listing import Ask, Listed, paged
from ioc.places import City
from ioc.sampling import (
    AuditFinding,
    Drawn,
    Sample,
    findings_of,
    monthly_sample,
    note_finding,
    sampled_months,
)

LAST, OPEN = "last", "open"
ORDER = (("month", True), ("at", False))
# What is found, by the key that says it: only what stands against somebody needs a word.
FOUND = (
    ("1", AuditFinding.JUSTIFIED),
    ("2", AuditFinding.UNCLEAR),
    ("3", AuditFinding.UNJUSTIFIED),
)


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    months = () if who.scope is not None else _months(centre, ask)
    rows = [_row(month, one) for month in months for one in _drawn(centre, month)]
    where = {name: values for name, values in ask.where.items() if name != "month"}
    filters = {"finding": lambda row, value: (row["finding"] or OPEN) == value}
    return paged(rows, Ask(ask.first, ask.most, ask.order, where), ORDER, filters)


def _months(centre: Centre, ask: Ask) -> list[date]:
    known, wanted = sampled_months(centre), ask.where.get("month", ())
    if not wanted:
        return known
    if wanted == (LAST,):
        return known[:1]
    return [month for month in known if f"{month:%Y-%m}" in wanted]


def _drawn(centre: Centre, month: date) -> tuple[Drawn, ...]:
    """Return what was drawn of a month; nothing while its last rows are not chained yet."""
    try:
        return tuple(monthly_sample(centre, month).drawn)
    except Conflict:
        return ()


def _row(month: date, one: Drawn) -> dict[str, object]:
    finding = None if one.finding is None else one.finding.value
    return {**vars(one), "ref": f"{month:%Y-%m}.{one.entry}", "month": month, "no": one.entry,
            "finding": finding}  # fmt: skip


def opened(opening: Opening) -> Mapping[str, str]:
    """Return one look-up that was drawn, how the draw was made, and what was found of it.

    Raises:
        NotFound: it was not drawn, or the viewer's scope is not the whole province.
    """
    sample, one = _find(opening.centre, opening.who, opening.id)
    words, subject = opening.words, one.subject
    if not subject.startswith("plate:"):
        subject = subject_for(subject, opening.who)
    action = what_of({"action": one.action}, words, opening.centre.city)
    facts = [
        (words.say("column.at"), f"{words.day(one.at)} {words.time(one.at)}"),
        (words.say("column.actor"), one.actor),
        (words.say("column.subject"), subject),
        (words.say("column.purpose"), one.purpose),
        (
            words.say("column.no"),
            el("a", str(one.entry), href=f"/admin?list=audit&row={one.entry}"),
        ),
    ]
    draw = [
        (words.say("column.month"), f"{sample.month:%m/%Y}"),
        (words.say("sample.of"), words.say("sample.of_people", n=words.number(sample.lookups),
                                           people=words.number(sample.actors))),
        (words.say("sample.seed"), el("code", sample.seed)),
    ]  # fmt: skip
    lines = [
        (found.at, words.say(found.finding), " · ".join(filter(None, (found.note, found.actor))))
        for found in findings_of(opening.centre, one.entry)
    ]
    state = words.say(one.finding) if one.finding else words.say("sample_state.open")
    case = [
        row_parts.head(action, state, is_due=one.finding is not AuditFinding.JUSTIFIED),
        row_parts.facts(words.say("sample.lookup"), facts),
        row_parts.log(words.say("sample.findings"), lines, words),
        row_parts.facts(words.say("sample.draw"), draw),
    ]
    if not opening.who.may(Action.JUDGE_LOOKUP):
        return {"row-case": join(case), "row-actions": row_parts.read_only(words)}
    return {"row-case": join(case), "row-actions": _actions(opening, one)}


def done(deed: Deed) -> Done:
    """Note what the auditor found of one look-up.

    Raises:
        Forbidden: his role judges nothing, or his scope is not the whole province.
        InvalidInput: it is no finding, or one against somebody says nothing.
        NotFound: it was not drawn.
        Conflict: it was judged before, or is his own.
    """
    who = viewer(Page.ADMIN, Action.JUDGE_LOOKUP)
    require_whole(officer_of(who))
    [ref] = deed.ids[:1]
    try:
        finding = AuditFinding(deed.step)
    except ValueError as fault:
        raise InvalidInput("step", "is no finding") from fault
    month, entry = _named(ref)
    note_finding(deed.centre, month, entry, finding, deed.said.get("note", ""), who.name)
    return Done(deed.words.say("sample.noted", no=entry, finding=deed.words.say(finding)), (ref,))


def _find(centre: Centre, who: Viewer, ref: str) -> tuple[Sample, Drawn]:
    month, entry = _named(ref)
    if who.scope is None:
        try:
            sample = monthly_sample(centre, month)
        except Conflict as fault:
            raise NotFound("look-up", ref) from fault
        for one in sample.drawn:
            if one.entry == entry:
                return sample, one
    raise NotFound("look-up", ref)


def _named(ref: str) -> tuple[date, int]:
    month, _, entry = ref.partition(".")
    try:
        return datetime.strptime(month, "%Y-%m").date(), int(entry)  # noqa: DTZ007 - a month
    except ValueError as fault:
        raise NotFound("look-up", ref) from fault


def _actions(opening: Opening, one: Drawn) -> Html:
    words, locked = opening.words, ""
    if one.actor == opening.who.name:
        locked = words.say("sample.own")
    elif one.finding not in (None, AuditFinding.UNCLEAR):
        locked = words.say("sample.judged")
    parts = []
    for key, finding in FOUND:
        title = words.say(f"sample.say_{finding}")
        asked = words.say("sample.asked") if one.finding is finding else ""
        why = locked or asked
        if finding is AuditFinding.JUSTIFIED:
            parts.append(row_parts.action(key, finding, title, locked=why))
            continue
        name = f"form-{finding}"
        parts.append(row_parts.action(key, finding, title, locked=why, form=name))
        if not why:
            parts.append(row_parts.form(name, title, [row_parts.note(words)], words))
    return join(parts)


def _month_choices(centre: Centre, _who: Viewer, words: Words) -> list[Choice]:
    known = sampled_months(centre)
    named = [(f"{month:%Y-%m}", f"{month:%m/%Y}") for month in known]
    last = f"{known[0]:%m/%Y}" if known else words.say("sample.no_month")
    return [(LAST, words.say("sample.last_month", month=last)), *named[1:]]


def _findings(_centre: Centre, _who: Viewer, words: Words) -> list[Choice]:
    return [(OPEN, words.say("sample_state.open")), *((f, words.say(f)) for _, f in FOUND)]


def _told_finding(row: Row, words: Words, _city: City) -> str:
    found = row["finding"]
    return words.say(AuditFinding(found)) if found else words.say("sample_state.open")


TABLE = Table(
    "sample",
    Page.ADMIN,
    (
        Column("at", Kind.INSTANT, 160),
        Column("actor", Kind.CODE, 150),
        Column("action", width=220, told=what_of),
        Column("subject", Kind.CODE, 220, is_sorted=False),
        Column("purpose", width=200),
        Column("finding", width=180, told=_told_finding,
               mark=lambda row: "" if row["finding"] == AuditFinding.JUSTIFIED else "is-due"),
        Column("found_by", Kind.CODE, 150),
        Column("found_at", Kind.INSTANT, 160),
        Column("month", width=100, told=lambda row, _w, _c: f"{row['month']:%m/%Y}"),
    ),
    _rows,
    action=Action.READ_AUDIT,
    filters=(
        Filter("month", "T", _month_choices, LAST),
        Filter("finding", "S", _findings),
    ),
    order=ORDER,
    is_personal=True,
    opened=opened,
    done=done,
    taken=Action.TAKE_AUDIT,
)  # fmt: skip

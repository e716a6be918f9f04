"""One report, opened: what, where, how late; its pictures, its facts, what was done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.report_words import (
    agency_name,
    group_name,
    number_of,
    overdue_by,
    place_of,
    service_name,
)
from dashboards.words import Words
from ioc.labels import Language
from ioc.places import City
from ioc.privacy import mask_contacts
from ioc.reports.model import Case, Done, Near, Party, ReportStep
from ioc.reports.offered import Catalogue, Service, Urgency
from ioc.reports.rules import is_open

ASKED, ANSWER = "asked", "answer"


@dataclass(frozen=True)
class Opened:
    """A report with what is known beside it, and whether who looks may see what was said."""

    case: Case
    log: Sequence[Done]
    near: Sequence[Near]
    sees_words: bool
    may_reveal: bool


def head(one: Opened, known: Catalogue, city: City, now: datetime, words: Words) -> Html:
    """Return what it is, where, and how long it waits."""
    case = one.case
    late = overdue_by(case, now)
    if late is not None:
        told, is_due = words.say("reports.overdue_by", age=words.age(late)), True
    elif is_open(case.state):
        told, is_due = words.say("reports.due_in", age=words.age(case.due_at - now)), False
    else:
        told, is_due = words.say(case.state), False
    address = case.report.spot.address if one.sees_words else None
    where = ", ".join(part for part in (address, place_of(case, city, words)) if part)
    return el(
        "header",
        el(
            "div",
            el("h2", service_name(case.report.service, known, words)),
            el("p", mask_contacts(where), ". ", el("span", number_of(case), cls="mono")),
        ),
        el(
            "div",
            el("b", words.age(now - case.received_at)),
            el("small", told),
            cls="report-age is-due" if is_due else "report-age",
        ),
    )


def pictures(one: Opened, words: Words) -> Html:
    """Return the picture of the report beside that of its answer, each with its time."""
    case = one.case
    answered = next((d.at for d in reversed(one.log) if d.picture == case.answer_picture), None)
    shown = [
        _picture(
            one, ASKED, case.report.picture, case.requested_at, "reports.picture_asked", words
        ),
        _picture(one, ANSWER, case.answer_picture, answered, "reports.picture_answer", words),
    ]
    return el("div", shown, cls="report-pictures")


def _picture(
    one: Opened, part: str, name: str | None, at: datetime | None, told: str, words: Words
) -> Html:
    if name is None or not one.sees_words:
        why = "reports.no_picture" if name is None else "reports.picture_hidden"
        return el("figure", el("p", words.say(why)), el("figcaption", words.say(told)))
    when = f"{words.moment(at)}, " if at is not None else ""
    return el(
        "figure",
        el(
            "img",
            src=picture_at(one.case, part),
            alt=words.say(told),
            loading="lazy",
            cls="zoomable",
        ),
        el("figcaption", f"{when}{words.say(told)}"),
    )


def picture_at(case: Case, part: str) -> str:
    """Return the address of a picture of a report."""
    return f"/report/{case.ref}-{part}.jpg"


def facts(one: Opened, known: Catalogue, words: Words) -> Html:
    """Return what is known of it; who sent it is hidden until somebody asks, with a purpose."""
    case, service = one.case, known.services.get(one.case.report.service)
    same = words.say("reports.same", n=words.number(len(one.near)))
    lines = [
        ("reports.group", "–" if service is None else group_name(service.group, known, words)),
        ("reports.agency", agency_name(case.agency, known, words)),
        ("reports.sender", el("span", words.say("reports.sender_hidden"), id="report-sender")),
        ("reports.alike", same),
        ("reports.promised", words.moment(case.promised_at)),
        (
            "reports.stars",
            "–" if case.stars is None else words.say("reports.of_five", n=case.stars),
        ),
    ]
    listed = el("dl", [el("div", el("dt", words.say(key)), el("dd", told)) for key, told in lines])
    return join([listed, _said(one, service, words), _danger(case, service, words)])


def _said(one: Opened, service: Service | None, words: Words) -> Html | None:
    """Return the words of the report and the answers to its form, to whoever may handle it."""
    if not one.sees_words:
        return el("p", words.say("reports.words_hidden"), cls="quiet said-words")
    vi = words.language is Language.VI
    form = {} if service is None else {f.code: f for f in service.form}
    told = [
        f"{(form[code].vi if vi else form[code].en) if code in form else code}: "
        f"{value if isinstance(value, str) else ', '.join(value)}"
        for code, value in one.case.report.attributes.items()
    ]
    text = " ".join(part for part in (one.case.report.description, *told) if part)
    return el("p", mask_contacts(text), cls="said-words prose") if text else None


def _danger(case: Case, service: Service | None, words: Words) -> Html | None:
    if service is None or service.urgency is Urgency.NORMAL or not is_open(case.state):
        return None
    phone = service.phone or ""
    told = words.say("reports.ring_first", phone=phone) if phone else words.say("reports.not_wait")
    return el("p", el("b", words.say("reports.danger")), " ", told, cls="danger")


def log(one: Opened, known: Catalogue, now: datetime, words: Words) -> Html:
    """Return what was done with it, oldest first, and until when it is to be settled."""
    case = one.case
    lines = [(done.at, _line(done, one, known, words)) for done in one.log]
    if is_open(case.state):
        key = "reports.was_due" if case.due_at <= now else "reports.is_due"
        by = words.say(key, agency=agency_name(case.agency, known, words))
        lines.append((case.due_at, _entry(case.due_at, "planned", el("b", by), "", words)))
    return el("ol", [line for _, line in sorted(lines, key=lambda pair: pair[0])], cls="report-log")


def _line(done: Done, one: Opened, known: Catalogue, words: Words) -> Html:
    needs = done.step in (ReportStep.REOPEN, ReportStep.ESCALATE)
    who = _who(done, known, words)
    what = words.say(f"report_log.{done.step.value}", agency=agency_name(done.agency, known, words))
    note = mask_contacts(done.note or "") if one.sees_words else ""
    told = f", “{note}”" if note else ""
    if done.picture is not None:
        told += words.say("reports.with_picture")
    return _entry(
        done.at, "needs" if needs else "past", el("b", f"{who} {what}".strip()), told, words
    )


def _who(done: Done, known: Catalogue, words: Words) -> str:
    if done.step in (ReportStep.REROUTE, ReportStep.ESCALATE):
        return ""
    if done.party is Party.AGENCY:
        return agency_name(done.agency, known, words)
    return words.say(f"reports.by_{done.party.value}")


def _entry(at: datetime, kind: str, what: Html, told: str, words: Words) -> Html:
    return el(
        "li",
        el("time", words.moment(at), datetime=at.isoformat()),
        el("i", cls=f"dot {kind}"),
        el("span", what, told),
        cls="needs-person" if kind == "needs" else None,
    )


def alike(one: Opened, words: Words, now: datetime) -> Html:
    """Return what may be the same thing, its pictures side by side with that of the report."""
    own = _card(one, one.case, None, "", now, words)
    others = [
        _card(
            one, other.case, n, words.say("reports.metres", n=round(other.distance_m)), now, words
        )
        for n, other in enumerate(one.near[:9], 1)
    ]
    return el("div", own, others, cls="alike")


def _card(
    one: Opened, case: Case, number: int | None, apart: str, now: datetime, words: Words
) -> Html:
    picture = (
        el("img", src=picture_at(case, ASKED), alt="", loading="lazy")
        if case.report.picture and one.sees_words
        else el("span", words.say("reports.no_picture"), cls="no-thumb")
    )
    said = mask_contacts(case.report.description)[:90] if one.sees_words else ""
    told = " · ".join(
        part
        for part in (
            number_of(case),
            words.age(now - case.received_at),
            apart,
            words.say(case.state),
        )
        if part
    )
    if number is None or not is_open(case.state):
        title = words.say("reports.this_one") if number is None else ""
        return el(
            "div",
            picture,
            el("b", title) if title else None,
            el("small", told),
            el("small", said),
            cls="alike-card is-own" if number is None else "alike-card",
        )
    return el(
        "button",
        picture,
        el("b", key_cap(str(number)), words.say("reports.join")),
        el("small", told),
        el("small", said),
        type="button",
        cls="alike-card",
        data_hotkey=f"Digit{number}",
        data_deed="join",
        data_other=case.ref,
    )

"""One report: opened for whoever may see it, and stepped on by whoever may act."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from dashboards.auth import Viewer
from dashboards.markup import Html, join
from dashboards.panels import report_actions, report_case
from dashboards.panels.report_actions import DAYS, LONGEST_NOTE, REVEAL
from dashboards.panels.report_case import Opened
from dashboards.words import Words
from ioc import evidence
from ioc.access.model import Action
from ioc.centre import Centre
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound, TooMany
from ioc.picture import cleaned
from ioc.reports.model import Act, Case, Party, Reporter, ReportStep
from ioc.reports.routing import handled
from ioc.reports.service import catalogue, find_case, log_of, near, reporter_of
from ioc.reports.stepping import take_step, take_steps

LARGEST_PICTURE = 3_900_000
PICTURE, JOIN = "report", "join"
# A report that ends leaves the desk free for the next one.
ENDING = frozenset({ReportStep.FIX, ReportStep.DISMISS, ReportStep.REROUTE})
REVEALS_AN_HOUR, HOUR_S = 20, 3600


def seen_by(centre: Centre, who: Viewer) -> frozenset[str] | None:
    """Return the agencies whose reports somebody sees, None for all."""
    return handled(centre.reach(who.scope), who.agency, catalogue(centre))


def party_of(centre: Centre, who: Viewer) -> Party:
    """Return as what somebody acts: for an agency, or for the centre."""
    is_agency = who.agency is not None and who.agency != catalogue(centre).centre
    return Party.AGENCY if is_agency else Party.CENTRE


def find_seen(centre: Centre, who: Viewer, ref: str) -> Case:
    """Return a report as it stands.

    Raises:
        NotFound: there is none that he sees.
    """
    case, seen = find_case(centre, ref), seen_by(centre, who)
    if seen is not None and case.agency not in seen:
        raise NotFound("report", ref)
    return case


def opened(centre: Centre, who: Viewer, ref: str, words: Words) -> dict[str, str]:
    """Return the regions of one report.

    Raises:
        NotFound: there is none that he sees.
    """
    case, known, now = find_seen(centre, who, ref), catalogue(centre), centre.now()
    seen = seen_by(centre, who)
    alike = [one for one in near(centre, case) if seen is None or one.case.agency in seen]
    may_act = who.may(Action.HANDLE_REPORT)
    one = Opened(case, log_of(centre, ref), alike, may_act, who.may(Action.SEE_REPORTER))
    told = report_case.alike(one, words, now)
    return {
        "report-head": report_case.head(one, known, centre.city, now, words),
        "report-pictures": report_case.pictures(one, words),
        "report-facts": report_case.facts(one, known, words),
        "report-log": report_case.log(one, known, now, words),
        "report-actions": report_actions.actions(
            one, party_of(centre, who), known, words, told, may_act=may_act
        ),
    }


def act_on(centre: Centre, who: Viewer, asked: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """Do with a report what a browser asks for, and return what is told.

    Raises:
        NotFound: there is no such report that he sees.
        Forbidden: it is not his to do.
        Conflict: the report does not allow it now.
        InvalidInput: a value is none of those that can be.
        TooMany: he has asked too often who sent a report.
    """
    ref, name = str(asked.get("ref") or ""), str(asked.get("deed") or "")
    case = find_seen(centre, who, ref)
    if name == REVEAL:
        return _reveal(centre, who, case, str(asked.get("purpose") or ""), words)
    if name == JOIN:
        return _join(centre, who, case, str(asked.get("other") or ""), words)
    act = _act(centre, who, case, asked, name)
    take_step(centre, ref, act, who.agency)
    said = words.say("desk.done", step=words.say(act.step))
    return {"text": said, "done": True, "next": act.step in ENDING}


def told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case Conflict():
            return words.say("reports.conflict")
        case Forbidden():
            return words.say("reports.read_only")
        case NotFound():
            return words.say("reports.gone")
        case TooMany():
            return words.say("search.too_many")
        case InvalidInput():
            return words.say("desk.invalid", field=words.say(f"report_field.{fault.field}"))
    return words.say("state.no_store")


def _act(centre: Centre, who: Viewer, case: Case, asked: Mapping[str, Any], name: str) -> Act:
    try:
        step = ReportStep(name)
    except ValueError as fault:
        raise InvalidInput("step", str(fault)) from fault
    note = str(asked.get("note") or "").strip()
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise InvalidInput("note", f"needs at most {LONGEST_NOTE} printing characters")
    agency = str(asked.get("agency") or "")[:64]
    return Act(
        step,
        party_of(centre, who),
        who.name,
        note=note or None,
        agency=agency or None,
        until=_until(centre, case, asked) if step is ReportStep.EXTEND else None,
        picture=_picture(centre, who, str(asked.get("picture") or "")),
    )


def _until(centre: Centre, case: Case, asked: Mapping[str, Any]) -> datetime:
    """Return the new deadline: so many days after the old one, or after now if that is over."""
    days = str(asked.get("days") or "")
    if days not in {str(one) for one in DAYS}:
        raise InvalidInput("until", "is none of those offered")
    return max(centre.now(), case.due_at) + timedelta(days=int(days))


def _picture(centre: Centre, who: Viewer, sent: str) -> str | None:
    """Return the name of a kept picture, without what a telephone wrote into it."""
    if not sent:
        return None
    if len(sent) > LARGEST_PICTURE * 4 // 3 + 4:
        raise InvalidInput("picture", f"is larger than {LARGEST_PICTURE} bytes")
    try:
        content = cleaned(b64decode(sent, validate=True))
    except (NotBase64, ValueError) as fault:
        raise InvalidInput("picture", "is no base64") from fault
    except InvalidInput as fault:
        raise InvalidInput("picture", fault.why) from fault
    return evidence.keep(centre, content, PICTURE, f"report:{who.name}", centre.now())


def _join(centre: Centre, who: Viewer, case: Case, other: str, words: Words) -> dict[str, Any]:
    """Mark another report as a repeat of this one."""
    find_seen(centre, who, other)
    act = Act(ReportStep.MARK_DUPLICATE, party_of(centre, who), who.name, original=case.ref)
    became = take_steps(centre, [other], act, who.agency)[other]
    if isinstance(became, IocError):
        raise became
    return {"text": words.say("reports.joined"), "done": True, "next": False}


def _reveal(centre: Centre, who: Viewer, case: Case, purpose: str, words: Words) -> dict[str, Any]:
    """Return who sent a report; who asks, and why, stands in the audit for good."""
    if not who.may(Action.SEE_REPORTER):
        raise Forbidden("this role may not know who sent a report")
    purpose = purpose.strip()
    if not 3 <= len(purpose) <= 200 or not purpose.isprintable():
        raise InvalidInput("purpose", "needs 3 to 200 printing characters")
    if not centre.live.allow(f"reporter:{who.name}", REVEALS_AN_HOUR, HOUR_S):
        raise TooMany(f"{REVEALS_AN_HOUR} an hour are possible", HOUR_S)
    sender = reporter_of(centre, case.ref, who.name, purpose)
    told_of = words.say("reports.revealed")
    return {
        "text": told_of,
        "done": True,
        "next": False,
        "sender": _sender(sender),
        "ref": case.ref,
    }


def _sender(who: Reporter) -> Html:
    parts = (who.name, who.phone, who.email, who.account)
    return join([" · ".join(part for part in parts if part)])

"""A step with a report: by the centre, by the agency that holds it, or by the citizen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound
from ioc.live import Topic
from ioc.notices.model import Notice
from ioc.notices.service import put
from ioc.reports import store
from ioc.reports.model import Act, Case, Done, ReportState, ReportStep
from ioc.reports.offered import Catalogue, Service
from ioc.reports.routing import route
from ioc.reports.rules import ANSWERS, CLOSED, due_at, is_in_time, leads_to
from ioc.reports.service import catalogue, keep_steps, require_secret, visible

# Steps of which the agency that holds a report is told at once, and their topics.
LETTERS = {ReportStep.URGE: "urged", ReportStep.SECURE: "secured"}


def take_step(centre: Centre, ref: str, act: Act, holder: str | None = None) -> Case:
    """Take a step with a report and return it as it is then; `holder` is the agency that acts.

    Raises:
        NotFound: there is no such report, or none that this agency sees.
        Forbidden: the step is not for this party.
        Conflict: the state of the report does not allow it.
        InvalidInput: it lacks what it must say, or names what there is not.
    """

    def work(conn: Connection) -> Case:
        asked = [ref] if act.original is None else [ref, act.original]
        found = store.find(conn, asked, lock=True)
        known = catalogue(centre)
        case = visible(found.get(ref), ref, holder, known)
        return _step_in(conn, centre, case, act, found)

    case = transact(centre.engine, work)
    centre.live.announce(Topic.REPORTS)
    return case


def take_steps(
    centre: Centre, refs: Sequence[str], act: Act, holder: str | None = None
) -> dict[str, Case | IocError]:
    """Take one step with many reports in one transaction; return what became of each.

    One with which it cannot be taken is left as it is, with the fault that says why. By this a desk
    joins in one go what a night's storm told a hundred times.
    """

    def work(conn: Connection) -> dict[str, Case | IocError]:
        asked = [*refs] if act.original is None else [*refs, act.original]
        found = store.find(conn, asked, lock=True)
        known, became = catalogue(centre), dict[str, Case | IocError]()
        for ref in sorted(set(refs)):
            try:
                case = visible(found.get(ref), ref, holder, known)
                became[ref] = found[ref] = _step_in(conn, centre, case, act, found)
            except (NotFound, Forbidden, Conflict, InvalidInput) as fault:
                became[ref] = fault
        return became

    became = transact(centre.engine, work)
    centre.live.announce(Topic.REPORTS)
    return became


def reply(centre: Centre, ref: str, source: str, secret: str, act: Act) -> Case:
    """Take a step of the citizen: rate what was answered, or have it opened again.

    Raises:
        NotFound: this source sent no such report.
        Forbidden: the secret is wrong, or the step is none of his.
        Conflict: it cannot be, or was done before.
        InvalidInput: it lacks what it must say.
    """
    require_secret(centre, ref, secret)

    def work(conn: Connection) -> Case:
        found = store.find(conn, [ref], lock=True)
        case = found.get(ref)
        if case is None or case.source != source:
            raise NotFound("report", ref)
        return _step_in(conn, centre, case, act, found)

    case = transact(centre.engine, work)
    centre.live.announce(Topic.REPORTS)
    return case


def _step_in(
    conn: Connection, centre: Centre, case: Case, act: Act, found: dict[str, Case]
) -> Case:
    now, known = centre.now(), catalogue(centre)
    state = leads_to(case, act, now, known)
    moved = _moved(centre, case, act, state, now)
    if act.step is ReportStep.MARK_DUPLICATE:
        moved = replace(moved, duplicate_of=_original(case, act, found).ref)
        store.repoint(conn, case.ref, str(moved.duplicate_of))
    store.move(conn, moved)
    ends = state in CLOSED and case.state not in CLOSED
    done = Done(
        report=case.ref,
        step=act.step,
        state=state,
        at=now,
        actor=act.actor,
        party=act.party,
        # An end is the agency's that held it; a way on is told under where it goes.
        agency=moved.agency,
        service=moved.report.service,
        unit=moved.unit,
        note=act.note,
        picture=act.picture,
        is_in_time=is_in_time(case, now) if ends else None,
    )
    detail = {"step": act.step.value, "state": state.value, "agency": moved.agency}
    audit.record(conn, act.actor, "report_step", f"report:{case.ref}", None, detail)
    if act.step in LETTERS:
        put(conn, centre, _letter(known, moved, act, now))
    keep_steps(conn, centre, [done])
    return moved


def _letter(known: Catalogue, case: Case, act: Act, now: datetime) -> Notice:
    """Return what an agency is told of a report; whoever sent it is not in it."""
    agency = known.agencies.get(case.agency)
    service = known.services.get(case.report.service)
    said = {
        "agency": case.agency if agency is None else agency.vi,
        "service": case.report.service if service is None else service.vi,
        "ref": case.ref,
        "note": act.note or "",
    }
    name = f"report_{LETTERS[act.step]}"
    return Notice(
        topic=f"report.{LETTERS[act.step]}",
        about=f"report:{case.ref}",
        subject=f"notice.{name}",
        body=f"notice.{name}_body",
        dedupe=f"{name}:{case.ref}:{now.isoformat(timespec='seconds')}",
        words=said,
        facts={"agency": case.agency},
    )


def _moved(centre: Centre, case: Case, act: Act, state: ReportState, now: datetime) -> Case:
    """Return the report as a step leaves it."""
    moved = replace(case, state=state, changed_at=now)
    if state is not case.state:
        moved = replace(moved, waits_since=now)
    if act.step in ANSWERS:
        moved = replace(moved, answer=act.note, answer_picture=act.picture or case.answer_picture)
        # Another picture is another one to look at before everybody sees it.
        moved = moved if act.picture is None else replace(moved, published_at=None)
    if act.step is ReportStep.REROUTE:
        return _rerouted(centre, moved, act, now)
    if act.step is ReportStep.REOPEN:
        again = replace(moved, closed_at=None, duplicate_of=None, published_at=None)
        return _begun(catalogue(centre), again, now)
    if state in CLOSED and case.state not in CLOSED:
        return replace(moved, closed_at=now, escalates_at=None)
    return _marked(moved, act, now)


def _marked(case: Case, act: Act, now: datetime) -> Case:
    """Return a report with what a step that leads nowhere leaves on it."""
    if act.step is ReportStep.RATE:
        return replace(case, stars=act.stars)
    if act.step is ReportStep.PUBLISH:
        return replace(case, published_at=now)
    if act.step is ReportStep.EXTEND and act.until is not None:
        return replace(case, due_at=act.until, escalates_at=act.until, level=0)
    return case


def _rerouted(centre: Centre, case: Case, act: Act, now: datetime) -> Case:
    """Return a report at another agency, or as another service; the new agency's clock begins.

    Raises:
        InvalidInput: there is no such agency or service.
        Conflict: it is there already.
    """
    known = catalogue(centre)
    service = known.services.get(act.service or case.report.service)
    if service is None and act.service is not None:
        raise InvalidInput("service", f"there is no service {act.service!r}")
    agency = act.agency or _acting(centre, case, service, now)
    if agency not in known.agencies:
        raise InvalidInput("agency", f"there is no agency {agency!r}")
    report = case.report if service is None else replace(case.report, service=service.code)
    if agency == case.agency and report.service == case.report.service:
        raise Conflict(f"report: it is with {agency} already")
    sort = case.sort if service is None else service.sort
    return _begun(known, replace(case, report=report, agency=agency, sort=sort), now)


def _acting(centre: Centre, case: Case, service: Service | None, now: datetime) -> str:
    if service is None:
        return case.agency
    day = local_day(now, centre.city.zone)
    return route(service, case.report.spot, centre.city, day, catalogue(centre)).agency


def _begun(known: Catalogue, case: Case, now: datetime) -> Case:
    """Return a report whose agency begins with it now."""
    service = known.services.get(case.report.service)
    due = now + (case.due_at - case.held_since) if service is None else due_at(service, now)
    return replace(case, held_since=now, due_at=due, escalates_at=due, overdue_at=None, level=0)


def _original(case: Case, act: Act, found: dict[str, Case]) -> Case:
    """Return what a report is a duplicate of.

    Raises:
        InvalidInput: there is none, it is the report itself, or of another service.
        Conflict: that one is a duplicate itself.
    """
    original = found.get(act.original or "")
    if original is None:
        raise InvalidInput("original", f"there is no report {act.original!r}")
    if original.ref == case.ref:
        raise InvalidInput("original", "a report is no duplicate of itself")
    if original.state is ReportState.DUPLICATE:
        raise Conflict(f"report: that one is itself a duplicate, of {original.duplicate_of}")
    if original.report.service != case.report.service:
        raise InvalidInput("original", "is of another service")
    return original

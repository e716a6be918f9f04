"""The use cases of reports: take in, take a step, look up, compare, tell who sent one."""

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from math import cos, radians
from pathlib import Path

from sqlalchemy import Connection

from ioc import intake, tally
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.config import noted
from ioc.db import transact
from ioc.errors import Forbidden, InvalidInput, NotFound
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.privacy import pseudonym
from ioc.reports import measures, senders, store
from ioc.reports.catalogue import read_catalogue
from ioc.reports.forms import require_form
from ioc.reports.model import (
    Ageing,
    Case,
    Done,
    Near,
    Party,
    Placed,
    Report,
    Reporter,
    ReportState,
    ReportStep,
    Standing,
    Wanted,
    Workload,
)
from ioc.reports.offered import Catalogue
from ioc.reports.routing import DEGREE_M, SAME_M, covers, distance_m, point_of, route
from ioc.reports.rules import metrics_of

_READ: dict[tuple[Path, str], Catalogue] = {}
REPORT = "report"
MOST = 1_000
MOST_NEAR = 20


def catalogue(centre: Centre) -> Catalogue:
    """Return what can be reported and who acts, read once a process.

    What is wrong in its files is logged and left out: `ioc admin check-config` says more.
    """
    # By its two parts: this is asked for with every item, and joining a path costs more.
    key = (centre.settings.config_dir, centre.settings.city)
    if key not in _READ:
        _READ[key] = noted(read_catalogue(centre.settings.city_dir, centre.city))
    return _READ[key]


def place_report(centre: Centre, report: Report) -> Placed:
    """Return a report with its service and whoever acts, once it is found in order.

    Raises:
        InvalidInput: there is no such service, its form is not answered, the place is none here.
    """
    known = catalogue(centre)
    service = known.services.get(report.service)
    if service is None:
        raise InvalidInput("service_code", f"there is no service {report.service!r}")
    answers = require_form(service, report.attributes)
    way = route(service, report.spot, centre.city, _today(centre), known)
    point = point_of(report.spot, centre.city)
    return Placed(replace(report, attributes=answers), service, way.agency, way.unit, point)


def receive(centre: Centre, source: str, placed: Sequence[Placed]) -> list[Receipt]:
    """Keep reports of `source` in one transaction; one receipt each, in order."""
    receipts = transact(centre.engine, lambda conn: receive_in(conn, centre, source, placed))
    if any(receipt.status is IntakeStatus.RECORDED for receipt in receipts):
        centre.live.announce(Topic.REPORTS)
    return receipts


def receive_in(
    conn: Connection, centre: Centre, source: str, placed: Sequence[Placed]
) -> list[Receipt]:
    """Keep reports in the caller's transaction, of which it is the last part."""
    now = centre.now()
    entries = [
        Entry(one.report.id, digest_of_report(centre, one.report), uuid.uuid4().hex)
        for one in placed
    ]
    receipts = intake.enter_ids(conn, source, REPORT, entries, now)
    new = {
        str(receipt.ref): one
        for one, receipt in zip(placed, receipts, strict=True)
        if receipt.status is IntakeStatus.RECORDED
    }
    store.add(conn, source, new, {ref: token_of(centre, ref) for ref in new}, now)
    senders.add(conn, {ref: one.report.reporter for ref, one in sorted(new.items())})
    steps = [
        Done(
            report=ref,
            step=ReportStep.RECEIVE,
            state=ReportState.RECEIVED,
            at=one.report.at or now,
            actor=f"source:{source}",
            party=Party.CITIZEN,
            agency=one.agency,
            service=one.service.code,
            unit=one.unit,
        )
        for ref, one in sorted(new.items())
    ]
    keep_steps(conn, centre, steps)
    return receipts


def keep_steps(conn: Connection, centre: Centre, steps: Sequence[Done]) -> None:
    """Keep steps and count them; the last part of a transaction."""
    store.note_steps(conn, steps)
    centre_id = catalogue(centre).centre
    counts: dict[tuple[str, str, datetime], int] = {}
    for done in steps:
        for metric in metrics_of(done.step, done.state, done.service, is_in_time=done.is_in_time):
            key = (metric, done.unit or centre_id, done.at)
            counts[key] = counts.get(key, 0) + 1
    tally.add(conn, counts)


def find_case(centre: Centre, ref: str, holder: str | None = None) -> Case:
    """Return a report as it stands; `holder` is the agency that asks, None the centre.

    Raises:
        NotFound: there is no such report, or none that this agency sees.
    """
    found = transact(centre.engine, lambda conn: store.find(conn, [ref]))
    return visible(found.get(ref), ref, holder, catalogue(centre))


def case_of_token(centre: Centre, token: str) -> Case:
    """Return the report that a token was given for.

    Raises:
        NotFound: there is none.
    """

    def work(conn: Connection) -> Case | None:
        ref = store.ref_of_token(conn, token)
        return None if ref is None else store.find(conn, [ref]).get(ref)

    case = transact(centre.engine, work)
    if case is None:
        raise NotFound("token", token)
    return case


def log_of(centre: Centre, ref: str) -> list[Done]:
    """Return what was done with a report, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, ref))


def search(centre: Centre, wanted: Wanted, *, limit: int = MOST, offset: int = 0) -> list[Case]:
    """Return the reports asked for, the newest first."""
    return _search(centre, wanted, "newest", limit, offset)


def waiting(centre: Centre, wanted: Wanted, *, limit: int = MOST, offset: int = 0) -> list[Case]:
    """Return those of the reports asked for that are open, what is due first."""
    return _search(centre, wanted, "due", limit, offset)


def _search(centre: Centre, wanted: Wanted, order: str, limit: int, offset: int) -> list[Case]:
    now = centre.now()
    return transact(
        centre.engine,
        lambda conn: store.search(conn, wanted, now, order=order, limit=limit, offset=offset),
    )


def near(centre: Centre, case: Case) -> list[Near]:
    """Return what may be the same thing: of its service, within 50 m and the service's time."""
    spot, service = case.report.spot, catalogue(centre).services.get(case.report.service)
    if spot.lat is None or spot.lon is None or service is None:
        return []
    here = (spot.lat, spot.lon)
    tall, wide = SAME_M / DEGREE_M, SAME_M / DEGREE_M / max(0.01, cos(radians(spot.lat)))
    box = (here[0] - tall, here[0] + tall, here[1] - wide, here[1] + wide)
    span = (case.requested_at - service.same_within, case.requested_at + service.same_within)
    others = transact(
        centre.engine, lambda conn: store.within(conn, case, box, span, 10 * MOST_NEAR)
    )
    apart = [
        Near(other, distance_m(here, (other.report.spot.lat or 0.0, other.report.spot.lon or 0.0)))
        for other in others
    ]
    close = [one for one in apart if one.distance_m <= SAME_M]
    return sorted(close, key=lambda one: (one.distance_m, one.case.no))[:MOST_NEAR]


def standing(centre: Centre) -> Standing:
    """Return how many reports are open now, and how many of them overdue."""
    now = centre.now()
    return transact(centre.engine, lambda conn: measures.standing(conn, now))


def standing_by_unit(centre: Centre) -> dict[str, Standing]:
    """Return how many reports are open and overdue now, by unit; "" where that is not known."""
    now = centre.now()
    return transact(centre.engine, lambda conn: measures.standing_by_unit(conn, now))


def ageing(centre: Centre) -> Ageing:
    """Return how long open reports have waited."""
    now = centre.now()
    return transact(centre.engine, lambda conn: measures.ageing(conn, now))


def workloads(centre: Centre, span: timedelta) -> list[Workload]:
    """Return how each agency stands now, and how it kept its time over a span until now."""
    now = centre.now()
    return transact(centre.engine, lambda conn: measures.workloads(conn, now - span, now, now))


def reporter_of(centre: Centre, ref: str, actor: str, purpose: str) -> Reporter:
    """Return who sent a report, for the few who may know; who asked, and why, is kept for good.

    Raises:
        InvalidInput: no purpose is named.
        NotFound: there is no such report, or its sender is not known, or no longer.
    """
    if not purpose.strip():
        raise InvalidInput("purpose", "say what you need to know it for")
    who = transact(centre.engine, lambda conn: senders.reveal(conn, ref, actor, purpose.strip()))
    if who is None:
        raise NotFound("reporter of", ref)
    return who


def visible(case: Case | None, ref: str, holder: str | None, known: Catalogue) -> Case:
    """Return a case that an agency sees (`holder` None: the centre); of others there is none.

    Raises:
        NotFound: there is no such report for it.
    """
    if case is None or (holder is not None and case.agency not in covers(holder, known)):
        raise NotFound(REPORT, ref)
    return case


def token_of(centre: Centre, ref: str) -> str:
    """Return the token under which a sender asks for the number of his report."""
    return pseudonym(centre.settings.secret, "report-token", ref)


def secret_of(centre: Centre, ref: str) -> str:
    """Return what only the sender of a report is told: by it he rates it or has it reopened."""
    return pseudonym(centre.settings.secret, "report-secret", ref)


def require_secret(centre: Centre, ref: str, given: str) -> None:
    """Return when it is the secret of the report's sender.

    Raises:
        Forbidden: it is not.
    """
    known = secret_of(centre, ref).encode()
    if not hmac.compare_digest(known, given.encode("utf-8", "replace")):
        raise Forbidden("secret: is not that of this report's sender")


def digest_of_report(centre: Centre, report: Report) -> bytes:
    """Return the digest of what was said; whoever holds it learns nothing of the sender.

    What was not said is left out, so that a field that comes later changes none of before.
    """
    said = asdict(report)
    said["spot"] = {name: value for name, value in said["spot"].items() if value is not None}
    who = {name: value for name, value in said.pop("reporter").items() if value is not None}
    if who:
        words = repr(sorted(who.items()))
        said["reporter"] = pseudonym(centre.settings.secret, "reporter", words)
    return intake.digest_of({name: value for name, value in said.items() if value})


def _today(centre: Centre) -> date:
    return local_day(centre.now(), centre.city.zone)

"""Reports over time: told to the level above when overdue, counted anew, deleted on their day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.live import Topic
from ioc.notices.model import Notice
from ioc.notices.service import put_all
from ioc.recounting import differences
from ioc.reports import measures, senders, store
from ioc.reports.model import Case, Done, Party, ReportState, ReportStep
from ioc.reports.rules import metrics_of, next_escalation
from ioc.reports.service import REPORT, catalogue, keep_steps
from ioc.tally import Count

BATCH = 500
COUNTED = ("report.",)
CLOCK = "timekeeper"


def escalate(centre: Centre) -> int:
    """Mark what became overdue and tell the level above; return how many reports it was."""
    total = 0
    while True:
        told = transact(centre.engine, lambda conn: _escalate_some(conn, centre))
        total += told
        if told < BATCH:
            break
    if total:
        centre.live.announce(Topic.REPORTS)
    return total


def _escalate_some(conn: Connection, centre: Centre) -> int:
    now = centre.now()
    due = store.escalating(conn, now, BATCH)
    steps = []
    for case in due:
        level = case.level + 1
        moved = replace(
            case,
            level=level,
            overdue_at=case.overdue_at or now,
            escalates_at=next_escalation(level, case.held_since, case.due_at),
            changed_at=now,
        )
        store.move(conn, moved)
        steps.append(_told(moved, now, is_first=case.overdue_at is None))
    put_all(conn, centre, _letters(centre, due, now))
    keep_steps(conn, centre, steps)
    return len(due)


def _told(case: Case, now: datetime, *, is_first: bool) -> Done:
    return Done(
        report=case.ref,
        step=ReportStep.ESCALATE,
        state=case.state,
        at=now,
        actor=CLOCK,
        party=Party.CLOCK,
        agency=case.agency,
        service=case.report.service,
        unit=case.unit,
        is_in_time=False if is_first else None,
    )


def _letters(centre: Centre, due: Sequence[Case], now: datetime) -> list[Notice]:
    """Return one notice an agency, whatever the number: a storm must not flood whoever is told."""
    agencies = catalogue(centre).agencies
    late = Counter((case.agency, case.level + 1) for case in due)
    return [
        Notice(
            topic="report.overdue",
            about=f"agency:{agency}",
            subject="notice.report_overdue",
            body="notice.report_overdue_body",
            dedupe=f"report_overdue:{agency}:{level}:{now:%Y-%m-%dT%H}",
            words={"n": str(n), "agency": agencies[agency].vi if agency in agencies else agency},
            facts={"agency": agency, "level": str(level)},
        )
        for (agency, level), n in sorted(late.items())
    ]


def drop_reports(centre: Centre, received_before: datetime) -> int:
    """Seal and delete reports received before an instant, with their log and their senders."""

    def work(conn: Connection) -> int:
        tally.seal(conn, REPORT, _held(conn, centre, received_before), centre.now())
        return store.drop(conn, received_before)

    return transact(centre.engine, work)


def forget_reporters(centre: Centre, closed_before: datetime) -> int:
    """Delete who sent reports that ended before an instant; return how many."""
    return transact(centre.engine, lambda conn: senders.forget_reporters(conn, closed_before))


def recount(centre: Centre) -> list[str]:
    """Compare every tally of reports with their log and with seals; return the differences."""
    return differences(centre, [REPORT], COUNTED, lambda conn: _held(conn, centre, None))


def _held(conn: Connection, centre: Centre, received_before: datetime | None) -> Count:
    counts: Count = Counter()
    place = catalogue(centre).centre
    for row in measures.counts_held(conn, centre.city.zone.key, received_before):
        step, state = ReportStep(row.step), ReportState(row.state)
        for metric in metrics_of(step, state, row.service, is_in_time=row.is_in_time):
            counts[row.day, metric, row.unit or place] += row.n
    return counts

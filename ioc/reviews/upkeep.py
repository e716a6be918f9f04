"""Answers take effect, second cameras settle what they can, what is past its days goes."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit
from ioc.alerts import store as alerts
from ioc.alerts.model import AlertOutcome, AlertState, Desk, Step
from ioc.alerts.service import TIMEKEEPER, Act, raise_alert, step_within
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.live import Topic
from ioc.reviews import store
from ioc.reviews.model import SECOND_CAMERA, Answer, Question, Ruling
from ioc.reviews.rules import second_look
from ioc.reviews.service import MOST, keep_ruling, number_of, open_questions, review_limits
from ioc.roads import CityRoads
from ioc.vehicles.causes import cause_of
from ioc.vehicles.model import Outcome, Reason
from ioc.vehicles.recording import follow_anew, judge_anew
from ioc.vehicles.service import doubt_book, rulebook
from ioc.vehicles.store import sightings_by_ref


def apply_rulings(centre: Centre) -> int:
    """Let answers take effect that can no longer be taken back; return how many did."""
    before = centre.now() - review_limits(centre).undo

    def work(conn: Connection) -> int:
        # One a transaction: alerts are raised once in each, so that their locks stay in order.
        due = store.due_rulings(conn, before, 1)
        for ruling in due:
            _apply(conn, centre, ruling)
        return len(due)

    count = 0
    while transact(centre.engine, work):
        count += 1
    if count:
        centre.live.announce(Topic.ALERTS)
    return count


def settle_questions(centre: Centre) -> int:
    """Answer what another camera has read for sure within minutes; return how many."""
    limits, book = review_limits(centre), doubt_book(centre)
    oldest = centre.now() - 2 * limits.settle
    asked = [
        question
        for question in open_questions(centre, MOST)
        # What a rule itself wants a person to see is no question of the plate alone.
        if question.reason == Reason.UNSURE_READ and question.read.seen_at >= oldest
    ]
    if not asked:
        return 0
    plates = sorted({candidate.plate for q in asked for candidate in q.candidates})
    start = min(q.read.seen_at for q in asked) - limits.settle
    end = max(q.read.seen_at for q in asked) + limits.settle
    sure = rulebook(centre).sure
    reads = transact(centre.engine, lambda conn: store.sure_reads(conn, plates, start, end, sure))
    graph = CityRoads(centre.city).on(local_day(centre.now(), centre.city.zone))
    settled = 0
    for question in asked if reads else ():
        plate = second_look(question, reads, book, limits, graph.is_feasible)
        if plate is not None:
            settled += _settle(centre, question, plate)
    if settled:
        centre.live.announce(Topic.ALERTS)
    return settled


def purge_reviews(centre: Centre, seen_before: datetime, decided_before: datetime) -> int:
    """Delete doubts and answers past their days; return how many rows went."""
    return transact(centre.engine, lambda conn: store.purge(conn, seen_before, decided_before))


def _settle(centre: Centre, question: Question, plate: str) -> int:
    answer = Answer.AS_READ if plate == question.read.plate else Answer.CORRECTED

    def work(conn: Connection) -> int:
        held = store.question_of(conn, number_of(question.alert))
        if held is None or not _may_settle(conn, centre, held, plate):
            return 0
        ruling = keep_ruling(conn, centre, held, answer, plate, SECOND_CAMERA)
        _apply(conn, centre, ruling)
        detail = {"answer": answer.value, "truth": plate}
        subject = f"alert:{question.alert}"
        audit.record(conn, SECOND_CAMERA, "question_settled", subject, None, detail)
        return 1

    return transact(centre.engine, work)


def _may_settle(conn: Connection, centre: Centre, question: Question, plate: str) -> bool:
    """Tell whether what the true plate is accused of is none that a rule asks a person about."""
    held = sightings_by_ref(conn, {question.sighting: question.read.seen_at})
    anew = [judge_anew(conn, centre, sighting, plate) for sighting in held.values()]
    return all(sighting.verdict.outcome is not Outcome.REVIEW for sighting in anew)


def _apply(conn: Connection, centre: Centre, ruling: Ruling) -> None:
    """Raise what the true plate is accused of, and close the question."""
    raised = None
    held = sightings_by_ref(conn, {ruling.sighting: ruling.seen_at})
    if ruling.truth is not None and ruling.sighting in held:
        anew = judge_anew(conn, centre, held[ruling.sighting], ruling.truth)
        follow_anew(conn, centre, anew)
        if anew.verdict.outcome in (Outcome.STOP, Outcome.REVIEW):
            # What a rule asks a person about, a person has just confirmed.
            raised = raise_alert(conn, centre, replace(cause_of(anew), desk=Desk.POLICE))
    _close(conn, centre, ruling, raised)
    store.mark_applied(conn, ruling.no, centre.now(), raised)


def _close(conn: Connection, centre: Centre, ruling: Ruling, raised: str | None) -> None:
    actor = ruling.decided_by if ruling.is_human else TIMEKEEPER
    row = alerts.find(conn, number_of(ruling.alert))
    if ruling.truth != ruling.plate:
        acts = [Act(Step.FALSE_READ, actor)]
    elif raised is None:
        acts = [Act(Step.CLEAR, actor)]
    else:
        is_new = row is not None and row.state == AlertState.NEW
        acts = [Act(Step.ACKNOWLEDGE, actor)] if is_new else []
        acts.append(Act(Step.CLOSE, actor, outcome=AlertOutcome.OTHER))
    try:
        for act in acts:
            step_within(conn, centre, ruling.alert, act)
    except (Conflict, NotFound):
        # Somebody ended or shelved it otherwise meanwhile: the answer stands all the same.
        return

"""The use cases of review: what is asked, a person's answer, taking it back, what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc import audit
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.errors import Conflict, NotFound
from ioc.live import Topic
from ioc.reviews import store
from ioc.reviews.model import Answer, Question, Ruling, Share, Tempo
from ioc.reviews.rules import ReviewLimits, truth_of
from ioc.vehicles.service import doubt_book

MOST = 200
HANDLING = "handling"


def review_limits(centre: Centre) -> ReviewLimits:
    """Return what [review] of city.toml says."""
    said = centre.city.settings["review"]
    assert isinstance(said, Mapping)
    return ReviewLimits(
        settle=timedelta(minutes=said["settle_minutes"]),
        undo=timedelta(seconds=said["undo_s"]),
        may_leave=bool(said["labels_may_leave"]),
    )


def open_questions(centre: Centre, limit: int = MOST) -> list[Question]:
    """Return what waits for an answer, by priority, then by what is due first."""
    return transact(centre.engine, lambda conn: store.questions(conn, min(limit, MOST)))


def look_at(centre: Centre, alert_id: str, actor: str) -> None:
    """Note in the audit that a person looks at a question.

    Raises:
        NotFound: nobody asks it any more.
    """
    number = number_of(alert_id)

    def work(conn: Connection) -> None:
        if store.question_of(conn, number) is None:
            raise NotFound("question", alert_id)
        audit.record(conn, actor, "question_seen", f"alert:{alert_id}", HANDLING, {})

    transact(centre.engine, work)


def rule(centre: Centre, alert_id: str, answer: Answer, typed: str, actor: str) -> Ruling:
    """Keep a person's answer; it takes effect when it can no longer be taken back.

    Raises:
        NotFound: nobody asks this.
        Conflict: somebody has answered it.
        InvalidInput: what was typed is no plate, or nothing was read.
    """
    number = number_of(alert_id)

    def work(conn: Connection) -> Ruling:
        question = store.question_of(conn, number)
        if question is None:
            raise NotFound("question", alert_id)
        truth = truth_of(answer, question.read.plate, typed)
        ruling = keep_ruling(conn, centre, question, answer, truth, actor)
        detail = {"answer": answer.value, "truth": truth}
        audit.record(conn, actor, "question_answered", f"alert:{alert_id}", HANDLING, detail)
        return ruling

    ruling = transact(centre.engine, work)
    centre.live.announce(Topic.ALERTS)
    return ruling


def take_back(centre: Centre, actor: str) -> Ruling:
    """Take back the newest answer of a person, and ask anew.

    Raises:
        Conflict: there is none that has not taken effect.
    """
    now = centre.now()
    since = now - review_limits(centre).undo

    def work(conn: Connection) -> Ruling:
        ruling = store.take_back(conn, actor, since, now)
        if ruling is None:
            raise Conflict("there is no answer that can still be taken back")
        audit.record(conn, actor, "answer_taken_back", f"alert:{ruling.alert}", HANDLING, {})
        return ruling

    ruling = transact(centre.engine, work)
    centre.live.announce(Topic.ALERTS)
    return ruling


def tempo_of(centre: Centre, actor: str) -> Tempo:
    """Return how a person gets on today."""
    day = local_day(centre.now(), centre.city.zone)
    start, _ = day_bounds(day, centre.city.zone)
    row = transact(centre.engine, lambda conn: store.tempo(conn, actor, start))
    return Tempo(row.answered, None if row.median_s is None else float(row.median_s))


def false_shares(centre: Centre, since: datetime, until: datetime) -> list[Share]:
    """Return false accusations of what was raised in since <= t < until: by band, camera, rule."""
    promised = {band.value: share for band, share in doubt_book(centre).expected.items()}
    rows = transact(centre.engine, lambda conn: store.shares(conn, since, until))
    return [store.share_of(row, promised) for row in rows]


def keep_ruling(
    conn: Connection,
    centre: Centre,
    question: Question,
    answer: Answer,
    truth: str | None,
    actor: str,
) -> Ruling:
    """Insert an answer to a question that is held.

    Raises:
        Conflict: it has one.
    """
    read = question.read
    ruling = Ruling(
        no=0,
        alert=question.alert,
        sighting=question.sighting,
        seen_at=read.seen_at,
        camera=read.camera,
        plate=read.plate,
        answer=answer,
        truth=truth,
        decided_by=actor,
        decided_at=centre.now(),
        plate_picture=read.plate_picture,
        frame_picture=read.frame_picture,
        may_leave=review_limits(centre).may_leave,
    )
    number = store.add_ruling(conn, ruling)
    if number is None:
        raise Conflict(f"question {question.alert} is answered already")
    return replace(ruling, no=number)


def number_of(alert_id: str) -> int:
    """Return the number of an alert.

    Raises:
        NotFound: it is none.
    """
    if not alert_id.isascii() or not alert_id.isdigit() or len(alert_id) > 18:
        raise NotFound("question", alert_id[:40])
    return int(alert_id)

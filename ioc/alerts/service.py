"""Raise alerts, show them to their desk, and follow them step by step to an outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc import audit
from ioc.alerts import store
from ioc.alerts.model import (
    Alert,
    AlertOutcome,
    AlertState,
    Backlog,
    Cause,
    Desk,
    Handled,
    Priority,
    Step,
    StepTaken,
)
from ioc.alerts.rules import ENDS, OPEN, due_at, group, level_of, next_state
from ioc.alerts.telling import tell_escalated, tell_raised
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.live import Topic

TIMEKEEPER = "timekeeper"
LONGEST_NOTE = 2_000
MOST = 1_000


@dataclass(frozen=True)
class Act:
    """What a person does with an alert; `until` is needed to shelve, `outcome` to close."""

    step: Step
    actor: str
    unit: str | None = None
    note: str | None = None
    outcome: AlertOutcome | None = None
    until: datetime | None = None


def raise_alerts(conn: Connection, centre: Centre, causes: Sequence[Cause]) -> list[str]:
    """Join each cause to its incident or open one; return alert ids in the order given.

    Call it once a transaction: incidents are locked in the order of their keys.
    """
    if not causes:
        return []
    now, limits = centre.now(), centre.city.limits
    store.lock_incidents(conn, causes, now)
    known = store.incidents_near(conn, causes, limits.incident)
    grouped = group(causes, known, limits.incident)
    incidents = list({id(incident): incident for incident in grouped}.values())
    store.join(conn, [incident for incident in incidents if incident.alert is not None])
    fresh = [incident for incident in incidents if incident.alert is None]
    dues = {priority: due_at(priority, now, limits.acknowledge) for priority in Priority}
    store.add(conn, fresh, now, dues)
    store.add_steps(
        conn,
        [
            StepTaken(str(new.alert), "raise", now, new.cause.rule, AlertState.NEW)
            for new in fresh
            if new.cause is not None
        ],
    )
    tell_raised(conn, centre, fresh)
    return [str(incident.alert) for incident in grouped]


def raise_alert(conn: Connection, centre: Centre, cause: Cause) -> str:
    """Join `cause` to its incident or open one; return the alert's id."""
    return raise_alerts(conn, centre, [cause])[0]


def open_alerts(centre: Centre, desk: Desk | None = None) -> list[Alert]:
    """Return what is not closed, by priority, then by what is due first."""
    return find_alerts(centre, desk, OPEN)


def find_alerts(
    centre: Centre,
    desk: Desk | None = None,
    states: Sequence[AlertState] | None = None,
    since: datetime | None = None,
    limit: int = MOST,
) -> list[Alert]:
    """Return alerts raised since an instant in any of `states`, at most `limit`."""
    wanted = tuple(AlertState) if states is None else states
    return transact(
        centre.engine, lambda conn: store.search(conn, desk, wanted, since, min(limit, MOST))
    )


def find_alert(centre: Centre, alert_id: str) -> Alert:
    """Return one alert.

    Raises:
        NotFound: there is none of this id.
    """
    row = transact(centre.engine, lambda conn: store.find(conn, _number(alert_id)))
    if row is None:
        raise NotFound("alert", alert_id)
    return store.alert_from(row)


def log_of(centre: Centre, alert_id: str) -> list[StepTaken]:
    """Return the steps of an alert, oldest first.

    Raises:
        NotFound: there is none of this id.
    """
    find_alert(centre, alert_id)
    return transact(centre.engine, lambda conn: store.log(conn, _number(alert_id)))


def backlog(centre: Centre) -> Backlog:
    """Return how many alerts wait now, and how many nobody has taken in time."""
    return transact(centre.engine, lambda conn: store.backlog(conn, centre.now()))


def raised_by(
    centre: Centre, start: datetime, end: datetime, step: timedelta
) -> dict[datetime, int]:
    """Return how many alerts were raised in each `step` from `start`; empty steps are left out."""
    return transact(centre.engine, lambda conn: store.raised_by(conn, start, end, step))


def handled(centre: Centre, start: datetime, end: datetime) -> Handled:
    """Return what was raised and closed in start <= t < end, and how fast it was acknowledged."""
    return transact(centre.engine, lambda conn: store.handled(conn, start, end))


def take_step(centre: Centre, alert_id: str, act: Act) -> Alert:
    """Do what a person says with an alert and return it as it is then.

    Raises:
        NotFound: there is none of this id.
        Conflict: the step does not follow the alert's state.
        InvalidInput: the step lacks its unit, its outcome or its time.
    """
    _check(act, centre.now())
    alert = transact(centre.engine, lambda conn: _step(conn, centre, alert_id, act))
    centre.live.announce(Topic.ALERTS)
    return alert


def escalate(centre: Centre) -> int:
    """Raise the level of alerts nobody has taken in time; return how many changed."""
    now = centre.now()

    def work(conn: Connection) -> int:
        changed = 0
        for row in store.waiting_past_due(conn, now):
            limit = centre.city.limits.acknowledge[row.priority]
            level = level_of(row.due_at, limit, now)
            if level > row.level:
                changed += 1
                store.set_level(conn, row.id, level)
                line = StepTaken(
                    str(row.id), "escalate", now, TIMEKEEPER, AlertState.NEW, note=f"level {level}"
                )
                store.add_steps(conn, [line])
                tell_escalated(conn, centre, store.alert_from(row), level)
        return changed

    changed = transact(centre.engine, work)
    if changed:
        centre.live.announce(Topic.ALERTS)
    return changed


def unshelve_due(centre: Centre) -> int:
    """Put alerts back whose shelf time is over; return how many."""
    now = centre.now()
    due = transact(centre.engine, lambda conn: store.shelved_until(conn, now))
    for alert in due:
        take_step(centre, str(alert), Act(Step.UNSHELVE, TIMEKEEPER))
    return len(due)


def purge_alerts(centre: Centre, raised_before: datetime) -> int:
    """Delete closed alerts raised before an instant, with their logs; return how many."""
    return transact(centre.engine, lambda conn: store.purge(conn, raised_before))


def _step(conn: Connection, centre: Centre, alert_id: str, act: Act) -> Alert:
    number, now = _number(alert_id), centre.now()
    row = store.find(conn, number, lock=True)
    if row is None:
        raise NotFound("alert", alert_id)
    before = store.alert_from(row)
    shelved_from = None if row.shelved_from is None else AlertState(row.shelved_from)
    state = next_state(before.state, act.step, shelved_from)
    is_shelved, is_closed = state is AlertState.SHELVED, state is AlertState.CLOSED
    owner = before.owner if act.actor == TIMEKEEPER or before.owner else act.actor
    outcome = ENDS.get(act.step, act.outcome)
    values = {
        "state": state.value,
        "owner": owner,
        "unit": act.unit or before.unit,
        "outcome": outcome.value if outcome and is_closed else None,
        "shelved_from": before.state.value if is_shelved else None,
        "shelved_until": act.until if is_shelved else None,
        "closed_at": now if is_closed else None,
        # Back from the shelf it waits anew: nobody could take it while it lay there.
        "due_at": due_at(before.priority, now, centre.city.limits.acknowledge)
        if act.step is Step.UNSHELVE
        else before.due_at,
    }
    store.change(conn, number, values)
    line = StepTaken(alert_id, act.step.value, now, act.actor, state, act.unit, act.note)
    store.add_steps(conn, [line])
    detail = {"step": act.step.value, "state": state.value}
    audit.record(conn, act.actor, "alert_step", f"alert:{alert_id}", None, detail)
    after = store.find(conn, number)
    assert after is not None
    return store.alert_from(after)


def _check(act: Act, now: datetime) -> None:
    if act.step is Step.ASSIGN and not act.unit:
        raise InvalidInput("unit", "assigning needs a unit")
    if act.step is Step.CLOSE and act.outcome is None:
        raise InvalidInput("outcome", "closing needs a result code")
    if act.step is Step.SHELVE and (act.until is None or act.until <= now):
        raise InvalidInput("until", "shelving needs a time in the future")
    for name, told in (("note", act.note), ("unit", act.unit)):
        if told is not None and (len(told) > LONGEST_NOTE or "\0" in told):
            raise InvalidInput(name, f"needs at most {LONGEST_NOTE} characters, none of them NUL")


def _number(alert_id: str) -> int:
    if not alert_id.isascii() or not alert_id.isdigit() or len(alert_id) > 18:
        raise NotFound("alert", alert_id[:40])
    return int(alert_id)

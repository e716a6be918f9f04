"""Raise alerts, show them to their desk, and follow them step by step to an outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from ioc import audit
from ioc.alerts import clocks, store
from ioc.alerts.lateness import freshened, note_late
from ioc.alerts.model import (
    Alert,
    AlertOutcome,
    AlertState,
    Cause,
    Desk,
    Priority,
    Step,
    StepTaken,
)
from ioc.alerts.rules import (
    OPEN,
    UNIT_AFTER,
    due_at,
    group,
    level_of,
    next_state,
    outcome_after,
    unit_due_at,
)
from ioc.alerts.store import Dues
from ioc.alerts.telling import tell_escalated, tell_raised
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.live import Topic
from ioc.patrols import service as patrols
from ioc.patrols.model import PatrolStatus
from ioc.patrols.service import station_named

TIMEKEEPER = "timekeeper"
ESCALATE = "escalate"
LONGEST_NOTE = 2_000
MOST = 1_000
# A muted camera may give many back at once; the rest follow within seconds.
MOST_BACK = 200


@dataclass(frozen=True)
class Act:
    """What a person does with an alert.

    Shelving needs a `note` that says why, and takes the city's time without `until`; closing needs
    an `outcome` where nothing before says how it ended.
    """

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
    dues = _dues(centre, now)
    note_late(fresh, limits.too_late)
    store.add(conn, fresh, now, dues, (now + limits.late_take, None))
    fresh += freshened(conn, limits.too_late, zip(causes, grouped, strict=True), dues)
    tell_raised(conn, centre, [new for new in fresh if new.shelved_until is None])
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


def take_step(centre: Centre, alert_id: str, act: Act) -> Alert:
    """Do what a person says with an alert and return it as it is then.

    Raises:
        NotFound: there is none of this id.
        Conflict: the step does not follow the alert's state, or its unit is not free.
        InvalidInput: the step lacks its unit, its outcome, its time or its reason.
    """
    alert = transact(centre.engine, lambda conn: step_within(conn, centre, alert_id, act))
    centre.live.announce(Topic.ALERTS, *([Topic.PATROLS] if act.step in UNIT_AFTER else []))
    return alert


def step_within(conn: Connection, centre: Centre, alert_id: str, act: Act) -> Alert:
    """Do the same in the caller's transaction; who calls it announces it after the commit."""
    _check(centre, act)
    return _step(conn, centre, alert_id, act)


def escalate(centre: Centre) -> int:
    """Raise the level of alerts that wait for a person or a unit too long; return how many."""
    now, limits = centre.now(), centre.city.limits

    def work(conn: Connection) -> int:
        levels: dict[int, int] = {}
        lines = []
        for row in clocks.waiting_past_due(conn, now):
            state = AlertState(row.state)
            is_new = state is AlertState.NEW
            due, waits = (
                (row.due_at, limits.acknowledge) if is_new else (row.unit_due_at, limits.unit)
            )
            level = level_of(due, waits[row.priority], now)
            if level > row.level:
                levels[row.id] = level
                tell_escalated(conn, centre, store.alert_from(row), level, due)
                note = f"level {level}"
                lines.append(StepTaken(str(row.id), ESCALATE, now, TIMEKEEPER, state, note=note))
        clocks.set_levels(conn, levels)
        store.add_steps(conn, lines)
        return len(levels)

    changed = transact(centre.engine, work)
    if changed:
        centre.live.announce(Topic.ALERTS)
    return changed


def unshelve_due(centre: Centre) -> int:
    """Put alerts back whose shelf time is over; return how many."""

    def work(conn: Connection) -> int:
        due = clocks.shelf_over(conn, centre.now(), MOST_BACK)
        for alert in due:
            step_within(conn, centre, str(alert), Act(Step.UNSHELVE, TIMEKEEPER))
        return len(due)

    back = transact(centre.engine, work)
    if back:
        centre.live.announce(Topic.ALERTS)
    return back


def _step(conn: Connection, centre: Centre, alert_id: str, act: Act) -> Alert:
    number, now = _number(alert_id), centre.now()
    row = store.find(conn, number, lock=True)
    if row is None:
        raise NotFound("alert", alert_id)
    before = store.alert_from(row)
    shelved_from = None if row.shelved_from is None else AlertState(row.shelved_from)
    state = next_state(before.state, act.step, shelved_from)
    outcome = outcome_after(before.state, act.step, act.outcome)
    dues: Dues = before.due_at, before.unit_due_at
    if act.step is Step.UNSHELVE and not before.is_late:
        # Back from the shelf it waits anew: nobody could take it while it lay there.
        dues = _dues(centre, now)[before.desk, before.priority]
    is_shelved = state is AlertState.SHELVED
    told = _move_unit(conn, centre, number, act)
    values = {
        "state": state.value,
        "owner": before.owner if act.actor == TIMEKEEPER or before.owner else act.actor,
        "unit": told or before.unit,
        "outcome": outcome and outcome.value,
        "shelved_from": before.state.value if is_shelved else None,
        "shelved_until": _shelf_end(centre, act) if is_shelved else None,
        # A review of what was over does not move its end.
        "closed_at": (before.closed_at or now) if state.is_over else None,
        "due_at": dues[0],
        "unit_due_at": dues[1],
        # Whatever it waited for was done; what it waits for next has a limit of its own.
        "level": 0,
    }
    store.change(conn, number, values)
    line = StepTaken(alert_id, act.step.value, now, act.actor, state, told, act.note)
    store.add_steps(conn, [line])
    detail = {"step": act.step.value, "state": state.value}
    audit.record(conn, act.actor, "alert_step", f"alert:{alert_id}", None, detail)
    after = store.find(conn, number)
    assert after is not None
    return store.alert_from(after)


def _move_unit(conn: Connection, centre: Centre, alert: int, act: Act) -> str | None:
    """Let the unit do what the step says; return the name of the one that is told, if one is.

    Units that the city does not list, another force's, are noted by the name they were given.
    """
    status = UNIT_AFTER.get(act.step)
    station = station_named(centre, act.unit) if act.unit else None
    if status is None:
        return act.unit
    if station is not None and status is not PatrolStatus.FREE:
        patrols.send(conn, centre, station, alert, status)
    elif act.unit and status is not PatrolStatus.FREE:
        patrols.follow(conn, centre, alert, PatrolStatus.FREE)
    else:
        patrols.follow(conn, centre, alert, status)
    return station.name if station else act.unit


def _dues(centre: Centre, now: datetime) -> dict[tuple[Desk, Priority], Dues]:
    limits = centre.city.limits
    return {
        (desk, priority): (
            due_at(priority, now, limits.acknowledge),
            unit_due_at(desk, priority, now, limits.unit),
        )
        for desk in Desk
        for priority in Priority
    }


def _shelf_end(centre: Centre, act: Act) -> datetime:
    return act.until or centre.now() + centre.city.limits.alarms.shelf


def _check(centre: Centre, act: Act) -> None:
    if act.step is Step.ASSIGN and not act.unit:
        raise InvalidInput("unit", "assigning needs a unit")
    if act.step is Step.SHELVE:
        now, longest = centre.now(), centre.city.limits.alarms.longest_shelf
        if not now < _shelf_end(centre, act) <= now + longest:
            raise InvalidInput("until", f"needs a time within the next {longest}")
        if not (act.note or "").strip():
            raise InvalidInput("note", "shelving needs a reason")
    for name, told in (("note", act.note), ("unit", act.unit)):
        if told is not None and (len(told) > LONGEST_NOTE or "\0" in told):
            raise InvalidInput(name, f"needs at most {LONGEST_NOTE} characters, none of them NUL")


def _number(alert_id: str) -> int:
    if not alert_id.isascii() or not alert_id.isdigit() or len(alert_id) > 18:
        raise NotFound("alert", alert_id[:40])
    return int(alert_id)

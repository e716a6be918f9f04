"""A camera that cries over one rule again and again is muted for a time; nothing of it is lost.

Its alerts are shelved as they come, and come back together when the time is over. The first
priority is never muted.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc import audit
from ioc.alerts import shifts, store
from ioc.alerts.model import AlertState, Mute, Shelved, Step, StepTaken
from ioc.alerts.service import LONGEST_NOTE, Act, step_within
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.live import Topic

MOST_SHOWN = 200


def mute(
    centre: Centre, actor: str, camera: str, rule: str, reason: str, lasts: timedelta | None = None
) -> Mute:
    """Shelve what a camera raises by a rule, what waits already and what comes; again changes it.

    `lasts` is the city's usual time on the shelf when None.

    Raises:
        NotFound: there is no such camera.
        InvalidInput: the reason is missing, or the time is none the city allows.
    """
    alarms, now = centre.city.limits.alarms, centre.now()
    span = alarms.shelf if lasts is None else lasts
    if not timedelta() < span <= alarms.longest_shelf:
        raise InvalidInput("minutes", f"needs a time within {alarms.longest_shelf}")
    why = reason.strip()
    if not why or len(why) > LONGEST_NOTE or "\0" in why:
        raise InvalidInput("note", f"muting needs a reason of at most {LONGEST_NOTE} characters")
    if not rule.strip() or len(rule) > 100:
        raise InvalidInput("rule", "needs the id of a rule")
    made = Mute(centre.city.camera(camera).id, rule, now, now + span, actor, why)

    def work(conn: Connection) -> int:
        ended = shifts.lift(conn, camera, rule, actor, now)
        _bring_back(conn, centre, made, ended)
        shifts.add_mute(conn, made)
        numbers = shifts.shelve_all(conn, made)
        state = AlertState.SHELVED
        store.add_steps(
            conn, [StepTaken(str(n), Step.SHELVE, now, actor, state, note=why) for n in numbers]
        )
        detail = {"rule": rule, "until": made.until_at.isoformat(), "alerts": len(numbers)}
        audit.record(conn, actor, "camera_muted", f"camera:{camera}", why, detail)
        return len(numbers)

    transact(centre.engine, work)
    centre.live.announce(Topic.ALERTS)
    return made


def unmute(centre: Centre, actor: str, camera: str, rule: str) -> int:
    """End a mute before its time and bring its alerts back; return how many.

    Raises:
        NotFound: the camera is not muted for this rule.
    """
    now = centre.now()

    def work(conn: Connection) -> int:
        ended = shifts.lift(conn, camera, rule, actor, now)
        if not ended:
            raise NotFound("mute", f"{camera} {rule}"[:80])
        back = _bring_back(conn, centre, Mute(camera, rule, now, now, actor, ""), ended)
        audit.record(conn, actor, "camera_unmuted", f"camera:{camera}", None, {"rule": rule})
        return back

    back = transact(centre.engine, work)
    centre.live.announce(Topic.ALERTS)
    return back


def end_misread(centre: Centre, actor: str, alerts: Sequence[str], note: str | None) -> int:
    """Mark alerts of a noisy camera as misread, in one transaction; return how many.

    Those that somebody has moved on meanwhile are left alone.

    Raises:
        NotFound: one of them is not there.
        InvalidInput: there are too many of them at once, or the note is too long.
    """
    if len(alerts) > MOST_SHOWN:
        raise InvalidInput("alerts", f"needs at most {MOST_SHOWN} at once")

    def work(conn: Connection) -> int:
        ended = 0
        for alert in sorted(set(alerts), key=lambda name: (len(name), name)):
            with suppress(Conflict):
                step_within(conn, centre, alert, Act(Step.FALSE_READ, actor, note=note))
                ended += 1
        return ended

    ended = transact(centre.engine, work)
    centre.live.announce(Topic.ALERTS, Topic.PATROLS)
    return ended


def mutes(centre: Centre) -> list[Mute]:
    """Return the cameras that are muted now, each with how many alerts it holds back."""
    return transact(centre.engine, lambda conn: shifts.mutes(conn, centre.now()))


def shelf(centre: Centre, limit: int = MOST_SHOWN) -> list[Shelved]:
    """Return what is shelved, with why and until when, what comes back first on top."""
    return transact(centre.engine, lambda conn: shifts.shelf(conn, min(limit, MOST_SHOWN)))


def _bring_back(conn: Connection, centre: Centre, of: Mute, ended: list[datetime]) -> int:
    numbers = shifts.shelved_with(conn, of.camera, of.rule, ended) if ended else []
    for number in numbers:
        step_within(conn, centre, str(number), Act(Step.UNSHELVE, of.actor))
    return len(numbers)

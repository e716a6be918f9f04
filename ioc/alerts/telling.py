"""What is told outside the screens of an alert: never its plate, which only the desk shows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ioc.alerts.model import Alert, Incident
from ioc.centre import Centre
from ioc.notices.model import Notice
from ioc.notices.service import put_all

RAISED, LATE, ESCALATED = "alert.raised", "alert.late", "alert.escalated"
MINUTE_S = 60


def tell_raised(conn: Connection, centre: Centre, fresh: Sequence[Incident]) -> None:
    """Put a notice of every new alert into the outbox; what is known too late has its own topic."""
    put_all(
        conn,
        centre,
        [
            Notice(
                topic=RAISED if incident.late_s is None else LATE,
                about=f"alert:{incident.alert}",
                subject=f"notice.{_kind(incident)}",
                body=f"notice.{_kind(incident)}_body",
                dedupe=f"alert:{incident.alert}:{_kind(incident)}",
                words={
                    "alert": str(incident.alert),
                    "priority": incident.cause.priority.value,
                    "place": _place(centre, incident.cause.camera),
                    "time": _time(centre, incident.cause.seen_at),
                    "minutes": str((incident.late_s or 0) // MINUTE_S),
                },
                terms={"reason": f"reason.{incident.cause.reason}"},
                facts={
                    "priority": incident.cause.priority.value,
                    "desk": incident.cause.desk.value,
                    "reason": incident.cause.reason,
                    "level": "0",
                },
                pictures=_pictures(incident.cause.frame_picture),
            )
            for incident in fresh
            if incident.cause is not None
        ],
    )


def tell_escalated(
    conn: Connection, centre: Centre, alert: Alert, level: int, due: datetime
) -> None:
    """Put a notice of an alert for which nobody, or no unit, was there by `due` into the outbox."""
    notice = Notice(
        topic=ESCALATED,
        about=f"alert:{alert.id}",
        subject="notice.alert_escalated",
        body="notice.alert_escalated_body",
        dedupe=f"alert:{alert.id}:escalated:{level}:{due.isoformat()}",
        words={
            "alert": alert.id,
            "priority": alert.priority.value,
            "place": _place(centre, alert.camera),
            "time": _time(centre, alert.raised_at),
            "due": _time(centre, due),
            "level": str(level),
        },
        terms={"reason": f"reason.{alert.reason}"},
        facts={
            "priority": alert.priority.value,
            "desk": alert.desk.value,
            "reason": alert.reason,
            "level": str(level),
        },
    )
    put_all(conn, centre, [notice])


def _kind(incident: Incident) -> str:
    return "alert_raised" if incident.late_s is None else "alert_late"


def _place(centre: Centre, camera: str) -> str:
    known = centre.city.cameras.get(camera)
    return known.name if known else camera


def _time(centre: Centre, at: datetime) -> str:
    return f"{at.astimezone(centre.city.zone):%H:%M:%S %d/%m/%Y}"


def _pictures(*names: str | None) -> tuple[str, ...]:
    return tuple(name for name in names if name)

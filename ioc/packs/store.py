"""What a pack is made of, read in one transaction, so that its files agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from ioc.alerts import store as alerts
from ioc.alerts.model import Alert, StepTaken
from ioc.errors import NotFound
from ioc.notices import store as notices
from ioc.notices.model import Letter
from ioc.permits import store as permits
from ioc.permits.model import PermitVersion
from ioc.vehicles import store as vehicles
from ioc.vehicles.model import Sighting

MOST_SIGHTINGS = 1_000
MOST_LOOKS = 2_000


@dataclass(frozen=True)
class Case:
    """One alert with everything that stands behind it. `looks` are rows of the audit."""

    alert: Alert
    sightings: Sequence[Sighting]
    steps: Sequence[StepTaken]
    permits: Sequence[PermitVersion]
    letters: Sequence[Letter]
    looks: Sequence[dict[str, Any]]


def load_case(conn: Connection, alert_id: int, incident: timedelta) -> Case:
    """Return everything of an alert; its sightings lie within an incident of its first and last.

    Raises:
        NotFound: there is no such alert.
    """
    row = alerts.find(conn, alert_id)
    if row is None:
        raise NotFound("alert", str(alert_id))
    alert = alerts.alert_from(row)
    span = (alert.first_seen_at - incident, alert.last_seen_at + incident)
    sightings = vehicles.of_alert(conn, alert_id, *span, MOST_SIGHTINGS)
    refs = [sighting.verdict.permit for sighting in sightings]
    named = dict.fromkeys(ref for ref in (alert.permit, *refs) if ref)
    return Case(
        alert=alert,
        sightings=sightings,
        steps=alerts.log(conn, alert_id),
        permits=[version for ref in named for version in permits.versions_of(conn, ref)],
        letters=notices.about(conn, f"alert:{alert_id}"),
        looks=looks_at(conn, f"alert:{alert_id}"),
    )


def looks_at(conn: Connection, subject: str) -> list[dict[str, Any]]:
    """Return the rows of the audit about a subject, each with its link where it is sealed."""
    rows = conn.execute(LOOKS, {"subject": subject, "limit": MOST_LOOKS})
    return [
        {
            **row._mapping,
            "prior": None if row.prior is None else bytes(row.prior).hex(),
            "hash": None if row.hash is None else bytes(row.hash).hex(),
        }
        for row in rows
    ]


LOOKS = text("""
    SELECT a.no, a.at, a.actor, a.action, a.subject, a.purpose, a.detail, l.seq, l.prior, l.hash
    FROM audit AS a LEFT JOIN audit_link AS l ON l.no = a.no
    WHERE a.subject = :subject ORDER BY a.no LIMIT :limit
""")

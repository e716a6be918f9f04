"""What keeps the store bounded: tallies are folded, records deleted by kind on their day."""

from datetime import timedelta

from sqlalchemy import Connection, text

from ioc import audit, backups, certificates, evidence, import_runs, tally
from ioc.alerts.upkeep import purge_alerts
from ioc.breaches.service import drop_breaches
from ioc.briefings.service import drop_issues
from ioc.calls.upkeep import drop_calls
from ioc.calls.upkeep import recount as recount_calls
from ioc.camera_health.service import drop_faults
from ioc.cards.upkeep import drop_cards
from ioc.cards.upkeep import recount as recount_cards
from ioc.centre import Centre
from ioc.certificates import Certificate
from ioc.clock import BUCKET, local_day
from ioc.db import transact
from ioc.doses.upkeep import drop_doses, recount_doses
from ioc.duplicates.service import drop_pairs
from ioc.errors import Conflict
from ioc.fleet.service import drop_leases
from ioc.holds.service import counted, forget, keep_all
from ioc.lists.service import drop_entries
from ioc.lookups.service import purge_lookups
from ioc.notices.service import purge_notices
from ioc.paper.upkeep import drop_totals, recount_totals
from ioc.people.upkeep import drop_people
from ioc.people.upkeep import recount as recount_people
from ioc.permits.upkeep import drop_permits
from ioc.persons.service import drop_persons
from ioc.registrations.upkeep import drop_registrations
from ioc.reports.upkeep import drop_reports, forget_reporters
from ioc.reports.upkeep import recount as recount_reports
from ioc.reviews.upkeep import purge_reviews
from ioc.samples.upkeep import drop_samples, recount_samples
from ioc.subjects.service import drop_requests
from ioc.vehicles.overdue import drop_journeys
from ioc.vehicles.upkeep import drop_days, drop_readings
from ioc.vehicles.upkeep import recount as recount_vehicles
from ioc.venues.upkeep import drop_scans
from ioc.venues.upkeep import recount as recount_venues

# Charts look two weeks back for the usual band; quarter-hours are kept a little longer.
CHARTS = timedelta(days=60)
# Folding ends some time, whoever counts meanwhile.
MOST_ROUNDS = 100
DAY = timedelta(days=1)
# A machine that starts with a wrong clock would delete everything: nobody sleeps longer unnoticed.
LONGEST_NAP = timedelta(days=30)
# Each hour looks through a share of the pictures' folder, so that a day sees all of it.
HOURS = 24
# Every subject that counts holds its tallies against its facts.
RECOUNTS = (
    *(recount_vehicles, recount_people, recount_reports, recount_calls),
    *(recount_doses, recount_samples, recount_totals),
    *(recount_cards, recount_venues),
)


def fold_tallies(centre: Centre) -> int:
    """Fold what was counted since the last time, the running quarter-hour too; return how much.

    So what sums still have to look through is what came in since then, however much came in before.
    """
    before, done = centre.now() + BUCKET, 0
    for _ in range(MOST_ROUNDS):
        folded = transact(centre.engine, lambda conn: tally.fold(conn, before, centre.city.zone))
        done += folded
        if folded < tally.MOST_FOLDED:
            break
    return done


def recount(centre: Centre) -> list[str]:
    """Compare every tally with the facts it counts; return the differences of all subjects."""
    return [difference for compare in RECOUNTS for difference in compare(centre)]


def purge(centre: Centre) -> dict[str, int]:
    """Delete what is past its days; return how much of each kind went.

    What is held by law is copied apart before.
    """
    keep_all(centre)
    now, kept = centre.now(), centre.city.limits.retention
    oldest_day = local_day(now - kept["sightings"], centre.city.zone)

    def rows(conn: Connection) -> dict[str, int]:
        return {
            "intake": conn.execute(INTAKE, {"before": now - kept["intake"]}).rowcount,
            "refused": conn.execute(REFUSED, {"before": now - kept["refused"]}).rowcount,
            "presence": conn.execute(PRESENCE, {"before": oldest_day}).rowcount,
            "certificates": certificates.drop(conn, now - kept["audit"]),
            "quarter-hours": tally.drop_folded(conn, now - CHARTS),
        }

    return {
        **transact(centre.engine, rows),
        "days of sightings": len(drop_days(centre, oldest_day)),
        "readings of cameras": drop_readings(centre, now - kept["sightings"]),
        "registrations": drop_registrations(centre, now - kept["permits"]),
        "entries of lists": drop_entries(centre, now - kept["permits"]),
        "journeys": drop_journeys(centre, now - kept["permits"]),
        "permits": drop_permits(centre, now - kept["permits"]),
        "alerts": purge_alerts(centre, now - kept["alerts"]),
        "lookups": purge_lookups(centre, now - kept["sightings"], now - kept["audit"]),
        "notices": purge_notices(centre, now - kept["notices"]),
        "faults of cameras": drop_faults(centre, now - CHARTS),
        "reviews": purge_reviews(centre, now - kept["sightings"], now - kept["alerts"]),
        "people": drop_people(
            centre, now - kept["passages"], now - kept["declarations"], now - kept["lodgings"]
        ),
        "pairs of persons": drop_pairs(centre, now - kept["declarations"]),
        "persons": drop_persons(centre, local_day(now - kept["persons"], centre.city.zone)),
        "doses": drop_doses(centre, now - kept["doses"]),
        "tests": drop_samples(centre, now - kept["tests"]),
        "paper totals": drop_totals(centre, local_day(now - kept["doses"], centre.city.zone)),
        "days of scans": drop_scans(centre, local_day(now - kept["scans"], centre.city.zone)),
        "cards": drop_cards(centre, now - kept["cards"], now - kept["card_ends"]),
        "calls": drop_calls(centre, now - kept["calls"]),
        "reports": drop_reports(centre, now - kept["reports"]),
        "senders of reports": forget_reporters(centre, now - kept["reporters"]),
        "briefings": drop_issues(centre, local_day(now - kept["briefings"], centre.city.zone)),
        "kept for released holds": forget(centre, now - kept["audit"]),
        "breaches": drop_breaches(centre, now - kept["breaches"]),
        "requests": drop_requests(centre, now - kept["requests"]),
        "leases of cameras": drop_leases(centre, now - kept["sightings"]),
        "runs of imports": import_runs.drop(centre, now - kept["audit"]),
        "audit": audit.purge(centre, now - kept["audit"]),
        "pictures": evidence.sweep(centre, now - kept["pictures"]),
    }


def purge_and_certify(centre: Centre) -> Certificate:
    """Delete what is past its days, here and in backups, and sign what went."""
    removed = purge(centre)
    return certificates.certify(centre, removed, backups.age(centre), counted(centre))


def purge_at_night(centre: Centre) -> Certificate | None:
    """Do so once a day of the city, from the hour of the policy on; None when it is done, or early.

    A night that nobody was awake for is made up for as soon as somebody is.

    Raises:
        Conflict: the last purge lies so far back that the clock may be wrong; one by hand says it
            is right.
    """
    now = centre.now().astimezone(centre.city.zone)
    last = certificates.last_day(centre)
    is_early = now.hour < centre.city.policy.purge_hour
    if last is not None and (last == now.date() or (is_early and last == now.date() - DAY)):
        return None
    if last is not None and now.date() - last > LONGEST_NAP:
        raise Conflict(
            f"nothing was purged since {last}, and by the clock it is {now.date()}: if that is"
            " right, run `ioc admin purge` once"
        )
    return purge_and_certify(centre)


def sweep_orphans(centre: Centre) -> int:
    """Delete files of pictures that no row names, of a share of the folder; return how many."""
    now = centre.now()
    return evidence.sweep_orphans(centre, now - timedelta(hours=1), (now.hour, HOURS))


INTAKE = text("DELETE FROM intake WHERE received_at < :before")
REFUSED = text("DELETE FROM refused WHERE received_at < :before")
PRESENCE = text("DELETE FROM presence WHERE day < :before")

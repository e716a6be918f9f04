"""The days of sightings: made ahead, counted again, sealed when their facts are dropped."""

from collections import Counter
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection, text

from ioc import tally
from ioc.centre import Centre
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.vehicles import store
from ioc.vehicles.model import Heading, Outcome
from ioc.vehicles.service import OLDEST
from ioc.vehicles.tallies import enters, metrics_of

KIND = "sighting"
AHEAD = timedelta(days=7)
COUNTED = ("read", "verdict.", "reason.", "entry.vehicle")

Count = Counter[tuple[str, str]]


def ensure_days(centre: Centre) -> None:
    """Make the partitions of every day on which a read may be taken, and a week ahead."""
    today = local_day(centre.now(), centre.city.zone)
    first = today - OLDEST - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((today + AHEAD - first).days + 1)]

    def work(conn: Connection) -> None:
        held = set(store.days_held(conn))
        for day in days:
            if _name(day) not in held:
                store.create_day(conn, _name(day), *day_bounds(day, centre.city.zone))

    transact(centre.engine, work)


def drop_days(centre: Centre, before: date) -> list[date]:
    """Seal and drop the days before `before`, each in one transaction; return which."""
    dropped = []
    for day in _days_held(centre):
        if day < before:
            transact(centre.engine, partial(_seal_and_drop, centre=centre, day=day))
            dropped.append(day)
    return dropped


def recount(centre: Centre) -> list[str]:
    """Compare every tally of sightings with the facts held and the seals; return differences."""

    def work(conn: Connection) -> list[str]:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        expected: Counter[tuple[date, str, str]] = Counter()
        for name in store.days_held(conn):
            day = date.fromisoformat(name)
            for (metric, place), n in _held(conn, centre, day).items():
                expected[day, metric, place] += n
        for row in conn.execute(SEALED, {"kind": KIND}):
            expected[row.day, row.metric, row.place] += row.n
        found: Counter[tuple[date, str, str]] = Counter()
        for row in conn.execute(TALLIED, {"zone": centre.city.zone.key}):
            if row.metric.startswith(COUNTED):
                found[row.day, row.metric, row.place] += int(row.n)
        keys = sorted(set(expected) | set(found))
        return [
            f"{key[0]} {key[1]} {key[2]}: tally {found[key]}, facts {expected[key]}"
            for key in keys
            if found[key] != expected[key]
        ] + _wrong_totals(conn)

    return transact(centre.engine, work)


def _wrong_totals(conn: Connection) -> list[str]:
    return [
        f"total {row.metric} {row.place}: {row.total}, days {row.days}"
        for row in conn.execute(TOTALS)
    ]


def _seal_and_drop(conn: Connection, centre: Centre, day: date) -> None:
    tally.fold(conn, day + timedelta(days=1), centre.city.zone)
    rows = [
        {"kind": KIND, "day": day, "metric": metric, "place": place, "n": n, "at": centre.now()}
        for (metric, place), n in sorted(_held(conn, centre, day).items())
    ]
    if rows:
        conn.execute(SEAL, rows)
    store.drop_day(conn, _name(day))


def _held(conn: Connection, centre: Centre, day: date) -> Count:
    counts: Count = Counter()
    start, end = day_bounds(day, centre.city.zone)
    for outcome, reason, camera, permit, heading, n in store.counts_held(conn, start, end):
        verdict = Outcome(outcome)
        is_entry = enters(centre.city, camera, Heading(heading), verdict)
        for metric in metrics_of(verdict, reason, permit, is_entry=is_entry):
            counts[metric, camera] += n
    return counts


def _days_held(centre: Centre) -> list[date]:
    names = transact(centre.engine, store.days_held)
    return [date.fromisoformat(name) for name in names]


def _name(day: date) -> str:
    return f"{day:%Y%m%d}"


SEAL = text("""
    INSERT INTO seal (kind, day, metric, place, n, sealed_at)
    VALUES (:kind, :day, :metric, :place, :n, :at)
    ON CONFLICT (kind, day, metric, place) DO UPDATE SET n = seal.n + excluded.n
""")
SEALED = text("SELECT day, metric, place, n FROM seal WHERE kind = :kind")
TALLIED = text("""
    SELECT day, metric, place, sum(n) AS n FROM (
        SELECT day, metric, place, n FROM tally_day
        UNION ALL
        SELECT CAST(timezone(:zone, bucket) AS date), metric, place, n - folded FROM tally
        WHERE n <> folded
    ) AS counted GROUP BY day, metric, place
""")
TOTALS = text("""
    SELECT metric, place, coalesce(t.n, 0) AS total, coalesce(d.n, 0) AS days
    FROM tally_total AS t
    FULL JOIN (SELECT metric, place, sum(n) AS n FROM tally_day GROUP BY metric, place) AS d
        USING (metric, place)
    WHERE coalesce(t.n, 0) <> coalesce(d.n, 0)
""")

"""Workers and leases in SQL; whoever changes them holds the fleet first."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from ioc.fleet.model import LEASE, Lease, Span, Worker

FLEET_LOCK = 0x10C_F1EE7


def hold(conn: Connection) -> None:
    """Let nobody else change the fleet until the transaction ends."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": FLEET_LOCK})


def workers(conn: Connection) -> tuple[Worker, ...]:
    """Return all workers that are known, by name, and whether each is alive."""
    rows = conn.execute(WORKERS, {"lease": LEASE.total_seconds()})
    known = (Worker(**row._mapping) for row in rows)
    return tuple(replace(worker, offers=frozenset(worker.offers)) for worker in known)


def enter(conn: Connection, worker: Worker, at: datetime) -> None:
    """Enter a worker; one of the same name is replaced."""
    values = {
        "name": worker.name,
        "run": worker.run,
        "node": worker.node,
        "offers": sorted(worker.offers),
        "weight": worker.weight,
        "at": at,
    }
    conn.execute(ENTER, values)


def hear(conn: Connection, worker: Worker, at: datetime, *, is_leaving: bool) -> None:
    """Note that a worker is there."""
    conn.execute(HEAR, {"name": worker.name, "at": at, "is_leaving": is_leaving})


def strike_off(conn: Connection, name: str) -> None:
    """Forget a worker."""
    conn.execute(text("DELETE FROM fleet_workers WHERE name = :name"), {"name": name})


def forget_silent(conn: Connection, silent: timedelta) -> None:
    """Forget the workers that were not heard for so long and hold no camera."""
    conn.execute(FORGET, {"silent": silent.total_seconds()})


def roll(conn: Connection, among: int) -> None:
    """Ask every worker to be started anew."""
    conn.execute(text("UPDATE fleet_workers SET rolls_among = :among"), {"among": among})


def open_leases(conn: Connection) -> dict[str, Lease]:
    """Return in whose hands each camera is."""
    return {row.camera: Lease(**row._mapping) for row in conn.execute(OPEN)}


def begin(conn: Connection, camera: str, worker: Worker, at: datetime) -> int:
    """Put a camera that nobody has into a worker's hands; return the number of the lease."""
    values = {"camera": camera, "worker": worker.name, "run": worker.run, "at": at}
    return int(conn.execute(BEGIN, values).scalar_one())


def end(conn: Connection, number: int, at: datetime) -> None:
    """Take a camera out of a worker's hands."""
    conn.execute(END, {"number": number, "at": at})


def name_heir(conn: Connection, number: int, heir: str, *, is_ready: bool) -> None:
    """Note who is to have a camera next, and whether it sees it already."""
    conn.execute(HEIR, {"number": number, "heir": heir, "is_ready": is_ready})


def spans(conn: Connection, numbers: Collection[int]) -> dict[int, tuple[str, Span]]:
    """Return which camera each lease is of, and from when until when it held."""
    rows = conn.execute(SPANS, {"numbers": sorted(numbers)})
    return {row.number: (row.camera, Span(row.since, row.ends)) for row in rows}


def told_about(
    conn: Connection, camera: str, at: datetime, around: timedelta
) -> list[tuple[str, float]]:
    """Return plate and confidence of what was told of a camera about a time."""
    values = {"camera": camera, "begin": at - around, "end": at + around}
    return [(row.plate, row.confidence) for row in conn.execute(TOLD, values) if row.plate]


def hands(conn: Connection, since: datetime) -> Sequence[Lease]:
    """Return all leases that held since a time, by camera, the oldest first."""
    return [Lease(**row._mapping) for row in conn.execute(HANDS, {"since": since})]


def drop_leases(conn: Connection, before: datetime) -> int:
    """Delete the leases that ended before a time; return how many."""
    return conn.execute(DROP, {"before": before}).rowcount


LEASE_COLUMNS = "number, camera, worker, run, since, until, heir, is_heir_ready"
WORKERS = text("""
    SELECT name, run, node, offers, weight, is_leaving, rolls_among, started_at, seen_at,
        heard_at > clock_timestamp() - make_interval(secs => :lease) AS is_alive
    FROM fleet_workers ORDER BY name
""")
ENTER = text("""
    INSERT INTO fleet_workers (name, run, node, offers, weight, started_at, seen_at)
    VALUES (:name, :run, :node, :offers, :weight, :at, :at)
    ON CONFLICT (name) DO UPDATE SET run = :run, node = :node, offers = :offers, weight = :weight,
        is_leaving = false, rolls_among = NULL, started_at = :at, seen_at = :at,
        heard_at = clock_timestamp()
""")
HEAR = text("""
    UPDATE fleet_workers SET heard_at = clock_timestamp(), seen_at = :at, is_leaving = :is_leaving
    WHERE name = :name
""")
FORGET = text("""
    DELETE FROM fleet_workers w WHERE heard_at < clock_timestamp() - make_interval(secs => :silent)
        AND NOT EXISTS (SELECT FROM fleet_leases WHERE worker = w.name AND until IS NULL)
""")
OPEN = text(f"SELECT {LEASE_COLUMNS} FROM fleet_leases WHERE until IS NULL")
BEGIN = text("""
    INSERT INTO fleet_leases (camera, worker, run, since) VALUES (:camera, :worker, :run, :at)
    RETURNING number
""")
END = text("UPDATE fleet_leases SET until = :at WHERE number = :number AND until IS NULL")
HEIR = text(
    "UPDATE fleet_leases SET heir = :heir, is_heir_ready = :is_ready WHERE number = :number"
)
# Of one that was lost only the next tells when it was over: until then its worker may have seen.
SPANS = text("""
    SELECT number, camera, since, coalesce(
        (SELECT n.since FROM fleet_leases n
         WHERE n.camera = l.camera AND n.number > l.number ORDER BY n.number LIMIT 1),
        until
    ) AS ends
    FROM fleet_leases l WHERE number = ANY(:numbers)
""")
TOLD = text("""
    SELECT plate, confidence FROM sightings
    WHERE camera = :camera AND seen_at BETWEEN :begin AND :end
""")
HANDS = text(f"""
    SELECT {LEASE_COLUMNS} FROM fleet_leases
    WHERE until IS NULL OR until >= :since ORDER BY camera, number
""")
DROP = text("DELETE FROM fleet_leases WHERE until < :before")

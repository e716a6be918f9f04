"""The use cases of the fleet: workers come, keep their cameras, hand them over, go.

Every worker asks once a second what it is to do, and all reckon the same from the same rows: there
is nobody who leads. What a worker tells of a camera counts by the number of its lease.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict
from ioc.fleet import store
from ioc.fleet.model import OVERLAP, Lease, Orders, Standing, Worker
from ioc.fleet.rules import is_near_change, is_told, share_out, why_stale
from ioc.vehicles.model import PlateRead

# A worker opens so many cameras at a time that another still watches.
MOST_WARMING = 8
FORGOTTEN_AFTER = timedelta(days=1)


def join(centre: Centre, worker: Worker) -> None:
    """Enter a worker into the fleet; what one of its name had is its own again."""
    now = centre.now()

    def work(conn: Connection) -> None:
        store.hold(conn)
        store.enter(conn, worker, now)
        for lease in store.open_leases(conn).values():
            if lease.worker == worker.name and lease.camera not in worker.offers:
                store.end(conn, lease.number, now)
        store.forget_silent(conn, FORGOTTEN_AFTER)

    transact(centre.engine, work)


def take_orders(
    centre: Centre,
    worker: Worker,
    seeing: Collection[str] = (),
    *,
    was_away: bool = False,
    is_leaving: bool = False,
) -> Orders:
    """Say that a worker is there, take the cameras that are its own now, and return what to do.

    Args:
        centre: whose cameras they are.
        worker: as it joined.
        seeing: cameras it gets pictures of, those it does not own among them.
        was_away: it had not been heard for a while, or is new: it takes nobody else's cameras in
            this round, for they may be away as it was.
        is_leaving: it wants to give away what it has.

    Raises:
        Conflict: another process has joined under its name.
    """
    now = centre.now()

    def work(conn: Connection) -> Orders:
        store.hold(conn)
        known = {one.name: one for one in store.workers(conn)}
        mine = known.get(worker.name)
        if mine is None or mine.run != worker.run:
            raise Conflict(f"worker {worker.name}: another process has taken its name")
        away = was_away or not mine.is_alive
        leaves = is_leaving or _is_its_turn(mine, known.values())
        store.hear(conn, worker, now, is_leaving=leaves)
        known[worker.name] = Worker(
            worker.name, worker.run, worker.node, worker.offers, worker.weight, is_leaving=leaves
        )
        return _ordered(conn, known, worker, seeing, (now, away, leaves))

    return transact(centre.engine, work)


def _ordered(
    conn: Connection,
    known: Mapping[str, Worker],
    worker: Worker,
    seeing: Collection[str],
    how: tuple[datetime, bool, bool],
) -> Orders:
    now, away, leaves = how
    leases = store.open_leases(conn)
    plan = share_out(tuple(known.values()), {c: lease.worker for c, lease in leases.items()})
    owned: dict[str, int] = {}
    warming: set[str] = set()
    for camera in sorted(worker.offers):
        lease, is_planned = leases.get(camera), plan.get(camera) == worker.name
        if lease is not None and lease.worker == worker.name:
            owned[camera] = _kept(conn, lease, worker, known, now)
        elif not is_planned or (away and (lease is None or not _holds(lease, known))):
            continue
        elif lease is None or not _holds(lease, known):
            _end_lost(conn, lease, known, now)
            owned[camera] = store.begin(conn, camera, worker, now)
        elif lease.heir == worker.name or len(warming) < MOST_WARMING:
            warming.add(camera)
            store.name_heir(conn, lease.number, worker.name, is_ready=camera in seeing)
    giving = {camera for camera in owned if _can_give(leases.get(camera), plan, worker)}
    is_awaited = any(plan.get(camera, worker.name) != worker.name for camera in owned)
    return Orders(owned, frozenset(warming), frozenset(giving), leaves, is_awaited)


def give(centre: Centre, worker: Worker, camera: str) -> bool:
    """Put a camera into the hands of its heir; False: there is none, or it is not ready any more.

    Everything the worker had to tell of it must be told before.
    """
    now = centre.now()

    def work(conn: Connection) -> bool:
        store.hold(conn)
        known = {one.name: one for one in store.workers(conn)}
        lease = store.open_leases(conn).get(camera)
        if lease is None or lease.run != worker.run or not lease.is_heir_ready:
            return False
        heir = known.get(lease.heir or "")
        if heir is None or not heir.is_alive or heir.is_leaving:
            return False
        store.end(conn, lease.number, now)
        store.begin(conn, camera, heir, now)
        return True

    return transact(centre.engine, work)


def part(centre: Centre, worker: Worker) -> None:
    """Let go of everything a worker has, and of the worker."""
    now = centre.now()

    def work(conn: Connection) -> None:
        store.hold(conn)
        for lease in store.open_leases(conn).values():
            if lease.run == worker.run:
                store.end(conn, lease.number, now)
        if any(one.run == worker.run for one in store.workers(conn)):
            store.strike_off(conn, worker.name)

    transact(centre.engine, work)


def ask_to_roll(centre: Centre) -> int:
    """Ask that every worker be started anew, one after the other; return how many there are.

    A worker gives its cameras to the others and ends; whoever started it starts it again.
    """

    def work(conn: Connection) -> int:
        store.hold(conn)
        among = sum(worker.is_alive for worker in store.workers(conn))
        store.roll(conn, among)
        return among

    return transact(centre.engine, work)


def weigh(
    centre: Centre, reads: Sequence[tuple[int, PlateRead]]
) -> list[tuple[Standing, str | None]]:
    """Return what each read is worth, and why it is stale where it is.

    Args:
        centre: where the reads are to be recorded.
        reads: each with the number of the lease under which it was made.
    """
    if not reads:
        return []
    sure = centre.city.limits.sure_confidence
    return transact(centre.engine, partial(_weighed, reads=reads, sure=sure))


def drop_leases(centre: Centre, before: datetime) -> int:
    """Delete the leases that ended before a time; return how many."""
    return transact(centre.engine, lambda conn: store.drop_leases(conn, before))


def _kept(
    conn: Connection, lease: Lease, worker: Worker, known: Mapping[str, Worker], now: datetime
) -> int:
    """Return the number of a lease that is the worker's own, anew when another run of it had it."""
    if lease.run == worker.run:
        return lease.number
    _end_lost(conn, lease, known, now)
    return store.begin(conn, lease.camera, worker, now)


def _end_lost(
    conn: Connection, lease: Lease | None, known: Mapping[str, Worker], now: datetime
) -> None:
    """End a lease whose worker is gone, at the moment it was last heard."""
    if lease is None:
        return
    owner = known.get(lease.worker)
    was_heard = owner.seen_at if owner is not None and owner.run == lease.run else None
    store.end(conn, lease.number, max(lease.since, was_heard or now))


def _holds(lease: Lease, known: Mapping[str, Worker]) -> bool:
    owner = known.get(lease.worker)
    return owner is not None and owner.is_alive and owner.run == lease.run


def _can_give(lease: Lease | None, plan: Mapping[str, str], worker: Worker) -> bool:
    if lease is None or not lease.is_heir_ready or lease.heir == worker.name:
        return False
    return plan.get(lease.camera) == lease.heir


def _is_its_turn(worker: Worker, known: Collection[Worker]) -> bool:
    """Tell whether a worker that is to be started anew may go: all others are there and stay."""
    if worker.is_leaving:
        return True
    there = [one for one in known if one.is_alive and not one.is_leaving]
    return worker.rolls_among is not None and len(there) >= worker.rolls_among


def _weighed(
    conn: Connection, reads: Sequence[tuple[int, PlateRead]], sure: float
) -> list[tuple[Standing, str | None]]:
    spans = store.spans(conn, {number for number, _ in reads})

    def told() -> Iterator[tuple[Standing, str | None]]:
        for number, read in reads:
            camera, span = spans.get(number, (read.camera, None))
            why = why_stale(span if camera == read.camera else None, read.seen_at)
            if why is not None:
                yield Standing.STALE, why
            elif span is not None and is_near_change(span, read.seen_at):
                others = store.told_about(conn, read.camera, read.seen_at, OVERLAP)
                is_twice = is_told((read.plate, read.confidence), others, sure)
                yield (Standing.OVERLAPS if is_twice else Standing.GOOD), None
            else:
                yield Standing.GOOD, None

    return list(told())

"""Who watches what, how long nobody did, and what is counted for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby, pairwise

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.fleet import store
from ioc.fleet.model import Board, Lease, Watching, Worker

DAY = timedelta(days=1)


def fleet_board(centre: Centre) -> Board:
    """Return the workers that are known, and how each camera was watched during the last day."""
    return transact(centre.engine, partial(_board, since=centre.now() - DAY))


def unwatched_s(hands: Sequence[Lease], since: datetime) -> float:
    """Return for how many seconds no worker had a camera, between two that had it.

    Args:
        hands: all leases of the camera, the oldest first.
        since: what lies before is left out.
    """
    gaps = (
        after.since - max(before.until or after.since, since) for before, after in pairwise(hands)
    )
    return sum(max(gap, timedelta()).total_seconds() for gap in gaps)


def _board(conn: Connection, since: datetime) -> Board:
    workers = store.workers(conn)
    known = {worker.name: worker for worker in workers}
    leases = groupby(store.hands(conn, since), key=lambda lease: lease.camera)
    rows = (_watching(list(hands), known, since) for _, hands in leases)
    return Board(workers, tuple(row for row in rows if row is not None))


def _watching(hands: list[Lease], known: dict[str, Worker], since: datetime) -> Watching | None:
    last = hands[-1]
    if last.until is not None:
        return None  # let go of, and nobody's since
    owner = known.get(last.worker)
    return Watching(
        camera=last.camera,
        worker=last.worker,
        node=owner.node if owner else "",
        number=last.number,
        since=last.since,
        is_alive=owner is not None and owner.is_alive and owner.run == last.run,
        heir=last.heir,
        unwatched_s=unwatched_s(hands, since),
        hands=len(hands) - 1,
    )

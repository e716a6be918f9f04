"""Facts against tallies: each subject counts what it holds, and all are compared alike."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, text

from ioc import tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.tally import Count


def differences(
    centre: Centre,
    seals: Sequence[str],
    prefixes: Sequence[str],
    held: Callable[[Connection], Count],
) -> list[str]:
    """Return where tallies differ from the facts held with the seals of those deleted.

    All of it is read from one snapshot, while facts go on to come in.

    Args:
        centre: where they are kept.
        seals: the kinds under which deleted facts were sealed.
        prefixes: how the metrics begin that are compared.
        held: counts the facts that are held, by day, metric and place.
    """

    def work(conn: Connection) -> list[str]:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        expected = held(conn) + tally.sealed(conn, seals)
        return tally.differences(conn, centre.city.zone, prefixes, expected)

    return transact(centre.engine, work)

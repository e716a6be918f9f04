"""Cards over time: counted anew, sealed and deleted on their day."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection

from ioc import tally
from ioc.cards import store
from ioc.cards.service import ISSUED, REISSUED, REVOKED
from ioc.centre import Centre
from ioc.db import transact
from ioc.recounting import differences
from ioc.tally import Count

CARD = "card"
COUNTED = (ISSUED, REISSUED, REVOKED)


def drop_cards(centre: Centre, before: datetime, ends_before: datetime) -> int:
    """Seal and delete cards that were issued, and ended if they did, before an instant.

    What gates know of cards that ended is kept until `ends_before`. Returns how many cards went.
    """

    def work(conn: Connection) -> int:
        tally.seal(conn, CARD, _held(conn, centre, before), centre.now())
        store.drop_ends(conn, ends_before)
        return store.drop(conn, before)

    return transact(centre.engine, work)


def recount(centre: Centre) -> list[str]:
    """Compare every tally of cards with the cards held and with seals; return the differences."""
    return differences(centre, [CARD], COUNTED, lambda conn: _held(conn, centre, None))


def _held(conn: Connection, centre: Centre, before: datetime | None) -> Count:
    counts: Count = Counter()
    for row in store.issued_by_day(conn, centre.city.zone.key, before):
        counts[row.day, REISSUED if row.is_anew else ISSUED, row.place] += row.n
    for row in store.revoked_by_day(conn, centre.city.zone.key, before):
        counts[row.day, REVOKED, row.place] += row.n
    return counts

"""Guests of lodgings, and waves of people who come together: announced, and counted."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection

from ioc import intake, tally
from ioc.centre import Centre
from ioc.db import transact
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.people import stays
from ioc.people.model import Lodging, Wave, WaveCount
from ioc.persons.service import meet

GUEST = "lodging.guest"
UNKNOWN = "unknown"
MOST_WAVES = 400


def record_lodgings(centre: Centre, source: str, lodgings: Sequence[Lodging]) -> list[Receipt]:
    """Keep guests of lodgings in one transaction; one receipt each, in order."""
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        entries = [
            Entry(one.id, intake.digest_of(asdict(one)), uuid.uuid4().hex) for one in lodgings
        ]
        receipts = intake.enter_ids(conn, source, "lodging", entries, now)
        new = [
            (str(receipt.ref), one)
            for one, receipt in zip(lodgings, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        persons = meet(conn, centre, [one.identity for _, one in new], now)
        rows = [
            {**vars(one), "identity": None, "ref": ref, "person": person}
            for (ref, one), person in zip(new, persons, strict=True)
        ]
        stays.add_lodgings(conn, rows, source, now)
        counts: Counter[tuple[str, str, datetime]] = Counter()
        counts.update((GUEST, one.unit or UNKNOWN, now) for _, one in new)
        tally.add(conn, counts)
        return receipts

    receipts = transact(centre.engine, work)
    centre.live.announce(Topic.DECLARATIONS)
    return receipts


def record_waves(centre: Centre, source: str, waves: Sequence[Wave]) -> list[Receipt]:
    """Keep waves that are announced, in one transaction; one receipt each, in order.

    An id names one wave of the whole city: declarations of any source refer to it.
    """
    now = centre.now()

    def work(conn: Connection) -> list[Receipt]:
        entries = [Entry(one.id, intake.digest_of(asdict(one)), one.id) for one in waves]
        receipts = intake.enter_ids(conn, "", "wave", entries, now)
        new = [
            one
            for one, receipt in zip(waves, receipts, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        ]
        stays.add_waves(conn, sorted(new, key=lambda one: one.id), source, now)
        return receipts

    receipts = transact(centre.engine, work)
    centre.live.announce(Topic.DECLARATIONS)
    return receipts


def find_waves(centre: Centre, since: datetime | None = None) -> list[WaveCount]:
    """Return the waves from an instant on (else from yesterday), with how many have arrived."""
    begin = since or centre.now() - timedelta(days=1)
    return transact(centre.engine, lambda conn: stays.counted_waves(conn, begin, MOST_WAVES))

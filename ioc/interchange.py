"""Doses and samples of one sender, recorded together: all of it, or what is sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.doses.model import Dose
from ioc.doses.recording import record_in as record_doses_in
from ioc.intake import IntakeStatus, Receipt
from ioc.live import Topic
from ioc.persons.model import Identity, Person
from ioc.persons.service import find_persons, numbers_of
from ioc.samples.model import Sample
from ioc.samples.recording import record_in as record_samples_in


@dataclass(frozen=True)
class Together:
    """The receipts of doses and of samples, in their order; `is_kept` False: nothing was kept."""

    doses: Sequence[Receipt]
    samples: Sequence[Receipt]
    is_kept: bool = True

    @property
    def all(self) -> Sequence[Receipt]:
        """Return every receipt."""
        return (*self.doses, *self.samples)


class _Undone(Exception):
    """Something was refused of what is kept as a whole or not at all."""


def record_together(
    centre: Centre,
    source: str,
    doses: Sequence[Dose],
    samples: Sequence[Sample],
    identities: Mapping[str, Identity],
    *,
    as_a_whole: bool,
) -> Together:
    """Record doses and samples of `source`; as a whole, one refused keeps the others out."""
    told: list[Together] = []

    def work(conn: Connection) -> Together:
        given = record_doses_in(conn, centre, source, doses, identities)
        taken = record_samples_in(conn, centre, source, samples, identities)
        found = Together([one.receipt for one in given], [one.receipt for one in taken])
        if as_a_whole and any(one.status is IntakeStatus.REFUSED for one in found.all):
            told.append(Together(found.doses, found.samples, is_kept=False))
            raise _Undone
        return found

    try:
        found = transact(centre.engine, work)
    except _Undone:
        return told[-1]
    if any(one.status is IntakeStatus.RECORDED for one in found.all):
        centre.live.announce(Topic.HEALTH)
    return found


def persons_known(centre: Centre, refs: Sequence[str]) -> tuple[dict[str, Person], dict[str, str]]:
    """Return persons and their numbers in clear, by reference; whoever shows them notes who saw."""

    def work(conn: Connection) -> tuple[dict[str, Person], dict[str, str]]:
        return find_persons(conn, refs), numbers_of(conn, centre, refs)

    return transact(centre.engine, work)

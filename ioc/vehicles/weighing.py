"""Where a read accuses or is not sure: what else it may be is looked up, and the band is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.vehicles import store
from ioc.vehicles.doubt import Known, Names, consider, needs_weighing, weigh
from ioc.vehicles.likeness import NARROW, WIDE, Width, likely_texts
from ioc.vehicles.model import Band, Doubt, Outcome, PlateRead, Sighting, Verdict
from ioc.vehicles.rulebook import Rule, Rulebook
from ioc.vehicles.service import doubt_book, rulebook


@dataclass(frozen=True)
class LookUp:
    """How plates are looked up; each is asked once for a whole batch.

    `name` tells which of a great many are known, `know` all that is known of those that matter.
    """

    name: Callable[[Sequence[str]], Names]
    know: Callable[[Names], Known]


def weigh_all(
    centre: Centre,
    judged: Sequence[tuple[PlateRead, Verdict]],
    look_up: LookUp,
    rules: Rulebook | None = None,
) -> list[tuple[Verdict, Doubt | None]]:
    """Return the verdict on each read once its doubt is known; reads without any are left alone.

    `rules` are those in force, or those that are tried.
    """
    book, rules = doubt_book(centre), rules or rulebook(centre)
    texts = {
        index: likely_texts(read, book.trust, _width(verdict))
        for index, (read, verdict) in enumerate(judged)
        if needs_weighing(read, verdict, rules.sure)
    }
    if not texts:
        return [(verdict, None) for _, verdict in judged]
    names = look_up.name(sorted({text for found in texts.values() for text in found}))
    likely = {
        index: consider(judged[index][0], found, names, book.rates)
        for index, found in texts.items()
    }
    known = look_up.know(names.among({text for one in likely.values() for text in one.known}))
    doubts = {
        index: weigh(judged[index][0], one, known.judge, book, rules.sure)
        for index, one in likely.items()
    }
    return [
        _settled(verdict, doubts.get(index), rules.unsure)
        for index, (_, verdict) in enumerate(judged)
    ]


def _width(verdict: Verdict) -> Width:
    return WIDE if verdict.outcome is Outcome.STOP else NARROW


def keep_doubts(
    conn: Connection, sightings: Sequence[Sighting], doubts: Sequence[Doubt | None]
) -> None:
    """Keep what the sightings that raised an alert may be, for the queue and the weekly report."""
    pairs = [
        (sighting, doubt)
        for sighting, doubt in zip(sightings, doubts, strict=True)
        if doubt is not None and sighting.alert is not None
    ]
    store.add_doubts(conn, pairs)


def _settled(verdict: Verdict, doubt: Doubt | None, unsure: Rule) -> tuple[Verdict, Doubt | None]:
    """Return the verdict in its band: a stop may become a question, and so may anything else."""
    if doubt is None or doubt.band is not Band.REVIEW or verdict.outcome is Outcome.REVIEW:
        return verdict, doubt
    asked = replace(
        verdict,
        outcome=unsure.outcome,
        reason=unsure.reason,
        rule=unsure.id,
        priority=unsure.priority,
        desk=unsure.desk,
    )
    return asked, doubt

"""What is known of samples and cases: look-ups, the feed of results, positivity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from ioc import audit, sums
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import NotFound
from ioc.health.store import await_writers
from ioc.samples import store
from ioc.samples.model import Case, CaseDone, CaseState, Finding, HeldSample, Positivity
from ioc.samples.rules import RESULT, TEST
from ioc.samples.service import test_kinds

MOST = 500


def cases_in(centre: Centre, states: Sequence[CaseState], actor: str, purpose: str) -> list[Case]:
    """Return cases in one of `states`, the longest in it first; the look-up is audited."""

    def work(conn: Connection) -> list[Case]:
        said = {"states": [state.value for state in states]}
        audit.record(conn, actor, "cases_looked_up", "cases", purpose, said)
        return store.find_cases(conn, states, MOST)

    return transact(centre.engine, work)


def case_log(centre: Centre, ref: str) -> list[CaseDone]:
    """Return what was done with a case, oldest first."""
    return transact(centre.engine, lambda conn: store.steps_of(conn, ref))


def find_sample(centre: Centre, ref: str) -> HeldSample:
    """Return a sample.

    Raises:
        NotFound: there is none.
    """
    found = transact(centre.engine, lambda conn: store.find(conn, [ref])).get(ref)
    if found is None:
        raise NotFound("test", ref)
    return found


@dataclass(frozen=True)
class ResultPage:
    """Samples with results that are new to a reader, and where he goes on from."""

    samples: Sequence[HeldSample]
    corrections: frozenset[int]
    resulted: int
    is_last: bool


def results_after(centre: Centre, resulted: int, limit: int) -> ResultPage:
    """Return the next page of a feed: results that came after a number; a corrected one again.

    `corrections` are positions in `samples`. Whoever writes at this moment is waited for.
    """

    def work(conn: Connection) -> ResultPage:
        await_writers(conn)
        rows = store.resulted_after(conn, resulted, limit)
        return ResultPage(
            [sample for _, sample, _ in rows],
            frozenset(i for i, (_, _, why) in enumerate(rows) if why is not None),
            rows[-1][0] if rows else resulted,
            is_last=len(rows) < limit,
        )

    return transact(centre.engine, work)


def positivity(centre: Centre, first: date, last: date) -> list[Positivity]:
    """Return what was found by kind in samples taken from `first` to `last`, both among them."""
    kinds = list(test_kinds(centre).kinds)
    metrics = [f"{TEST}.{kind}" for kind in kinds]
    metrics += [f"{RESULT}{kind}.{finding.value}" for kind in kinds for finding in Finding]
    zone = centre.city.zone
    counted = transact(centre.engine, lambda c: sums.between(c, metrics, first, last, zone))
    by_metric: dict[str, int] = {}
    for (metric, _), n in counted.items():
        by_metric[metric] = by_metric.get(metric, 0) + n
    return [
        Positivity(
            kind,
            by_metric.get(f"{TEST}.{kind}", 0),
            *(by_metric.get(f"{RESULT}{kind}.{finding.value}", 0) for finding in Finding),
        )
        for kind in kinds
    ]

"""Results come back from laboratories: one by the centre's id of a sample, or many by tube."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from ioc import intake
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.health.store import hold_tubes
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.samples import store
from ioc.samples.model import HeldSample, Outcome, SampleBook, TubeResult
from ioc.samples.rules import require_result, with_outcome
from ioc.samples.service import Change, hold_circles, settle, test_kinds

AHEAD = timedelta(minutes=5)


def give_result(
    centre: Centre, ref: str, outcome: Outcome, actor: str, why: str | None = None
) -> HeldSample:
    """Give the result of a sample and return it; the same again changes nothing.

    Raises:
        NotFound: there is no such sample.
        InvalidInput: another result stands and `why` does not say why it is corrected.
    """

    def work(conn: Connection) -> HeldSample:
        known = store.find(conn, [ref]).get(ref)
        if known is None:
            raise NotFound("test", ref)
        hold_circles(conn, [known.person])
        held = store.find(conn, [ref])[ref]
        if not require_result(held, outcome, why):
            return held
        after = with_outcome(held, outcome, centre.now())
        settle(conn, centre, [Change(held, after, why)], actor)
        return after

    sample = transact(centre.engine, work)
    centre.live.announce(Topic.HEALTH)
    return sample


def record_results(centre: Centre, source: str, results: Sequence[TubeResult]) -> list[Receipt]:
    """Record results by tube, or by the centre's id, in one transaction; one receipt each.

    A tube is the newest sample, or pool, with its barcode: its result is that of all in it.
    """

    def work(conn: Connection) -> list[Receipt]:
        return _record(conn, centre, source, results)

    receipts = transact(centre.engine, work)
    if any(receipt.status is IntakeStatus.RECORDED for receipt in receipts):
        centre.live.announce(Topic.HEALTH)
    return receipts


def _record(
    conn: Connection, centre: Centre, source: str, results: Sequence[TubeResult]
) -> list[Receipt]:
    found = _meant(conn, centre, results)
    hold_circles(conn, sorted({one.person for many in found.values() for one in many}))
    hold_tubes(conn, sorted({one.tube for many in found.values() for one in many}))
    found = _meant(conn, centre, results)
    now, faults = centre.now(), dict[int, str]()
    changes: dict[str, Change] = {}
    entries: dict[int, Entry] = {}
    for i, result in enumerate(results):
        try:
            news = _news(result, found.get(i, ()), changes)
        except InvalidInput as fault:
            faults[i] = str(fault)
            continue
        ref = found[i][0].ref
        entries[i] = Entry(result.id, _digest(result), ref)
        for held in news:
            before = changes[held.ref].before if held.ref in changes else held
            after = with_outcome(held, result.outcome, now)
            changes[held.ref] = Change(before, after, result.why)
    given = intake.enter_ids(conn, source, "result", list(entries.values()), now)
    receipts = dict(zip(entries, given, strict=True))
    stands = {i for i, receipt in receipts.items() if receipt.status is IntakeStatus.RECORDED}
    kept = {one.ref for i in stands for one in found[i]}
    settle(conn, centre, [c for ref, c in changes.items() if ref in kept], f"source:{source}")
    return [
        Receipt(result.id, IntakeStatus.REFUSED, why=faults[i]) if i in faults else receipts[i]
        for i, result in enumerate(results)
    ]


def _meant(
    conn: Connection, centre: Centre, results: Sequence[TubeResult]
) -> dict[int, list[HeldSample]]:
    """Return the samples that each result is of, by its index; none where there is none."""
    book, now = test_kinds(centre), centre.now()
    tubes = {i: one.tube.strip().upper() for i, one in enumerate(results) if one.tube is not None}
    kept = centre.city.limits.retention["tests"]
    rows = store.of_tubes(conn, sorted(set(tubes.values())), (now - kept, now + AHEAD))
    refs = store.find(conn, [str(one.ref) for one in results if one.ref is not None])
    by_tube: dict[str, list[HeldSample]] = {}
    for row in rows:
        by_tube.setdefault(row.tube, []).append(row)
    found = {i: _newest(by_tube.get(tube, ()), book) for i, tube in tubes.items()}
    for i, one in enumerate(results):
        if one.ref is not None:
            found[i] = [refs[one.ref]] if one.ref in refs else []
    return found


def _newest(samples: Sequence[HeldSample], book: SampleBook) -> list[HeldSample]:
    """Return the samples of the newest use of a tube, oldest first."""
    return [one for one in samples if samples[-1].taken_at - one.taken_at < book.tube]


def _news(
    result: TubeResult, samples: Sequence[HeldSample], changes: Mapping[str, Change]
) -> list[HeldSample]:
    """Return the samples for which a result is news.

    Raises:
        InvalidInput: there is no such sample, or another result stands.
    """
    if not samples:
        field, name = ("test", result.ref) if result.tube is None else ("tube", result.tube)
        raise InvalidInput(field, f"no sample is known of {name!r}")
    held = [changes[one.ref].after if one.ref in changes else one for one in samples]
    return [one for one in held if require_result(one, result.outcome, result.why)]


def _digest(result: TubeResult) -> bytes:
    said = {"tube": result.tube, "test": result.ref, "why": result.why}
    return intake.digest_of({**said, **vars(result.outcome)})

"""Scans are answered and kept: ids, facts, counts and who is inside, in one transaction.

Two statements a transaction, whatever comes: one enters ids and facts, one the counts (a third
where a site with several points counts who is inside). Nothing is looked up for a scan that was not
looked up for thousands before it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ioc import tally
from ioc.cards.reading import CodeReader
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import sqlstate, transact
from ioc.health.service import colours_of
from ioc.intake import IntakeStatus
from ioc.live import Topic
from ioc.people.arrivals import note_arrivals
from ioc.people.model import Passage
from ioc.venues import store
from ioc.venues.drafting import Draft, Drafting, ScanAnswer, answer_again, answer_from
from ioc.venues.facts import FRESH, GateFacts
from ioc.venues.model import GateStanding, Scan, Sender
from ioc.venues.service import AHEAD, OLDEST, admission_book, make_days
from ioc.venues.store import Kept
from ioc.venues.tallies import SCANNED, metrics_of

# What else a gate may know of persons, by their references; asked only where a rule asks for it.
Standings = Callable[[Connection, Sequence[str]], Mapping[str, GateStanding]]
Party = tuple[Sender, Sequence[Scan]]
Answers = list[list[ScanAnswer]]

PERSONAL = frozenset({"colour", "listed"})
MOST_PRESENT = 100_000


class ScanDesk:
    """Records the scans of one process; any number of threads may use it."""

    def __init__(
        self, centre: Centre, standings: Standings | None = None, reader: CodeReader | None = None
    ) -> None:
        """Read the city's rules; `standings` tells what a gate may know of persons.

        Without it that is the colour that doses and tests give them, where a rule asks for it.

        Raises:
            ConfigFault: admission.toml or cards.toml is wrong.
        """
        book = admission_book(centre)
        self._centre = centre
        self._facts = GateFacts(centre, book, FRESH)
        self._drafting = Drafting(centre, book, self._facts, reader or CodeReader(centre))
        self._standings = (standings or by_colour(centre)) if book.asks & PERSONAL else None
        self._gates = centre.city.limits.entries.points
        self._sites = {id: one.site for id, one in self._drafting.points.items() if one.site}
        self._present: set[tuple[str, date]] = set()

    def record(self, source: str, scans: Sequence[Scan]) -> list[ScanAnswer]:
        """Record the scans of one source; the answers stand in their order."""
        return self.record_parties([(Sender(source), scans)])[0]

    def record_parties(self, parties: Sequence[Party]) -> Answers:
        """Record what several senders sent in one transaction: all of it happens, or nothing.

        Scans out of time, at an unknown point or with a code nobody can read are refused one by
        one; the others go in.
        """
        now = self._centre.now()
        self._facts.learn(now)
        span = (now - OLDEST, now + AHEAD)
        draft = self._drafting.draft
        drafts = [[draft(sender, scan, span) for scan in scans] for sender, scans in parties]
        work = partial(self._work, drafts=drafts, now=now)
        try:
            answers, present = transact(self._centre.engine, work)
        except DBAPIError as fault:
            if sqlstate(fault) != store.NO_PARTITION:
                raise
            # The timekeeper makes days ahead; without it a scan is still never lost.
            zone = self._centre.city.zone
            days = {local_day(scan.scanned_at, zone) for _, scans in parties for scan in scans}
            make_days(self._centre, days)
            answers, present = transact(self._centre.engine, work)
        if present is not None:
            self._remember(present)
            self._centre.live.announce(Topic.SCANS)
        return answers

    def _work(
        self, conn: Connection, drafts: Sequence[Sequence[Draft | ScanAnswer]], now: datetime
    ) -> tuple[Answers, set[tuple[str, date]] | None]:
        """Return the answers, and at which points somebody was scanned on which day, if any."""
        good = [one for party in drafts for one in party if isinstance(one, Draft)]
        standings: Mapping[str, GateStanding] = {}
        if self._standings is not None:
            standings = self._standings(conn, sorted({one.shown.person for one in good}))
        kept = self._drafting.kept
        # Of an id that stands twice in the batch the first counts.
        rows = {one.key: kept(one, standings) for one in reversed(good)}
        fresh = store.add_scans(conn, list(rows.values()), now) if rows else set()
        old = [key for key in rows if key not in fresh] if len(fresh) < len(rows) else []
        known = store.known_ids(conn, old) if old else {}
        present = self._count(conn, [rows[key] for key in fresh]) if fresh else None

        def answer(one: Draft | ScanAnswer) -> ScanAnswer:
            if isinstance(one, ScanAnswer):
                return one
            if one.key in fresh:
                fresh.discard(one.key)
                return answer_from(IntakeStatus.RECORDED, rows[one.key])
            return answer_again(one, known.get(one.key) or rows[one.key])

        return [[answer(one) for one in party] for party in drafts], present

    def _count(self, conn: Connection, new: Sequence[Kept]) -> set[tuple[str, date]]:
        """Add what new scans count towards; return where on which days somebody was scanned."""
        kinds = Counter((row.point, row.is_in, row.admit, row.quarter) for row in new)
        counts: Counter[tuple[str, str, datetime]] = Counter()
        present = set()
        for (point, is_in, admit, number), n in kinds.items():
            quarter = self._drafting.quarter_at(number)
            present.add((point, quarter.day))
            for metric in metrics_of(is_in=is_in, admit=admit):
                counts[metric, point, quarter.start] += n
        if unmarked := present - self._present:
            tally.mark_present(conn, [(SCANNED, point, day) for point, day in unmarked])
        store.add_occupancy(conn, self._inside(new))
        counts.update(self._arrivals(conn, new))
        tally.add(conn, counts)
        return present

    def _inside(self, new: Sequence[Kept]) -> list[tuple[str, date, int, int, int]]:
        """Return site, counting day, in, out and last scan of those who were let through."""
        found: dict[tuple[str, date], tuple[int, int, int]] = {}
        for row in new:
            site = self._sites.get(row.point)
            if site is not None and row.admit:
                key = (site, self._drafting.quarter_at(row.quarter).counted_on)
                ins, outs, last = found.get(key, (0, 0, row.micros))
                found[key] = (ins + row.is_in, outs + (not row.is_in), max(last, row.micros))
        return [(*key, *counted) for key, counted in found.items()]

    def _arrivals(
        self, conn: Connection, new: Sequence[Kept]
    ) -> Counter[tuple[str, str, datetime]]:
        """Let arrive who was let in where people come into the province; return what counts."""
        gates = self._gates
        entering = [row for row in new if row.point in gates and row.is_in and row.admit]
        if not entering:
            return Counter()
        passages = [
            Passage(row.person, datetime.fromtimestamp(row.micros / 1_000_000, UTC), row.point)
            for row in entering
        ]
        return Counter(note_arrivals(conn, self._centre, passages))

    def _remember(self, present: set[tuple[str, date]]) -> None:
        if len(self._present) > MOST_PRESENT:
            self._present = set()
        self._present |= present


def by_colour(centre: Centre) -> Standings:
    """Return what asks for the colours that doses and tests give persons."""

    def ask(conn: Connection, persons: Sequence[str]) -> Mapping[str, GateStanding]:
        found = colours_of(conn, centre, persons, centre.now())
        return {person: GateStanding(colour.value) for person, colour in found.items()}

    return ask

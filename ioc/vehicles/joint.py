"""Reads that arrive at once are kept at once: one transaction for all who wait.

A transaction costs a handful of round trips and a flush to the disk, whether one read is in it or
a hundred. Whoever comes while one is running waits for it to end, and the next takes all who
wait: group commit, as stores do it below. Under a light load a read still goes alone, at once.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ioc.centre import Centre
from ioc.vehicles.model import PlateRead
from ioc.vehicles.recording import ReadResult, announce, record_sources

MOST = 1_000
Results = Mapping[str, Sequence[ReadResult]]


@dataclass(eq=False)
class _Party:
    """One caller with its reads; `turn` is set when it may lead, or when it is served."""

    source: str
    reads: Sequence[PlateRead]
    turn: threading.Event = field(default_factory=threading.Event)
    results: list[ReadResult] | None = None
    fault: Exception | None = None

    @property
    def is_served(self) -> bool:
        return self.results is not None or self.fault is not None


class JointReads:
    """Records the reads of many threads, together where they come together."""

    def __init__(self, centre: Centre) -> None:
        """Begin with nobody waiting."""
        self._centre = centre
        self._lock = threading.Lock()
        self._waiting: list[_Party] = []
        self._is_led = False

    def record(self, source: str, reads: Sequence[PlateRead]) -> list[ReadResult]:
        """Record as `ioc.vehicles.recording.record_reads` does; return after the commit.

        What fails for one caller fails for no other: a joint transaction that fails is made up
        for one by one.
        """
        party = _Party(source, reads)
        with self._lock:
            self._waiting.append(party)
            if not self._is_led:
                self._is_led = True
                party.turn.set()
        party.turn.wait()
        if not party.is_served:
            self._lead()
        if party.fault is not None:
            raise party.fault
        assert party.results is not None
        return party.results

    def _lead(self) -> None:
        """Serve those who wait, once, and hand the lead on."""
        with self._lock:
            parties = self._taken()
        kept: list[Results] = []
        try:
            self._serve(parties, kept)
        finally:
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].turn.set()
            for party in parties:
                party.turn.set()
        # The next transaction runs already: it need not wait until the screens were told.
        for results in kept:
            announce(self._centre, results)

    def _taken(self) -> list[_Party]:
        """Take parties from the front, at most about MOST reads of them, and at least one."""
        count = size = 0
        for party in self._waiting:
            if count and size + len(party.reads) > MOST:
                break
            count, size = count + 1, size + len(party.reads)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    def _serve(self, parties: Sequence[_Party], kept: list[Results]) -> None:
        if len(parties) > 1:
            try:
                kept.append(self._serve_together(parties))
            except Exception:  # noqa: BLE001  one of them is at fault: which, is found out below
                for party in parties:
                    party.results = None
            else:
                return
        for party in parties:
            try:
                kept.append(self._serve_together([party]))
            except Exception as fault:  # noqa: BLE001  raised where its caller waits
                party.fault = fault

    def _serve_together(self, parties: Sequence[_Party]) -> Results:
        reads: dict[str, list[PlateRead]] = {}
        for party in parties:
            reads.setdefault(party.source, []).extend(party.reads)
        results = record_sources(self._centre, reads)
        answers = {source: iter(told) for source, told in results.items()}
        for party in parties:
            party.results = [next(answers[party.source]) for _ in party.reads]
        return results

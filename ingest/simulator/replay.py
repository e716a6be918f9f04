"""A replay: everything that a city counted until a day, sent to a centre opened as of that day.

It goes on where it was broken off: a file keeps how many of each stream were answered. It may be
lost; then all is sent again, and nothing is counted twice.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.simulator.client import Client, Item, Result
from ingest.simulator.history import History, Told
from ingest.simulator.totals import Totals
from ioc.errors import InvalidInput

BATCH = 1_000
# Batches on their way at once: the centre works on one while the next is written and sent.
SENDERS = 3
LONGEST_REFUSALS = 20
# Is told the stream, and how many of its items were answered so far.
Tell = Callable[[str, int], object]


@dataclass
class Course:
    """How far a replay is.

    Attributes:
        of: what is replayed, and to whom.
        until: the instant until which things happened on the last day.
        before: the centre's figures when it began.
        sent: items of each stream that were answered, all before them too.
        statuses: how many answers of each kind.
        refused: why some were refused, the first of them.
    """

    path: Path
    of: str
    until: datetime
    before: Mapping[str, float]
    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    def save(self) -> None:
        """Write it in the place of the last one, whole or not at all."""
        said = {
            "of": self.of,
            "until": self.until.isoformat(),
            "before": dict(self.before),
            "sent": dict(self.sent),
            "statuses": dict(self.statuses),
        }
        written = self.path.with_name(f"{self.path.name}.new")
        written.write_text(json.dumps(said), encoding="utf-8")
        written.replace(self.path)


def open_course(path: Path, of: str, client: Client, as_of: date, zone: ZoneInfo) -> Course:
    """Return how far a replay came, or its beginning, on the day `as_of` of the city's `zone`.

    Raises:
        InvalidInput: the centre is not opened as of the day, or the key lacks a right.
        Unavailable: it does not answer.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["of"] == of:
            until, sent = datetime.fromisoformat(said["until"]), Counter(said["sent"])
            return Course(path, of, until, said["before"], sent, Counter(said["statuses"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    now = client.now().astimezone(zone)
    if now.date() != as_of:
        why = f"its clock stands at {now:%Y-%m-%d}: open it with --as-of {as_of}"
        raise InvalidInput("--api", why)
    return Course(path, of, now, client.figures())


def replay(history: History, course: Course, client: Client, tell: Tell, only: set[str]) -> None:
    """Send every stream (of `only`, if any are named) from where it stopped.

    Raises:
        Unavailable: the centre does not answer; begin again, it goes on.
        InvalidInput: it refuses a whole batch, or the key.
        NotFound: it does not take a stream.
    """
    for name, told in history.streams().items():
        if not only or name in only:
            _send_stream(name, told, course, client, tell)


def _send_stream(name: str, told: Told, course: Course, client: Client, tell: Tell) -> None:
    done = course.sent[name]
    # What is sent twice comes again after all of it, as a facility's second export would.
    items = chain(told.items(), islice(told.items(), told.again))
    waiting = islice(items, done, None)
    for answers in _answered(client, told.path, _batches(waiting)):
        statuses = Counter(str(answer["status"]) for answer in answers)
        course.statuses.update(statuses)
        refused = [f"{name}: {a.get('why')}" for a in answers if a["status"] == "refused"]
        course.refused += refused[: LONGEST_REFUSALS - len(course.refused)]
        done += len(answers)
        course.sent[name] = done
        course.save()
        tell(name, done)


def _batches(items: Iterator[Item]) -> Iterator[Sequence[Item]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _answered(
    client: Client, path: str, batches: Iterator[Sequence[Item]]
) -> Iterator[Sequence[Result]]:
    """Yield the answers to each batch, in their order, while others are on their way."""
    waiting: deque[Future[list[Result]]] = deque()
    with ThreadPoolExecutor(SENDERS) as threads:
        try:
            for batch in batches:
                waiting.append(threads.submit(client.send, path, batch))
                if len(waiting) > SENDERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for unwanted in waiting:
                unwanted.cancel()


@dataclass(frozen=True)
class Held:
    """One figure after a replay, against what it is to be: what stood there before, and the rest.

    Figures of a day are counted once however often they are replayed, so they are held as they are.
    """

    name: str
    before: float
    wanted: float
    found: float

    @property
    def is_equal(self) -> bool:
        """Tell whether the figure is what it is to be."""
        return self.found == self.wanted

    def __str__(self) -> str:
        sign = "=" if self.is_equal else "!="
        return f"{self.name:26} {self.found:>12,.0f} {sign} {self.wanted:,.0f}"


def held_against(
    totals: Totals, course: Course, figures: Mapping[str, Any], only: set[str]
) -> list[Held]:
    """Return each figure of what was replayed against what it is to be."""
    return [
        Held(
            name,
            float(course.before.get(name, 0)),
            wanted + (float(course.before.get(name, 0)) if name.endswith("_total") else 0),
            float(figures.get(name, 0)),
        )
        for name, wanted in totals.figures(only).items()
    ]

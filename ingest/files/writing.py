"""Batches of rows become facts: in this process beside the reading of the next, or in several."""

import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import NamedTuple

from ingest.batch import Result
from ingest.files.kinds import SHAPES, Kind
from ingest.files.rows import Row, Spot
from ingest.files.shapes import Local, Record
from ioc.centre import Centre, open_centre
from ioc.errors import InvalidInput, IocError, Unavailable
from ioc.intake import IntakeStatus
from ioc.settings import Settings

VALID = "valid"
# Batches that wait beyond those being written: enough that no writer waits for the reader.
AHEAD = 2


@dataclass(frozen=True)
class Order:
    """What is to be done with the rows of a file.

    `columns` names each cell of a row, "" where it is left out; `is_dry` says that nothing is to be
    written, only looked at.
    """

    kind: Kind
    source: str
    columns: tuple[str, ...]
    local: Local
    is_dry: bool = False


class Batch(NamedTuple):
    """Some rows of a file, and where the last of them ends."""

    rows: Sequence[Row]
    end: Spot


class Outcome(NamedTuple):
    """What became of a batch: how many of each status, and which rows were refused and why."""

    end: Spot
    counts: Counter[str]
    refused: Sequence[tuple[Row, str]]


Write = Callable[[Batch], Outcome]


def writer(centre: Centre, order: Order) -> Write:
    """Return what records the rows of a batch in one go, or only looks at them.

    It raises Unavailable where the store does not answer; nothing of the batch was recorded.
    """
    shape = SHAPES[order.kind]
    if order.is_dry:
        parse = shape.parser(centre, order.source)
        return partial(_write, order, lambda items: [_looked_at(parse, item) for item in items])
    return partial(_write, order, shape.recorder(centre, order.source))


def _write(order: Order, record: Record, batch: Batch) -> Outcome:
    shape = SHAPES[order.kind]
    counts: Counter[str] = Counter()
    refused: list[tuple[Row, str]] = []
    good, items = [], []
    width = len(order.columns)
    for row in batch.rows:
        fault = row.fault
        if fault is None and len(row.cells) != width:
            fault = f"row: has {len(row.cells)} values for {width} columns"
        if fault is not None:
            refused.append((row, fault))
            continue
        values = dict(zip(order.columns, map(str.strip, row.cells), strict=True))
        values.pop("", None)
        good.append(row)
        items.append(shape.item(order.local.read(shape, values)))
    for row, answer in zip(good, record(items) if items else (), strict=True):
        if answer["status"] == IntakeStatus.REFUSED:
            refused.append((row, str(answer["why"])))
        else:
            counts[answer["status"]] += 1
    counts[IntakeStatus.REFUSED.value] += len(refused)
    return Outcome(batch.end, counts, sorted(refused, key=lambda pair: pair[0].line))


def outcomes(batches: Iterable[Batch], write: Write, writers: int) -> Iterator[Outcome]:
    """Yield what became of each batch, in their order, while the next are read and written."""
    waiting: deque[Future[Outcome]] = deque()
    with ThreadPoolExecutor(writers) as threads:
        try:
            for batch in batches:
                waiting.append(threads.submit(write, batch))
                if len(waiting) >= writers + AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for unwanted in waiting:
                unwanted.cancel()


@contextmanager
def writing_processes(settings: Settings, order: Order, count: int) -> Iterator[Write]:
    """Start processes that write batches, each with the stores of its own; end them at the end."""
    spawn = multiprocessing.get_context("spawn")
    idle: SimpleQueue[Connection] = SimpleQueue()
    with ExitStack() as opened:
        for _ in range(count):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_work, args=(theirs, settings, order), daemon=True)
            process.start()
            theirs.close()
            # It ends when the pipe does, also where this process is killed.
            opened.callback(process.join)
            opened.callback(ours.close)
            idle.put(ours)

        def write(batch: Batch) -> Outcome:
            line = idle.get()
            try:
                line.send(batch)
                answer = line.recv()
            except (EOFError, OSError) as fault:
                raise Unavailable("a writing process ended; begin again") from fault
            finally:
                idle.put(line)
            if isinstance(answer, IocError):
                raise answer
            assert isinstance(answer, Outcome)
            return answer

        yield write


def _work(line: Connection, settings: Settings, order: Order) -> None:
    """Write what comes by `line` and answer it, until the other end is closed."""
    # Ctrl-C reaches the whole group; the process that reads decides, and closes the line.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open_centre(settings, pool_size=1) as centre:
        write = writer(centre, order)
        while True:
            try:
                batch = line.recv()
            except EOFError:
                return
            try:
                answer: Outcome | IocError = write(batch)
            except IocError as fault:
                # Some of them cannot be sent as they are; each ends the import all the same.
                answer = Unavailable(str(fault))
            try:
                line.send(answer)
            except OSError:
                return


def _looked_at(parse: Callable[[object], object], item: object) -> Result:
    try:
        parse(item)
    except InvalidInput as fault:
        return {"status": IntakeStatus.REFUSED.value, "why": str(fault)}
    return {"status": VALID}

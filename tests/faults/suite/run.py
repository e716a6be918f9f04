"""One fault after another: put in, taken away, waited for, judged."""

import json
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from ioc.errors import IocError
from tests.faults.suite.answered import Answer
from tests.faults.suite.disks import Grounds
from tests.faults.suite.judge import judge, judge_all
from tests.faults.suite.plant import STEP_S, Plant, running_plant
from tests.faults.suite.table import Fault

WHOLE = "whole-store"
NOTICED_S = 1.0
# Heartbeats come every two seconds or so.
FRESH = timedelta(seconds=3.5)


@dataclass(frozen=True)
class Outcome:
    """What came of one fault in one round.

    Attributes:
        acknowledged: items answered from its beginning to its recovery; `lost` of them.
        silent_s: the longest time in which no write was answered.
        writes_s: from its end until reads and scans sent after it were answered.
        whole_s: until everything was at work again.
        faults: what was wrong; empty is good.
        untried: why it was not tried here.
    """

    id: str
    round: int
    acknowledged: int = 0
    lost: int = 0
    silent_s: float = 0.0
    writes_s: float = 0.0
    whole_s: float = 0.0
    faults: tuple[str, ...] = ()
    untried: str = ""


def rounds(
    folder: Path, grounds: Grounds, faults: Sequence[Fault], count: int, seed: int,
    into: Path | None,
) -> Iterator[Outcome]:  # fmt: skip
    """Yield the outcome of every fault of every round, each round in an order of its own.

    Rounds that `into` holds already are not run again; it is written after each fault.
    """
    known = _known(into)
    for number in range(1, count + 1):
        done = {one.id for one in known if one.round == number}
        order = [one for one in faults if one.id not in done]
        random.Random(seed + number).shuffle(order)
        yield from (one for one in known if one.round == number)
        if WHOLE in done:
            continue
        for outcome in one_round(folder / str(number), grounds, order, number):
            known.append(outcome)
            if into is not None:
                into.write_text(json.dumps([asdict(one) for one in known], indent=1))
            yield outcome


def one_round(
    folder: Path, grounds: Grounds, faults: Sequence[Fault], number: int
) -> Iterator[Outcome]:
    """Yield the outcome of each fault on one plant, and of the whole store at the end."""
    folder.mkdir(mode=0o700)
    with running_plant(folder, grounds) as plant:
        for fault in faults:
            if untried := fault.needs(grounds):
                yield Outcome(fault.id, number, untried=untried)
                continue
            yield tried(plant, fault, number)
        plant.listen()
        wrong = judge_all(plant.centre, plant.attempts)
        yield Outcome(WHOLE, number, faults=tuple(wrong))
    # A disk that was filled is as large as it may be.
    shutil.rmtree(folder, ignore_errors=True)


def tried(plant: Plant, fault: Fault, number: int) -> Outcome:
    """Put a fault in, take it away, and judge what came of it."""
    _calm(plant)
    first, begun, since = len(plant.attempts), time.monotonic(), plant.centre.now()
    faults: list[str] = []
    with fault.way(plant):
        plant.watch(fault.lasts_s)
        lately = plant.centre.now() - FRESH
        if fault.keeps and not plant.have_pictures(max(since, lately), fault.keeps):
            faults.append(f"{', '.join(fault.keeps)} did not go on")
    ended, until = time.monotonic(), plant.centre.now()
    if not fault.lasts_s:
        ended = begun
    writes_at = whole_at = None
    while writes_at is None or whole_at is None:
        plant.tend()
        writes_at = writes_at or plant.writes_since(ended)
        if writes_at is not None and whole_at is None and plant.is_whole(until):
            whole_at = time.monotonic()
        if time.monotonic() - ended > fault.limit_s:
            faults.append(f"not well after {fault.limit_s:.0f} s: {_missing(plant, until)}")
            break
        time.sleep(STEP_S)
    plant.listen()
    part = plant.attempts[first:]
    sentence = judge(plant.centre, part, may_refuse=fault.may_refuse)
    now = time.monotonic()
    silent_s, heard_at = _silence(part, begun)
    if silent_s > NOTICED_S:
        # Who is killed may still answer for a moment, by what he leaves behind.
        writes_at = max(writes_at or now, heard_at)
    return Outcome(
        fault.id, number, sentence.acknowledged, sentence.lost, round(silent_s, 2),
        round((writes_at or now) - ended, 2), round((whole_at or now) - ended, 2),
        (*faults, *sentence.faults),
    )  # fmt: skip


def _calm(plant: Plant) -> None:
    """Let all be at work before the next one, or what follows is measured wrongly."""
    since, begun = plant.centre.now(), time.monotonic()
    while time.monotonic() < begun + 30:
        plant.tend()
        if plant.writes_since(begun) and plant.is_whole(since):
            return
        plant.watch(STEP_S)


def _silence(part: Sequence[Answer], begun: float) -> tuple[float, float]:
    """Return the longest time without an answered write of either kind, and when it ended."""
    longest, ended = 0.0, begun
    for kind in ("read", "scan"):
        before = begun
        for one in part:
            if one.kind == kind and one.answers is not None:
                if one.at - before > longest:
                    longest, ended = one.at - before, one.at
                before = one.at
    return longest, ended


def _missing(plant: Plant, since) -> str:
    pages, api = plant.ports
    from tests.installation import answers

    parts = {
        "API": answers(f"http://127.0.0.1:{api}/readyz"),
        "pages": answers(f"http://127.0.0.1:{pages}/readyz"),
        "one leading timekeeper": plant.leaders() == 1,
        "pictures": plant.have_pictures(since),
    }
    failed = [one.why for one in plant.attempts[-20:] if one.why]
    try:
        plant.stores.restart_dead()
    except IocError as fault:
        failed.append(str(fault))
    return f"{', '.join(name for name, is_well in parts.items() if not is_well)} {failed[-3:]}"


def _known(into: Path | None) -> list[Outcome]:
    if into is None or not into.exists():
        return []
    rows = json.loads(into.read_text())
    return [Outcome(**{**row, "faults": tuple(row["faults"])}) for row in rows]

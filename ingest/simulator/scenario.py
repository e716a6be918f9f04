"""A scenario played to a centre: what happens in it sent by the API, each when it is due."""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from ingest.simulator.box import READS
from ingest.simulator.client import BATCH, Client
from ingest.simulator.life import PATHS, REPORTS, Life
from ingest.simulator.people import People
from ingest.simulator.province import REPORT_PATH, SEED
from ingest.simulator.rhythm import load_habits
from ioc.clock import local_day, utc_now
from ioc.errors import InvalidInput
from ioc.places import City
from ioc.scenarios import Appearance, Scenario, Sending

SLEEP_S = 0.25
LIFE_STEP_S = 900.0
Progress = Callable[[int, int], object]
# By stream: where it is sent, and what its time is called; None where it has none of its own.
STREAMS = {
    "reads": (READS, "seen_at"),
    "scans": ("/v1/scans", "scanned_at"),
    "permits": ("/v1/permits", None),
    "points": ("/v1/points", None),
    "cards": ("/v1/cards", None),
    "declarations": ("/v1/declarations", None),
    "registrations": ("/v1/registrations", None),
    "doses": ("/v1/doses", "given_at"),
    "paper-totals": ("/v1/paper-totals", None),
    "tests": ("/v1/tests", "taken_at"),
    "calls": ("/v1/calls", "at"),
    "lodgings": ("/v1/lodgings", None),
    "waves": ("/v1/waves", None),
    "reports": (REPORT_PATH, None),
}


@dataclass(frozen=True)
class Stage:
    """The city that a scenario is played in, and who lives there."""

    city: City
    folder: Path
    people: People


def open_stage(city: City, folder: Path, now: datetime) -> Stage:
    """Return the stage of a city at an instant.

    Raises:
        ConfigFault: its people.toml is wrong.
    """
    return Stage(city, folder, People(city, folder, local_day(now, city.zone), SEED))


def play(
    scenario: Scenario,
    client: Client,
    stage: Stage | None = None,
    *,
    speed: float = 1.0,
    progress: Progress = lambda _sent, _all: None,
) -> list[dict[str, Any]]:
    """Send what happens in `scenario`, its past at once; return the answers in their order.

    Args:
        scenario: what happens.
        client: who sends it.
        stage: where it is played; reads alone need none.
        speed: how many times as fast as life, above 0; the times that are told stay those of life.
        progress: is told how many items are sent, of how many.

    Raises:
        Unavailable: the centre does not answer.
        InvalidInput: it refuses the key or a batch.
        NotFound: it does not take a stream.
    """
    begin = time.monotonic()
    start = utc_now() + client.clock_shift()
    script = _Script(start, stage)
    answers = _send(client, script.life(scenario)) if scenario.life else []
    lived = len(answers)
    left: list[Appearance | Sending] = [*scenario.appearances, *scenario.sendings]
    left.sort(key=_told_s)
    while left:
        passed_s = (time.monotonic() - begin) * speed
        due = [one for one in left if _told_s(one) <= passed_s]
        if due:
            left = left[len(due) :]
            # What plays faster than life is told as if it had happened that much sooner.
            hurry = timedelta(seconds=passed_s - min(passed_s, time.monotonic() - begin))
            answers += _send(client, [script.item(one, hurry) for one in due])
            progress(len(answers) - lived, scenario.count)
        elif left:
            time.sleep(min(SLEEP_S, (_told_s(left[0]) - passed_s) / speed + 0.001))
    return answers


class _Script:
    """Items of one playing, by the stream that they are sent in."""

    def __init__(self, start: datetime, stage: Stage | None) -> None:
        self._start, self._stage = start, stage
        self._run = f"{random.randrange(16**6):06X}"
        self._made: dict[str, tuple[str, dict[str, Any]]] = {}

    def item(self, one: Appearance | Sending, hurry: timedelta) -> tuple[str, dict[str, Any]]:
        at = self._start + timedelta(seconds=one.at_s) - hurry
        if isinstance(one, Appearance):
            return "reads", _read(one, at)
        name = uuid.uuid4().hex if one.id is None else one.id.format(n=one.n, run=self._run)
        # What is sent again is what was sent before, to the letter.
        if name not in self._made:
            self._made[name] = one.stream, self._sent(one, name, at)
        return self._made[name]

    def life(self, scenario: Scenario) -> list[tuple[str, dict[str, Any]]]:
        stage = self._staged()
        habits = load_habits(stage.folder / "rhythm.toml")
        day = local_day(self._start, stage.city.zone)
        life = Life(stage.city, stage.people, habits, day, (SEED, self._run))
        made: list[tuple[str, dict[str, Any]]] = []
        at = self._start - timedelta(seconds=scenario.life_s)
        while at < self._start:
            at = min(at + timedelta(seconds=LIFE_STEP_S), self._start)
            made += life.happen(LIFE_STEP_S, at, stage.city.zone, scenario.life)
        return [
            (name, {**item, "id": f"{self._run}-{item['id']}"} if "id" in item else item)
            for name, item in made
        ]

    def _sent(self, one: Sending, name: str, at: datetime) -> dict[str, Any]:
        words = self._words(one.n, at)
        item = {word: _filled(value, words) for word, value in one.item.items()}
        if one.stream != REPORTS:
            item["id"] = name
        time_word = STREAMS[one.stream][1]
        if time_word is not None:
            item.setdefault(time_word, at.isoformat())
        if one.person is not None:
            people = self._staged().people
            if one.stream == "scans":
                item["code"] = people.person(one.person).personal_qr()
            elif one.stream == "doses":
                item["person"] = people.adult(one.person).item
            else:
                item["person"] = people.person(one.person).item
        return item

    def _words(self, n: int, at: datetime) -> dict[str, object]:
        day = local_day(at, self._staged().city.zone)
        later = at + timedelta(days=1)
        words: dict[str, object] = {"n": n, "run": self._run, "day": day}
        return words | {"at": at.isoformat(), "later": later.isoformat()}

    def _staged(self) -> Stage:
        if self._stage is None:
            raise InvalidInput("scenario", "needs the people of a city")
        return self._stage


def _filled(value: Any, words: Mapping[str, object]) -> Any:
    if isinstance(value, str):
        return value.format(**words)
    return [_filled(part, words) for part in value] if isinstance(value, list) else value


def _send(client: Client, items: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Send items in their order, those of one stream that follow one another in batches."""
    answers: list[dict[str, Any]] = []
    for name, row in groupby(items, key=lambda pair: pair[0]):
        made = [item for _, item in row]
        if name == REPORTS:
            answers += [_posted(client, item) for item in made]
            continue
        for start in range(0, len(made), BATCH):
            answers += client.send(_path(name), made[start : start + BATCH])
    return answers


def _posted(client: Client, item: dict[str, Any]) -> dict[str, Any]:
    [answer] = client.ask("POST", REPORT_PATH, form=item)
    return {**answer, "status": "recorded"}


def _path(name: str) -> str:
    return PATHS.get(name) or STREAMS[name][0]


def _told_s(one: Appearance | Sending) -> float:
    return one.at_s if isinstance(one, Appearance) else one.told_s


def _read(one: Appearance, at: datetime) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "camera": one.camera,
        "plate": "".join(_digits(one.plate)),
        "confidence": one.confidence,
        "direction": one.direction.value,
        "seen_at": at.isoformat(),
    }


def _digits(plate: str) -> Iterator[str]:
    return (str(random.randrange(10)) if char == "#" else char for char in plate)

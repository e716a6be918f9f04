"""Bodies of scans are answered after the commit: whole ones at once, faulty ones item by item."""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from json.encoder import encode_basestring_ascii as quoted

from fastapi.concurrency import run_in_threadpool

from ingest.auth import Door
from ingest.batch import refusal_of
from ingest.gate_payloads import parse_scans, parse_whole
from ingest.gathering import Gathering
from ingest.reasons import reasons
from ioc.access.model import ApiKey
from ioc.errors import MAX_ID, InvalidInput
from ioc.intake import IntakeStatus, refuse
from ioc.labels import CONFIG_DIR, Language, label
from ioc.venues.drafting import ANSWERS, ScanAnswer
from ioc.venues.model import Admission, Scan, Sender
from ioc.venues.recording import ScanDesk

REFUSED = IntakeStatus.REFUSED.value
Parsed = Sequence[Scan | InvalidInput]
Results = Sequence[ScanAnswer]
# Is told the answer as JSON, and what became of each scan; or why there is none.
Told = Callable[[bytes | Exception, Sequence[str]], None]


class Scanning:
    """Answers bodies of scans; route, lane and protocol of one app share it."""

    def __init__(self, door: Door) -> None:
        """Begin with nobody waiting."""
        self._door = door
        self._gathering = Gathering(ScanDesk(door.centre).record_parties)
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, key: ApiKey, body: bytes) -> bytes:
        """Return the answer to a body, after the commit.

        Raises:
            InvalidInput: the body is no JSON, lacks items, or holds more than 1,000.
            Unavailable: the store cannot be reached.
        """
        names, parsed, items = parse_scans(body)
        good = [one for one in parsed if isinstance(one, Scan)]
        sender = Sender(key.source, key.points)
        told = iter(await self._gathering.record(sender, good) if good else ())
        results = [
            ScanAnswer(IntakeStatus.REFUSED, why=str(one))
            if isinstance(one, InvalidInput)
            else next(told)
            for one in parsed
        ]
        self._door.metrics.count("scan", (one.status.value for one in results))
        await self._keep_refused(key, items, parsed, results)
        return _document(names, results)

    def begin(self, key: ApiKey, body: bytes, told: Told) -> bool:
        """Take a body in which nothing is wrong; `told` gets its answer, after the commit.

        No task is made for it. Returns whether it was taken: `answer` answers any other.
        """
        scans = parse_whole(body)
        if not scans:
            return False
        sender = Sender(key.source, key.points)
        self._gathering.hand_over(sender, scans, partial(self._end, key, scans, told))
        return True

    def _end(
        self,
        key: ApiKey,
        scans: Sequence[Scan],
        told: Told,
        results: Results | Exception,
    ) -> None:
        if isinstance(results, Exception):
            told(results, ())
            return
        statuses = [one.status.value for one in results]
        if REFUSED not in statuses:
            told(_document([scan.id for scan in scans], results), statuses)
            return
        task = asyncio.create_task(self._end_refused(key, scans, told, results))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_refused(
        self, key: ApiKey, scans: Sequence[Scan], told: Told, results: Results
    ) -> None:
        try:
            await self._keep_refused(key, [], scans, results)
        except Exception as fault:  # noqa: BLE001  answered where its sender waits
            told(fault, ())
            return
        statuses = [one.status.value for one in results]
        told(_document([scan.id for scan in scans], results), statuses)

    async def _keep_refused(
        self, key: ApiKey, items: Sequence[object], parsed: Parsed, results: Results
    ) -> None:
        kept = [
            refusal_of(_without_code(items, parsed, n), str(results[n].why))
            for n in _refused(results)
        ]
        if kept:
            await run_in_threadpool(refuse, self._door.centre, key.source, "scan", kept)


def _refused(results: Results) -> list[int]:
    return [n for n, one in enumerate(results) if one.status is IntakeStatus.REFUSED]


def _without_code(items: Sequence[object], parsed: Parsed, n: int) -> object:
    """Return what is kept of a refused scan: the code is personal, and stands for nobody."""
    if not items:
        scan = parsed[n]
        assert isinstance(scan, Scan)
        return {
            "id": scan.id,
            "point": scan.point,
            "code": _hidden(scan.code),
            "direction": scan.direction.value,
            "scanned_at": scan.scanned_at.isoformat(),
        }
    item = items[n]
    if not isinstance(item, dict):
        return f"({type(item).__name__})"
    return {name: _hidden(value) if name == "code" else value for name, value in item.items()}


def _hidden(code: object) -> str:
    return f"({len(code)} characters)" if isinstance(code, str) else f"({type(code).__name__})"


def _document(names: Sequence[str], results: Results) -> bytes:
    """Return the answer as JSON, put together from parts that are the same for most scans."""
    parts = [
        f'{{"id":{quoted(name[:MAX_ID])},{_PLAIN.get(one) or _whole(one)}}}'
        for name, one in zip(names, results, strict=True)
    ]
    return f'{{"results":[{",".join(parts)}]}}'.encode()


def _whole(one: ScanAnswer) -> str:
    why = ""
    if one.why is not None:
        why_vi = reasons(CONFIG_DIR).in_vietnamese(one.why)
        why = f',"why":{json.dumps(one.why)},"why_vi":{json.dumps(why_vi)}'
    admission = "" if one.admission is None else f',"admission":{_said(one.admission)}'
    return f'"status":"{one.status.value}"{why}{admission}'


def _said(admission: Admission) -> str:
    """Return an admission as JSON; a refusal says why in both languages."""
    said = {"admit": admission.admit, "reason": admission.reason.value}
    if not admission.admit:
        said |= {each.value: label(admission.reason, each) for each in Language}
    return json.dumps(said, ensure_ascii=False)


_PLAIN = {answer: _whole(answer) for answer in ANSWERS.values()}

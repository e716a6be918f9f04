"""Scans that arrive at once share a transaction; what fails for one fails for no other."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from ingest.gathering import MOST, Gathering
from ioc.errors import Unavailable
from ioc.intake import IntakeStatus
from ioc.venues.drafting import ScanAnswer
from ioc.venues.model import Scan, Sender, Way
from ioc.venues.recording import Answers, Party
from tests.loops import run_apart

AT = datetime(2021, 10, 4, 7, tzinfo=UTC)


def scans(*names: str) -> list[Scan]:
    return [Scan(name, "dong-ba-01", "code", Way.IN, AT) for name in names]


class Recorder:
    """Keeps what came together; answers every scan with its id, fails for the source `bad`."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, parties: Sequence[Party]) -> Answers:
        self.sizes.append(sum(len(batch) for _, batch in parties))
        if any(sender.source == "bad" for sender, _ in parties):
            raise Unavailable("the store is gone")
        return [
            [ScanAnswer(IntakeStatus.RECORDED, why=scan.id) for scan in batch]
            for _, batch in parties
        ]


def test_each_gets_its_own_answers_and_they_share_transactions() -> None:
    recorder = Recorder()

    async def run() -> list[list[ScanAnswer]]:
        gathering = Gathering(recorder)
        waiting = (
            gathering.record(Sender(f"device-{n % 7}"), scans(f"{n}a", f"{n}b")) for n in range(100)
        )
        return await asyncio.gather(*waiting)

    answers = run_apart(run)
    assert [[one.why for one in batch] for batch in answers] == [
        [f"{n}a", f"{n}b"] for n in range(100)
    ]
    assert sum(recorder.sizes) == 200
    assert len(recorder.sizes) < 10
    assert max(recorder.sizes) <= MOST


def test_what_fails_for_one_fails_for_no_other() -> None:
    async def run() -> list[object]:
        gathering = Gathering(Recorder())
        senders = ["good", "good", "bad", "good"]
        waiting = (gathering.record(Sender(name), scans(str(n))) for n, name in enumerate(senders))
        return await asyncio.gather(*waiting, return_exceptions=True)

    answers = run_apart(run)
    assert [isinstance(one, Unavailable) for one in answers] == [False, False, True, False]


def test_one_who_gave_up_waiting_holds_up_nobody() -> None:
    async def run() -> list[ScanAnswer]:
        gathering = Gathering(Recorder())
        gone = asyncio.ensure_future(gathering.record(Sender("gone"), scans("1")))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await gathering.record(Sender("next"), scans("2"))

    assert [one.why for one in run_apart(run)] == ["2"]

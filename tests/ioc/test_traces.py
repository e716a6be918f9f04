"""Traces are kept on demand, from a request to the page that is drawn, and name nobody."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dashboards.screen import Picture, Screen, Seat
from dashboards.vitals import PageVitals
from ingest.app import create_app
from ioc.access.model import Page, Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.labels import Language
from ioc.live import CHANNEL, Topic
from ioc.logs import JsonLines
from ioc.traces import NOTHING, begin, carried, set_up_traces, span
from tests.loops import run_apart
from tests.serving import served

PLATE = "43C16839"


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    end = begin("tests", SimpleSpanProcessor(exporter))
    yield exporter
    end()


def by_name(spans: tuple[ReadableSpan, ...]) -> dict[str, ReadableSpan]:
    return {one.name: one for one in spans}


def test_a_read_is_one_trace_from_the_request_to_the_desk(
    centre: Centre, kept: InMemorySpanExporter
) -> None:
    secret = create_key(centre, "box", [Right.READS])
    seen_at = (centre.now() - timedelta(seconds=1)).isoformat()
    item = {
        "id": "1", "camera": "cam-001", "plate": PLATE, "confidence": 0.99, "seen_at": seen_at,
    }  # fmt: skip
    drawn = Screen(
        Page.POLICE, lambda *_: None, lambda centre, _: Picture(centre.now(), {}), frozenset()
    )
    screen = PageVitals(centre).timed({Page.POLICE: drawn})[Page.POLICE]

    async def hinted() -> None:
        """Listen as a hub does, while somebody posts a read."""
        changes = centre.live.changes()
        first = asyncio.ensure_future(anext(changes))
        while not centre.live._memory.client.pubsub_numsub(CHANNEL)[0][1]:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(post)
        assert await asyncio.wait_for(first, 10) in set(Topic)
        await changes.aclose()  # type: ignore[attr-defined]

    def post() -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        with (
            served(create_app(centre)) as address,
            httpx.Client(base_url=address, headers=headers, trust_env=False) as client,
        ):
            answer = client.post("/v1/reads", json={"items": [item]})
            assert answer.json()["results"][0]["status"] == "recorded"

    run_apart(hinted)
    screen.draw(centre, Seat(Language.VI))
    spans = kept.get_finished_spans()
    found = by_name(spans)
    request, push = found["POST /v1/reads"], found["push police"]
    assert {"transaction", "announce"} <= set(found)
    assert found["announce"].context.trace_id == request.context.trace_id
    assert push.context.trace_id == request.context.trace_id
    assert push.parent is not None
    assert push.parent.span_id == found["announce"].context.span_id
    assert PLATE not in "".join(one.to_json() for one in spans)


def test_a_line_of_the_log_names_its_trace(kept: InMemorySpanExporter) -> None:
    record = logging.LogRecord("ioc", logging.INFO, "", 0, "something", (), None)
    with span("work") as work:
        told = json.loads(JsonLines().format(record))
    assert int(told["trace"], 16) == work.get_span_context().trace_id
    assert "trace" not in json.loads(JsonLines().format(record))


def test_off_it_is_nothing() -> None:
    assert span("work") is NOTHING
    assert carried() == ""
    set_up_traces("tests", {})
    assert span("work") is NOTHING


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="IOC_TRACES"):
        set_up_traces("tests", {"IOC_TRACES": "localhost:4318"})

"""The HTTP API as one app on one centre."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

import anyio
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from ingest.auth import Door, KeyRing
from ingest.lane import ScanLane
from ingest.metrics import SAFE, Metrics
from ingest.openapi import describe
from ingest.problems import explain_failures
from ingest.protocol import protocol_of
from ingest.routes import (
    alerts,
    calls,
    cards,
    context,
    declarations,
    doses,
    duplicates,
    feeds,
    fhir,
    figures,
    health,
    heartbeats,
    lists,
    open311,
    paper_totals,
    patrols,
    permit_changes,
    permits,
    places,
    probes,
    reads,
    registrations,
    reports,
    samples,
    scan_page,
    scans,
    stays,
    tasks,
)
from ingest.scanning import Scanning
from ioc.centre import Centre
from ioc.counting import Counting

logger = logging.getLogger(__name__)

ROUTES = (
    *(doses, samples, paper_totals, health, fhir),
    *(declarations, stays, tasks, duplicates),
    heartbeats,
    *(reads, registrations, permits, permit_changes, lists),
    *(places, patrols, alerts, figures, probes, scan_page),
    feeds,
    cards,
    *(reports, calls, open311, context),
)
# Requests worked on at once; the store's pool holds a connection for each.
THREADS = 16
BEAT_S = 5.0


def create_app(centre: Centre) -> FastAPI:
    """Return the API of `centre`."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        tasks = [asyncio.create_task(_beat(centre)), asyncio.create_task(door.keep())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app = FastAPI(
        title="IOC",
        version=version("open-ioc"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # Nobody here listens, and asking for it costs a tenth of a small request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    metrics = Metrics(centre)
    door = Door(centre, KeyRing(centre), metrics)
    scanning = Scanning(door)
    app.include_router(scans.create_router(door, scanning))
    for routes in ROUTES:
        app.include_router(routes.create_router(door))
    explain_failures(app)
    describe(app)
    app.add_middleware(ScanLane, door=door, scanning=scanning)
    app.add_middleware(Counting, requests=metrics.requests, headers=SAFE)
    # Whoever serves this app over a port takes it: see there.
    app.state.protocol = protocol_of(door, scanning)
    return app


async def _beat(centre: Centre) -> None:
    """Say every five seconds that this process lives."""
    while True:
        state = {"pid": os.getpid(), "at": centre.now().isoformat()}
        await anyio.to_thread.run_sync(centre.live.beat, "service:ingest", state)
        await asyncio.sleep(BEAT_S)

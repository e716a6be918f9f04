"""Run all services on the operator's own stores and cameras."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ioc.children import LOOPBACK, Service
from ioc.db import migrate, open_engine, ping
from ioc.embedded.stores import open_stores
from ioc.errors import InvalidInput, Unavailable
from ioc.installation import (
    Ports,
    city_services,
    keeping_services,
    listening_services,
    load_cameras,
)
from ioc.live import Live
from ioc.probes import VARIABLE, probe_address
from ioc.progress import console, step
from ioc.settings import Settings, load_settings
from ioc.signing import signing_key
from ioc.supervisor import Supervisor, ended_by_signals, require_free

app = typer.Typer(add_completion=False)

READY_S = 60.0


@app.command()
def up(
    *,
    cameras: Annotated[
        Path | None, typer.Option(help="TOML file of the cameras: [[camera]] id, source.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes the cameras are shared by.")] = 1,
    host: Annotated[
        str, typer.Option(help="Address the pages and the API are served at.")
    ] = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8050,
    api_port: Annotated[int, typer.Option(help="Port of the API.")] = 8060,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as one JSON line once all answer.")
    ] = False,
) -> None:
    """Run all services on the operator's own stores and cameras.

    IOC_DATABASE_URL, IOC_REDIS_URL, IOC_SECRET and IOC_CITY say on what; a service may have a
    database role of its own: IOC_DATABASE_URL_VISION, _INGEST, _DASHBOARDS, _TIMEKEEPER. Where
    IOC_ARCHIVE_URL is set the store's log is kept as well. IOC_PROBES is the address at which the
    first of those that serve nobody is asked how it does; the next answer at the ports after it.
    """
    settings = operator_settings(os.environ)
    if cameras is not None:
        load_cameras(cameras)
    ports = Ports(host, port, api_port)
    require_free(port, "--port", host)
    require_free(api_port, "--api-port", host)
    with ended_by_signals(), open_stores(settings.state_dir, os.environ) as stores:
        with step("stores and schema"):
            _prepare(settings)
        services = (
            *city_services(ports, cameras, workers=workers),
            *listening_services(settings.city_dir),
            *keeping_services(os.environ),
        )
        supervisor = Supervisor(stores, services, environments(services))
        try:
            with step(f"{len(services)} services"):
                supervisor.start()
                supervisor.wait_ready(READY_S, lambda: True)
            addresses = {"dashboards": f"http://{host}:{port}", "api": f"http://{host}:{api_port}"}
            if as_json:
                typer.echo(json.dumps(addresses))
            for name, address in addresses.items():
                console.print(f"{name:10} {address}")
            supervisor.run()
        finally:
            supervisor.stop()


def operator_settings(env: Mapping[str, str]) -> Settings:
    """Return the settings of an operator; those of a demo are refused.

    Raises:
        InvalidInput: a variable is missing, wrong, or a demo's; its name is the field.
    """
    settings = load_settings(env)
    if settings.is_demo:
        raise InvalidInput(
            "IOC_DEMO", "must not be set: this is no demo, and its secrets are known"
        )
    return settings


def _prepare(settings: Settings) -> None:
    engine = open_engine(settings.database_url)
    try:
        ping(engine)
        migrate(engine)
        signing_key(settings)
    finally:
        engine.dispose()
    if not Live(settings.redis_url).is_reachable():
        raise Unavailable("IOC_REDIS_URL: the live memory does not answer")


def environments(services: Sequence[Service]) -> Callable[[Service], Mapping[str, str]]:
    """Return what says to each service what it is told: its role, and where it is asked.

    Raises:
        InvalidInput: IOC_PROBES is no address.
        Unavailable: a port of the addresses from it on is in use.
    """
    probed = [service.name for service in services if service.has_probes]
    at = probe_address(os.environ)
    places = {} if at is None else {name: (at[0], at[1] + n) for n, name in enumerate(probed)}
    for host, port in places.values():
        require_free(port, VARIABLE, host)

    def environment(service: Service) -> dict[str, str]:
        told = dict(os.environ)
        told.pop(VARIABLE, None)
        if service.name in places:
            told[VARIABLE] = "{}:{}".format(*places[service.name])
        suffix = (service.role or "").removeprefix("ioc_").upper()
        for name in ("IOC_DATABASE_URL", "IOC_REPLICA_URL"):
            if own := os.environ.get(f"{name}_{suffix}"):
                told[name] = own
        return told

    return environment

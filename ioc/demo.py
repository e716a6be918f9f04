"""Show the whole product on this machine: stores, services, rendered cameras, a city, its users."""

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ioc.centre import open_centre
from ioc.children import LOOPBACK, Service
from ioc.db import migrate
from ioc.embedded.stores import Stores, open_stores
from ioc.installation import Ports, city_services, load_cameras, simulated_services
from ioc.live import Live
from ioc.progress import console, step
from ioc.scenarios import Scenario
from ioc.seeding import seed_demo
from ioc.settings import Settings, load_settings
from ioc.stage import open_stage
from ioc.supervisor import Supervisor, ended_by_signals, require_free

app = typer.Typer(add_completion=False)

READY_S = 120.0
# Of the caller's environment a demo takes these and no other of ours: never his stores.
KEPT = ("IOC_LOG", "IOC_CONFIG", "IOC_PG_BIN")


@app.command()
def demo(
    *,
    state: Annotated[
        Path, typer.Option(help="Folder of the demo's stores, secrets and logs.")
    ] = Path("~/.local/state/ioc"),
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8050,
    api_port: Annotated[int, typer.Option(help="Port of the API.")] = 8060,
    speed: Annotated[
        float, typer.Option(min=0, help="Multiply the rate of simulated traffic; 0 for none.")
    ] = 1.0,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day the clock is set to, such as 2021-10-03."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print addresses, users and key as one JSON line.")
    ] = False,
) -> None:
    """Show the whole product on this machine, on loopback; Ctrl-C stops all of it."""
    require_free(port, "--port", LOOPBACK)
    require_free(api_port, "--api-port", LOOPBACK)
    outside = _outside()
    if as_of is not None:
        outside["IOC_AS_OF"] = as_of.date().isoformat()
    with ended_by_signals(), ExitStack() as running:
        with step("PostgreSQL and Valkey"):
            stores = running.enter_context(open_stores(state, outside))
            stores.state.note_runtime(as_of=outside.get("IOC_AS_OF"))

        settings = load_settings({**outside, **stores.demo_environment()})
        with step("schema, permits and demo users"):
            access = _fill(settings, stores)
        cameras = load_cameras(settings.city_dir / "demo.toml")
        ports = Ports(LOOPBACK, port, api_port)
        services = city_services(ports, settings.city_dir / "demo.toml")

        def environment(service: Service) -> dict[str, str]:
            if service.role is None:
                return {**outside, "IOC_API_KEY": access["api_key"]}
            return {**outside, **stores.demo_environment(service.role)}

        supervisor = Supervisor(stores, services, environment)
        running.callback(supervisor.stop)
        live = Live(stores.redis_url)
        with step(f"{len(services)} services, {len(cameras)} cameras"):
            supervisor.start()
            supervisor.wait_ready(READY_S, lambda: _live_cameras(live) >= len(cameras))
        supervisor.add(simulated_services(ports, speed))
        addresses = {
            "dashboards": f"http://{LOOPBACK}:{port}",
            "api": f"http://{LOOPBACK}:{api_port}",
        }
        caller = {**outside, "IOC_API_KEY": access["api_key"]}
        with open_stage(settings.city_dir, addresses["api"], caller) as scenarios:
            _show({**addresses, **access}, scenarios, as_json=as_json)
            supervisor.run()


def _outside() -> dict[str, str]:
    """Return the caller's environment without the variables of an installation of his own."""
    foreign = {name for name in os.environ if name.startswith("IOC_")} - set(KEPT)
    return {name: value for name, value in os.environ.items() if name not in foreign}


def _fill(settings: Settings, stores: Stores) -> dict[str, Any]:
    with open_centre(settings) as centre:
        migrate(centre.engine)
        return seed_demo(centre, stores.state.secret)


def _live_cameras(live: Live) -> int:
    states = live.beats("camera").values()
    return sum(state.get("state") == "live" for state in states)


def _show(known: dict[str, Any], scenarios: Sequence[Scenario], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(known, ensure_ascii=False))
        return
    # A key that is broken over two lines cannot be copied.
    tell = partial(console.print, soft_wrap=True)
    tell()
    tell(f"  pages    [bold]{known['dashboards']}[/bold]")
    tell(f"  API      [bold]{known['api']}/docs[/bold]   key {known['api_key']}")
    for role, user in known["users"].items():
        tell(f"  {role:8} {user['name']}   {user['password']}")
    if scenarios:
        tell("\n  Keys that make something happen:")
    for one in scenarios:
        tell(f"  [bold]{one.key}[/bold]  {one.id:4} {one.texts['vi']}")
    tell("\n  Ctrl-C stops all of it.")

"""`ioc admin replica …`: a streaming replica of an engine of our own, and how it steps in."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ioc.embedded.replica import followers, leave, plan_replica, promote, wait_for
from ioc.embedded.state import hold_state
from ioc.progress import console
from ioc.supervisor import ended_by_signals

replica_app = typer.Typer(no_args_is_help=True, help="Streaming replicas of an engine of our own.")

LOOK_S = 0.5

OfOption = Annotated[Path, typer.Option("--of", help="State folder of the running primary.")]
StateOption = Annotated[Path, typer.Option("--state", help="State folder of the replica.")]
NameOption = Annotated[str, typer.Option("--name", help="What the primary calls it.")]


@replica_app.command("run")
def run_replica(of: OfOption, state: StateOption, name: NameOption = "replica_1") -> None:
    """Copy the primary where the folder is empty, then follow it until told to stop."""
    with ended_by_signals(), hold_state(state) as held:
        server = plan_replica(of, held, name)
        server.start()
        try:
            pid = server.process.pid if server.process else 0
            held.note_runtime(postgres={"pid": pid, "born": "", "port": server.port})
            console.print(f"{name} follows; IOC_REPLICA_URL is at 127.0.0.1:{server.port}")
            while True:
                time.sleep(LOOK_S)
                if not server.is_alive():
                    server.start()
        finally:
            server.stop()


@replica_app.command("promote")
def promote_replica(state: StateOption) -> None:
    """Let the replica take the place of its primary, which must be gone for good."""
    promote(state)
    typer.echo(f"takes writes; run the services on it: --state {state}, or IOC_DATABASE_URL")


@replica_app.command("wait")
def wait_for_replicas(
    of: OfOption,
    names: Annotated[list[str] | None, typer.Argument(help="None: wait for nobody.")] = None,
) -> None:
    """Acknowledge nothing before one of these replicas has it on its disk."""
    wait_for(of, names or [])


@replica_app.command("leave")
def leave_replica(of: OfOption, name: NameOption = "replica_1") -> None:
    """Keep no log any more for a replica that does not come back."""
    leave(of, name)


@replica_app.command("list")
def list_replicas(of: OfOption) -> None:
    """Say who follows, and how far behind."""
    for one in followers(of):
        waited = "waited for" if one.is_waited_for else "not waited for"
        far = f"{one.behind_bytes} bytes, {one.behind_s:.3f} s behind"
        typer.echo(f"{one.name}: {one.state}, {far}, {waited}")

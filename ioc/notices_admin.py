"""`ioc admin notices …`: how the ways out of the house do, and a letter to try one."""

import uuid
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc.administered import StateOption, administered
from ioc.db import transact
from ioc.errors import NotFound
from ioc.notices.model import Notice
from ioc.notices.service import book, channel_loads, put

notices_app = typer.Typer(no_args_is_help=True, help="What is told outside the screens.")

WEEK = timedelta(days=7)


@notices_app.command("list")
def list_channels(state: StateOption = None) -> None:
    """Show how each channel did in the last seven days, and its last fault."""
    with administered(state) as centre:
        loads = channel_loads(centre, centre.now() - WEEK)
    table = Table("channel", "waiting", "since", "delivered", "given up", "last fault")
    for load in loads:
        since = "" if load.oldest_at is None else load.oldest_at.isoformat(timespec="seconds")
        counts = (str(load.delivered), str(load.given_up))
        table.add_row(load.channel, str(load.waiting), since, *counts, load.fault or "")
    Console().print(table)


@notices_app.command("try")
def try_channel(
    channel: Annotated[str, typer.Argument(help="Id of a channel of notices.toml.")],
    recipient: Annotated[
        str | None, typer.Option(help="Address, where the channel needs one.")
    ] = None,
    state: StateOption = None,
) -> None:
    """Put a letter for one channel into the outbox; the timekeeper carries it out."""
    with administered(state) as centre:
        if channel not in book(centre).channels:
            raise NotFound("channel", channel)
        notice = Notice(
            topic="trial",
            about=f"channel:{channel}",
            subject="notice.trial",
            body="notice.trial_body",
            dedupe=f"trial:{uuid.uuid4()}",
            words={"channel": channel},
            channel=channel,
            recipient=recipient,
        )
        transact(centre.engine, lambda conn: put(conn, centre, notice))
    typer.echo(f"a letter waits for {channel}; ioc admin notices list shows how it fares")

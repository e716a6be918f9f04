"""`ioc admin lists …`: the registry of lists, and the second person's approval of their entries."""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ioc import audit
from ioc.administered import StateOption, administered, shell_actor
from ioc.lists import service
from ioc.lists.model import ListKind, PlateList

lists_app = typer.Typer(no_args_is_help=True, help="Lists of plates: register, approve, review.")

ListId = Annotated[str, typer.Argument(help="Id of the list.")]
ReviewDay = Annotated[
    datetime,
    typer.Option(formats=["%Y-%m-%d"], help="Day until which it need not be looked through."),
]
Approver = Annotated[
    str | None,
    typer.Option("--by", help="Who does it, as accounts are named.", show_default="the shell"),
]


@lists_app.command("register")
def register(
    list_id: ListId,
    kind: Annotated[ListKind, typer.Option(help="What its plates are.")],
    owner: Annotated[
        tuple[str, str], typer.Option(help="Who answers for it, and where its entries come from.")
    ],
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    review_on: ReviewDay,
    state: StateOption = None,
) -> None:
    """Put a list in the registry, or change what is said of one."""
    made = PlateList(list_id, kind, *owner, purpose, review_on.date())
    with administered(state) as centre:
        service.register_list(centre, made, shell_actor())
    typer.echo(f"registered {list_id} ({kind.value})")


@lists_app.command("list")
def show(state: StateOption = None) -> None:
    """Show every list: its owner, its plates, what waits, and whether it is stale."""
    table = Table("id", "kind", "owner", "source", "plates", "waiting", "loaded", "review", "")
    with administered(state) as centre:
        for one in service.registry(centre):
            loaded = one.list.loaded_at
            table.add_row(
                one.list.id,
                one.list.kind.value,
                one.list.owner,
                one.list.source,
                f"{one.approved:,}",
                f"{one.waiting:,}",
                "" if loaded is None else f"{loaded:%Y-%m-%d %H:%M}",
                one.list.review_on.isoformat(),
                "stale" if one.is_stale else "",
            )
    Console().print(table)


@lists_app.command("waiting")
def show_waiting(
    list_id: Annotated[str | None, typer.Argument(help="Id of a list.", show_default="all")] = None,
    state: StateOption = None,
) -> None:
    """Show the entries that nobody has approved yet, oldest first."""
    table = Table("ref", "list", "plate", "reason", "priority", "until", "entered by", "note")
    with administered(state) as centre:
        subject = f"list:{list_id or 'all'}"
        audit.record(centre, shell_actor(), "list_waiting_shown", subject, "approval", {})
        for entry, _ in service.waiting(centre, list_id):
            table.add_row(
                entry.ref,
                entry.list,
                entry.plate,
                entry.reason.value,
                entry.priority or "",
                f"{entry.valid_until:%Y-%m-%d}",
                entry.entered_by,
                entry.note or "",
            )
    Console().print(table)


@lists_app.command("approve")
def approve(
    list_id: ListId,
    ref: Annotated[
        list[str] | None, typer.Option(help="Entries meant; repeat for more; none = all.")
    ] = None,
    by: Approver = None,
    state: StateOption = None,
) -> None:
    """Approve entries that another person entered; nobody approves what is their own."""
    with administered(state) as centre:
        approved = service.approve(centre, list_id, by or shell_actor(), ref or None)
    typer.echo(f"approved {len(approved):,} entries")


@lists_app.command("withdraw")
def withdraw(
    ref: Annotated[str, typer.Argument(help="Ref of the entry.")],
    note: Annotated[str, typer.Option(help="Why.")],
    by: Approver = None,
    state: StateOption = None,
) -> None:
    """Take a vehicle off its list."""
    with administered(state) as centre:
        service.withdraw(centre, ref, by or shell_actor(), note)
    typer.echo(f"withdrawn {ref}")


@lists_app.command("review")
def review(list_id: ListId, until: ReviewDay, state: StateOption = None) -> None:
    """Say that the owner has looked through a list, and when he must again."""
    with administered(state) as centre:
        service.review_list(centre, list_id, until.date(), shell_actor())
    typer.echo(f"{list_id}: next review on {until:%Y-%m-%d}")

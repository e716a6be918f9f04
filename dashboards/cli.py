"""Serve the pages people look at."""

import gc
import sys
from typing import Annotated

import typer

from ioc.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def dashboards() -> None:
    """Serve the pages people look at: wall, desks, briefing."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 = any free one.")] = 8050,
    *,
    spare: Annotated[
        bool, typer.Option("--spare", help="Load everything, then wait for a line on stdin.")
    ] = False,
) -> None:
    """Serve wall, desks and briefing until told to stop."""
    # What is loaded stays: looking through it for garbage would take a sixth of the start, and then
    # a part of every round (dashboards.server ends the rest).
    gc.disable()
    from dashboards.server import serve as serve_pages

    # Loaded is the program, not the city: what was changed there meanwhile is read when it serves.
    if spare and not sys.stdin.readline():
        return
    serve_pages(load_settings(), host, port)

"""Take in what comes from outside: serve the API, import files, simulate camera boxes.

`ioc ingest serve` and `ioc ingest import` need a centre, `ioc ingest simulate` the address of one.
"""

from typing import Annotated

import typer

from ioc.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def ingest() -> None:
    """Take in what comes from outside: API, files, simulated camera boxes."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the API; 0 = any free one.")] = 8060,
) -> None:
    """Serve the HTTP API; its description is at /docs."""
    from ingest.server import serve as serve_api

    serve_api(load_settings(), host, port)

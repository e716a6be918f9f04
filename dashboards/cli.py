"""`ioc dashboards`: serve the pages, and make the address of a display."""

import typer
import uvicorn

from dashboards.app import create_app
from dashboards.auth import screen_token
from ioc.centre import open_centre
from ioc.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The pages people look at.")

# Screens hold their sockets open for days: a stop must not wait for them.
GRACE_S = 2


@app.command()
def serve(
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8050, min=0, max=65535, help="Port to listen on."),
) -> None:
    """Serve wall, desks and briefing until told to stop."""
    with open_centre(load_settings()) as centre:
        uvicorn.run(
            create_app(centre),
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_S,
        )


@app.command()
def screen(name: str = typer.Argument(help="The display, e.g. lobby-left.")) -> None:
    """Print the path that opens the wall on a display nobody signs in at."""
    with open_centre(load_settings()) as centre:
        typer.echo(f"/wall?screen={screen_token(centre, name)}")

"""The centre an administrator's command works on: the configured one, or a demo's by its folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ioc.centre import Centre, open_centre
from ioc.embedded.stores import join_stores
from ioc.settings import load_settings

StateOption = Annotated[
    Path | None, typer.Option("--state", help="Folder of a demo, running or not, to work on.")
]


def shell_actor() -> str:
    """Return who is at the shell, as the audit names it."""
    return f"shell:{os.environ.get('USER', 'unknown')}"


@contextmanager
def administered(state: Path | None) -> Iterator[Centre]:
    """Open the centre of the demo in `state`; without one, that of the environment.

    Raises:
        Unavailable: a store does not answer, or another process holds the folder without stores.
        InvalidInput: a variable or the folder is wrong.
    """
    if state is None:
        with open_centre(load_settings()) as centre:
            yield centre
        return
    with join_stores(state) as stores:
        known = stores.state.runtime().get("as_of")
        day = {"IOC_AS_OF": str(known)} if known else {}
        settings = load_settings({**os.environ, **day, **stores.demo_environment()})
        with open_centre(settings) as centre:
            yield centre

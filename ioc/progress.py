"""What a start-up says of itself on the terminal, step by step, beside any output proper."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(stderr=True, highlight=False)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show that `name` is being done, then how long it took; a failure is left to the caller."""
    started = time.monotonic()
    with console.status(name):
        yield
    console.print(f"[green]✓[/green] {name} [dim]{time.monotonic() - started:.1f} s[/dim]")

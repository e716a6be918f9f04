"""The `ioc` command: hands over to the package that owns the command.

Every command is an entry point of the group `ioc.commands`, a Typer app. Only the chosen one is
imported: `ioc --help` stays fast, and the core imports none of the edges. This is the only dynamic
import of the tree.
"""

import ast
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points, version
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ioc.errors import InvalidInput, IocError
from ioc.logs import set_up_logs
from ioc.traces import set_up_traces

GROUP = "ioc.commands"
FAILED, MISUSED, INTERRUPTED = 1, 2, 130


class Commands(TyperGroup):
    """The commands of all installed packages, imported one by one when asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted(_entry_points())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the package that owns `cmd_name` and return its command; None when nobody does."""
        found = _entry_points().get(cmd_name)
        return None if found is None else get_command(found.load())

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands without importing one of them."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, _purpose(at)) for name, at in sorted(_entry_points().items())]
            )


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(*, is_asked: bool) -> None:
    if is_asked:
        print(version("open-ioc"))
        raise typer.Exit


@app.callback()
def ioc(
    *,
    _version: bool = typer.Option(
        False,
        "--version",
        help="Print the version and leave.",
        is_eager=True,
        callback=lambda value: _print_version(is_asked=value),
    ),
) -> None:
    """The operations centre of a city that controls who and what comes in."""


def root_command() -> Any:
    """Return the whole command tree, for those who walk it."""
    return get_command(app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 misused, 130 interrupted."""
    try:
        set_up_logs(os.environ)
        words = sys.argv[1:] if argv is None else argv
        set_up_traces(words[0] if words else "ioc", os.environ)
        root_command()(args=None if argv is None else list(argv), prog_name="ioc")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else FAILED
    except InvalidInput as fault:
        print(f"ioc: {fault}", file=sys.stderr)
        return MISUSED
    except IocError as fault:
        print(f"ioc: {fault}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _entry_points() -> dict[str, EntryPoint]:
    return {found.name: found for found in entry_points(group=GROUP)}


def _purpose(found: EntryPoint) -> str:
    """Return the first line of what a command's module says of itself, read, not imported."""
    spec = importlib.util.find_spec(found.module)
    if spec is None or spec.origin is None:
        return "not installed completely"
    text = Path(spec.origin).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main())

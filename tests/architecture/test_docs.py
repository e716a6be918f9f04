"""What the documentation shows is true: commands parse, `run` blocks run, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from ioc.cli import root_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)")


def blocks(page: Path) -> list[tuple[str, str]]:
    text = page.read_text(encoding="utf-8")
    return [(match["info"].strip(), match["body"]) for match in BLOCK.finditer(text)]


def shown_commands() -> list[str]:
    found = set()
    for page in PAGES:
        for info, body in blocks(page):
            if info.split(" ")[0] not in ("sh", "bash", "console"):
                continue
            for line in body.replace("\\\n", " ").splitlines():
                command = line.removeprefix("$ ").strip()
                if command.startswith("ioc "):
                    found.add(command)
    return sorted(found)


def runnable() -> list[tuple[Path, str]]:
    return [(page, body) for page in PAGES for info, body in blocks(page) if info == "sh run"]


@pytest.mark.parametrize("command", shown_commands())
def test_a_command_shown_parses(command: str) -> None:
    """Every word of it is known to the command line: parsed, not carried out."""
    words = shlex.split(re.sub(r"\s[|>&].*$", "", command))[1:]
    node, context = root_command(), None
    while hasattr(node, "commands") or hasattr(node, "get_command"):
        context = node.make_context("ioc", list(words), parent=context, resilient_parsing=True)
        stands_alone = node.invoke_without_command and words[:1] and words[0].startswith("-")
        if stands_alone or all(word.startswith("-") for word in words):
            break
        name, child, words = node.resolve_command(context, words)
        assert child is not None, name
        node = child
        if not hasattr(node, "get_command"):
            break
    options = {opt for param in node.params for opt in [*param.opts, *param.secondary_opts]} | {
        "--help"
    }
    unknown = [
        word for word in words if word.startswith("--") and word.split("=")[0] not in options
    ]
    assert not unknown


@pytest.mark.parametrize(("page", "body"), runnable(), ids=lambda value: getattr(value, "name", ""))
def test_a_block_marked_run_runs(page: Path, body: str, tmp_path: Path) -> None:
    bin_dir = Path(sys.executable).parent
    run = subprocess.run(
        ["bash", "-eu", "-c", body],
        cwd=ROOT,
        env={
            "PATH": f"{bin_dir}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "IOC_STATE": str(tmp_path / "state"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not [link for link in LINK.findall(text) if not (page.parent / link).exists()]


def leaves(command: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    names = getattr(command, "list_commands", None)
    if names is None:
        return [path]
    context = typer.Context(command)  # type: ignore[arg-type]
    found = [path] if path else []
    for name in names(context):
        found += leaves(command.get_command(context, name), (*path, name))  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("path", leaves(root_command()), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    node = root_command()
    for name in path:
        node = node.get_command(typer.Context(node), name)  # type: ignore[attr-defined]
    assert (node.help or "").strip(), f"ioc {' '.join(path)} says nothing of itself"
    for param in node.params:
        if param.param_type_name == "option" and not getattr(param, "hidden", False):
            assert getattr(param, "help", None), (
                f"ioc {' '.join(path)} {param.opts[0]} says nothing"
            )


def test_the_help_of_the_root_runs() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("ioc"), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0
    assert "vision" in run.stdout

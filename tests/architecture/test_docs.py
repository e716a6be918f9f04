"""What the documentation shows is true: commands parse, `run` blocks run, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ioc.cli import root_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)")

# `ioc.people.service.decide`: a module, or a name that stands in one.
# Units of systemd and groups of entry points look like it.
OTHERS = (".env", ".target", ".service", ".checks", "_checks")
NAMED = re.compile(r"`((?:ioc|vision|ingest|dashboards)(?:\.\w+)+)`")


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


def commands_under(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a command and every one below it, each with its words."""
    yield path, command
    context = typer.Context(command)
    for name in getattr(command, "list_commands", lambda _: ())(context):
        yield from commands_under(command.get_command(context, name), f"{path} {name}".strip())


@pytest.fixture(scope="module")
def known() -> Mapping[str, Any]:
    """Every command by its words; the whole is an empty text."""
    return dict(commands_under(root_command()))


def test_every_command_shown_parses(known: Mapping[str, Any]) -> None:
    """Every word of each is known to the command line: parsed, not carried out."""
    commands = shown_commands()
    assert len(commands) > 90
    wrong = {command: unknown_words(known, command) for command in commands}
    assert not {command: words for command, words in wrong.items() if words}


def unknown_words(known: Mapping[str, Any], command: str) -> list[str]:
    """Return what the command line does not know of a command: a name, or options."""
    path, words = "", shlex.split(re.sub(r"\s[|>&].*$", "", command))[1:]
    while hasattr(known[path], "commands") and words and not words[0].startswith("-"):
        path, words = f"{path} {words[0]}".strip(), words[1:]
        if path not in known:
            return [path]
    node = known[path]
    if hasattr(node, "commands") and not node.invoke_without_command:
        named = [word for word in words if not word.startswith("-")]
        if named:
            return words
    options = {opt for param in node.params for opt in [*param.opts, *param.secondary_opts]} | {
        "--help"
    }
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in options]


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


def test_links_lead_somewhere() -> None:
    links = [
        (str(page.relative_to(ROOT)), link, page.parent / link)
        for page in PAGES
        for link in LINK.findall(page.read_text(encoding="utf-8"))
    ]
    assert len(links) > 60
    assert not [(page, link) for page, link, target in links if not target.exists()]


def test_links_within_a_page_lead_to_a_heading() -> None:
    wrong = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        heads = {_anchor(head) for head in re.findall(r"^#+ (.+)$", text, re.M)}
        wrong += [(page.name, at) for at in re.findall(r"\]\(#([^)]+)\)", text) if at not in heads]
    assert not wrong


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_part_of_the_code_that_a_page_names_is_there() -> None:
    wrong = [
        (page.name, name)
        for page in PAGES
        for name in NAMED.findall(page.read_text(encoding="utf-8"))
        if not name.endswith(OTHERS) and not _is_there(name)
    ]
    assert not wrong


def _is_there(name: str) -> bool:
    """Tell whether a dotted name is a module, a folder, or stands in the module before it."""
    *way, last = name.split(".")
    at = ROOT.joinpath(*way, last)
    if at.is_dir() or at.with_suffix(".py").exists():
        return True
    *above, owner = way
    for file in (ROOT.joinpath(*way).with_suffix(".py"), ROOT.joinpath(*above).with_suffix(".py")):
        if file.exists():
            wanted = last if file.stem == owner else owner
            return re.search(rf"\b{wanted}\b", file.read_text(encoding="utf-8")) is not None
    return False


def test_every_command_has_help(known: Mapping[str, Any]) -> None:
    below = {words: node for words, node in known.items() if words}
    assert len(below) > 100
    assert not [words for words, node in below.items() if not (node.help or "").strip()]
    silent = [
        f"{words} {param.opts[0]}"
        for words, node in below.items()
        for param in node.params
        if param.param_type_name == "option" and not getattr(param, "hidden", False)
        if not getattr(param, "help", None)
    ]
    assert not silent


def test_the_help_of_the_root_runs() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("ioc"), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0
    assert "vision" in run.stdout

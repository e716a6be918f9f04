"""The shape of the house: contracts, file length, docstrings, one dynamic import."""

import ast
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.architecture.sources import FILES, MODULES, ROOT, name_of, nodes_of, text_of, tree_of

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "extras"}
FORBIDDEN_ENDINGS = ("Manager", "Handler", "Processor", "Util", "Helper")
VIETNAMESE = set("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")


def test_a_file_is_short_and_says_what_it_is() -> None:
    starts = [path for path in FILES if path.name == "__init__.py"]
    said = [path for path in FILES if path.name != "__init__.py"]
    lines = {name_of(path): len(text_of(path).splitlines()) for path in FILES}
    assert not {name: n for name, n in lines.items() if n > 300}
    assert not [name_of(path) for path in starts if text_of(path)], "import what defines it"
    silent = [name_of(path) for path in said if not ast.get_docstring(tree_of(path))]
    assert not silent, "a module says in a sentence what it is"
    assert len(FILES) > 700


def test_names_say_what_a_thing_is() -> None:
    assert not [name_of(path) for path in MODULES if path.stem in FORBIDDEN_NAMES]
    classes = {
        (name_of(path), node.name)
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.ClassDef)
    }
    assert not [one for one in classes if one[1].endswith(FORBIDDEN_ENDINGS)]


def test_the_only_dynamic_import_is_the_command_line() -> None:
    calls = {
        (name_of(path), ast.unparse(node.func))
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__")
    }
    assert not [call for call in calls if call[0] != "ioc/cli.py"]


def test_words_for_people_stand_in_config() -> None:
    """Vietnamese letters in code mean a word on a screen that no switch can turn to English."""
    # A single letter is a character of a grammar (Đ of a plate), not a word.
    found = {
        name_of(path): [
            text for text in texts(path) if len(text) > 2 and VIETNAMESE & set(text.lower())
        ]
        for path in MODULES
    }
    assert not {name: words for name, words in found.items() if words}


def texts(path: Path) -> list[str]:
    """Return every text of a file but its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in nodes_of(path)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in nodes_of(path)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_the_import_contracts_are_kept() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_command_of_the_entry_points_loads() -> None:
    commands = {point.name: point.load() for point in entry_points(group="ioc.commands")}
    assert {"admin", "up", "timekeeper", "vision", "ingest", "dashboards"} <= set(commands)

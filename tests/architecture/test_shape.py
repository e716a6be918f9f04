"""The shape of the house: contracts, file length, docstrings, one dynamic import."""

import ast
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ioc", "vision", "ingest", "dashboards")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
MODULES = [file for file in FILES if file.name != "__init__.py" and "versions" not in file.parts]
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "extras"}
FORBIDDEN_ENDINGS = ("Manager", "Handler", "Processor", "Util", "Helper")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    if path.name == "__init__.py":
        assert not text, "import from the file that defines"
    else:
        assert ast.get_docstring(ast.parse(text)), "a module says in a sentence what it is"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert not [name for name in classes if name.endswith(FORBIDDEN_ENDINGS)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_only_dynamic_import_is_the_command_line(path: Path) -> None:
    if name_of(path) == "ioc/cli.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__")
    ]
    assert not calls


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_words_for_people_stand_in_config(path: Path) -> None:
    """Vietnamese letters in code mean a word on a screen that no switch can turn to English."""
    vietnamese = set("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]
    # A single letter is a character of a grammar (Đ of a plate), not a word.
    assert not [text for text in texts if len(text) > 2 and vietnamese & set(text.lower())]


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

"""The files of the product, each read and parsed once for all that is asked of them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ioc", "vision", "ingest", "dashboards")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
WRITTEN = [file for file in FILES if "versions" not in file.parts]
MODULES = [file for file in WRITTEN if file.name != "__init__.py"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a file, in the order of ast.walk."""
    return tuple(ast.walk(tree_of(path)))

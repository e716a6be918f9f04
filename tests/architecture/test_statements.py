"""No statement of SQL is put together from what somebody sent; nothing runs what somebody wrote."""

import ast
from pathlib import Path

from tests.architecture.sources import WRITTEN, name_of, nodes_of

# Statements put together while the program runs, each of parts of our own: what they are.
MADE = {
    "ioc/contents.py": "names of tables that the store tells",
    "ioc/db.py": "the tables that a migration locks, and for how long, of constants beside it",
    "ioc/distribution.py": "tables and keys that the module declares",
    "ioc/doctor/store.py": "names of settings of PostgreSQL, of a tuple beside it",
    "ioc/rights.py": "roles and rights of the table beside it",
    "ioc/holds/store.py": "tables and conditions that rules.py and holdings.py declare",
    "ioc/listing.py": "columns and orders that a list declares; what is asked for is looked up",
    "ioc/restoring.py": "tables of a tuple beside it, columns that the store names",
    "ioc/subjects/store.py": "conditions that holdings.py declares",
}
CALLS = {
    *("eval", "exec", "compile", "os.system", "os.popen", "tempfile.mktemp"),
    *("pickle.loads", "pickle.load", "marshal.loads", "shelve.open"),
    *("yaml.load", "yaml.unsafe_load"),
}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in nodes_of(path) if isinstance(node, ast.Call)]


def within_functions(path: Path) -> list[ast.Call]:
    """Return the calls of a file that are made while it runs, not when it is read."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    return [
        inner
        for node in nodes_of(path)
        if isinstance(node, functions)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call)
    ]


def test_a_statement_is_text_of_ours_and_values_are_bound() -> None:
    made = {
        name_of(path): [
            ast.unparse(call.args[0])
            for call in within_functions(path)
            if ast.unparse(call.func) in ("text", "sa.text", "sqlalchemy.text")
            and call.args
            and not isinstance(call.args[0], ast.Constant)
        ]
        for path in WRITTEN
    }
    assert {name for name, found in made.items() if found} == set(MADE), made


def test_nothing_runs_text_and_no_shell_is_asked() -> None:
    found = {name_of(path): calls(path) for path in WRITTEN}
    run = {name: [c for c in made if ast.unparse(c.func) in CALLS] for name, made in found.items()}
    shells = {
        name: [c for c in made if any(word.arg == "shell" for word in c.keywords)]
        for name, made in found.items()
    }
    assert not [name for name, made in run.items() if made or shells[name]]

"""What is not folded is asked for by the words of its index: others read the whole of the tally."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OTHERWISE = re.compile(r"\bn\s*(<>|!=)\s*(\w+\.)?folded")


def test_no_statement_asks_otherwise() -> None:
    files = [file for file in (ROOT / "ioc").rglob("*.py") if "migrations" not in file.parts]
    assert [file.name for file in files if OTHERWISE.search(file.read_text("utf-8"))] == []
    assert OTHERWISE.search("t.n <> t.folded AND t.n > 0")

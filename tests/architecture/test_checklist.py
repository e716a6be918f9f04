"""The security checklist is true to the tests: each that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security-checklist.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
LINE = re.compile(r"^\| (V\d[^|]*) \| ([^|]+) \| ([^|]+) \|$", re.M)


def lines() -> list[tuple[str, ...]]:
    return LINE.findall(PAGE.read_text(encoding="utf-8"))


def test_every_test_that_is_named_is_there() -> None:
    gone = [
        f"{file}::{name}"
        for file, name in NAMED.findall(PAGE.read_text(encoding="utf-8"))
        if not (ROOT / file).exists()
        or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert not gone


def test_a_line_is_shown_by_a_test_or_a_page_or_says_that_it_does_not_hold() -> None:
    found = lines()
    assert len(found) > 80
    for ids, says, shown in found:
        is_shown = NAMED.search(shown) or re.search(r"\]\([^)]+\)", shown)
        assert is_shown or "does not hold" in says, ids


def test_a_line_stands_once() -> None:
    """Ranges are opened: V3.4.4-6 is three lines."""
    seen: list[str] = []
    for ids, *_ in lines():
        for part in ids.split(", "):
            head, _, last = part.strip().partition("-")
            stem, _, number = head.rpartition(".")
            ends = int(last or number)
            seen += [f"{stem}.{n}" for n in range(int(number), ends + 1)]
    assert not [one for one in seen if seen.count(one) > 1]

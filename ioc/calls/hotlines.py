"""The hotlines of a city, read from hotlines.toml."""

from collections.abc import Iterator
from pathlib import Path

from ioc.calls.model import Hotline, HotlineBranch, Hotlines, HotlineTopic
from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.reports.offered import Catalogue

FILE = "hotlines.toml"
NONE = Hotlines({}, {}, {})


def read_hotlines(folder: Path, catalogue: Catalogue) -> tuple[Hotlines, list[ConfigFault]]:
    """Return the hotlines of a city's folder, and every fault found in it."""
    faults: list[ConfigFault] = []
    document = read_toml(folder / FILE, faults)
    if document is None:
        return NONE, faults
    document.root().only(("line", "branch", "topic"))
    lines = {line.id: line for line in _lines(document)}
    branches: dict[tuple[str, str], HotlineBranch] = {}
    for entry in document.tables("branch"):
        entry.only(("line", "id", "vi", "en", "service"))
        words = entry.text("line"), entry.text("id"), entry.text("vi"), entry.text("en")
        branch = HotlineBranch(*words, _service(entry, catalogue))
        if branch.line not in lines:
            entry.fault("line", f"there is no line {branch.line!r}")
        if (branch.line, branch.id) in branches:
            entry.fault("id", f"{branch.id!r} stands twice on {branch.line}")
        branches[branch.line, branch.id] = branch
    topics = {topic.id: topic for topic in _topics(document, catalogue)}
    return Hotlines(lines, branches, topics), faults


def _lines(document: Document) -> Iterator[Hotline]:
    seen: set[str] = set()
    for entry in document.tables("line"):
        entry.only(("id", "vi", "en"))
        line = Hotline(entry.text("id"), entry.text("vi"), entry.text("en"))
        if line.id and not (line.id.isascii() and line.id.isdigit()):
            entry.fault("id", f"{line.id!r} is no number: digits only")
        _once(entry, line.id, seen)
        yield line


def _topics(document: Document, catalogue: Catalogue) -> Iterator[HotlineTopic]:
    seen: set[str] = set()
    for entry in document.tables("topic"):
        entry.only(("id", "vi", "en", "service"))
        words = entry.text("id"), entry.text("vi"), entry.text("en")
        topic = HotlineTopic(*words, _service(entry, catalogue))
        _once(entry, topic.id, seen)
        yield topic


def _once(entry: Entry, value: str, seen: set[str]) -> None:
    if value in seen:
        entry.fault("id", f"{value!r} stands twice")
    seen.add(value)


def _service(entry: Entry, catalogue: Catalogue) -> str | None:
    code = entry.optional("service")
    if code is not None and code not in catalogue.services:
        entry.fault("service", f"there is no service {code!r}")
    return code

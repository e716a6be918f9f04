"""The hotlines of a city, read from hotlines.toml."""

from pathlib import Path

from ioc.calls.model import Hotline, HotlineBranch, Hotlines, HotlineTopic
from ioc.config import Entry
from ioc.document import read_toml
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
    lines: dict[str, Hotline] = {}
    for entry in document.tables("line"):
        entry.only(("id", "vi", "en"))
        line = Hotline(entry.text("id"), entry.text("vi"), entry.text("en"))
        if line.id and not (line.id.isascii() and line.id.isdigit()):
            entry.fault("id", f"{line.id!r} is no number: digits only")
        if line.id in lines:
            entry.fault("id", f"{line.id!r} stands twice")
        lines[line.id] = line
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
    topics: dict[str, HotlineTopic] = {}
    for entry in document.tables("topic"):
        entry.only(("id", "vi", "en", "service"))
        words3 = entry.text("id"), entry.text("vi"), entry.text("en")
        topic = HotlineTopic(*words3, _service(entry, catalogue))
        if topic.id in topics:
            entry.fault("id", f"{topic.id!r} stands twice")
        topics[topic.id] = topic
    return Hotlines(lines, branches, topics), faults


def _service(entry: Entry, catalogue: Catalogue) -> str | None:
    code = entry.optional("service")
    if code is not None and code not in catalogue.services:
        entry.fault("service", f"there is no service {code!r}")
    return code

"""feeds.toml of a city: which platforms are polled, read and checked; keys are not in it."""

from datetime import timedelta
from pathlib import Path

from ingest.files.kinds import Kind
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.feeds.model import Feed

FEED = ("id", "kind", "url", "source", "every_s", "limit", "fields")
DAY_S = 86_400
MOST = 1_000


def load_feeds(file: Path) -> list[Feed]:
    """Return the feeds of a city; none where there is no such file.

    Raises:
        ConfigFault: the file is wrong; of many faults the first.
    """
    feeds, faults = read_feeds(file)
    if faults:
        raise faults[0]
    return feeds


def read_feeds(file: Path) -> tuple[list[Feed], list[ConfigFault]]:
    """Return the feeds of a city and every fault of the file; no file is no feed."""
    faults: list[ConfigFault] = []
    if not file.exists():
        return [], faults
    document = read_toml(file, faults)
    if document is not None:
        document.root().only(("feed",))
    feeds: dict[str, Feed] = {}
    for entry in () if document is None else document.tables("feed"):
        entry.only(FEED)
        name, url = entry.text("id"), entry.text("url")
        if not url.startswith(("http://", "https://")):
            entry.fault("url", f"{url!r} must begin with http:// or https://")
        if name in feeds:
            entry.fault("id", f"{name} stands twice")
        fields = entry.values.get("fields", {})
        if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
            entry.fault("fields", "is a table of their names and ours")
            fields = {}
        feeds[name] = Feed(
            name,
            entry.choice("kind", Kind).value,
            url,
            entry.text("source"),
            timedelta(seconds=entry.number("every_s", 1, DAY_S)),
            entry.count("limit", 1, MOST) if "limit" in entry.values else MOST // 2,
            fields,
        )
    return list(feeds.values()), faults

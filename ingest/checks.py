"""What `ioc admin check-config` asks of ingest: the files of a city that nobody else reads."""

from pathlib import Path

from ingest.feeds.catalogue import read_feeds
from ingest.names import read_names
from ingest.simulator.people import FILE as PEOPLE
from ingest.simulator.people import read_people
from ingest.simulator.rhythm import NOTHING, Known, read_habits
from ingest.simulator.totals import read_totals
from ioc.errors import ConfigFault
from ioc.vocabulary import Vocabulary

RHYTHM, REPLAY, FEEDS, COLUMNS = "rhythm.toml", "replay.toml", "feeds.toml", "columns.toml"


def config_faults(folder: Path, known: Vocabulary | None) -> list[ConfigFault]:
    """Return the faults of made-up people, of what they do, of replays, feeds and columns."""
    faults: list[ConfigFault] = []
    if (folder / PEOPLE).exists():
        faults += read_people(folder)[1]
    if (folder / RHYTHM).exists():
        words: Known = NOTHING if known is None else vars(known)
        faults += read_habits(folder / RHYTHM, words)[1]
    if (folder / REPLAY).exists():
        faults += read_totals(folder / REPLAY)[1]
    return [*faults, *read_feeds(folder / FEEDS)[1], *read_names(folder.parent / COLUMNS)[1]]

"""The kinds of tests of a city: tests.toml read, every fault named."""

import re
from datetime import timedelta
from pathlib import Path

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.samples.model import Makes, SampleBook, SampleKind

FILE = "tests.toml"
KIND = ("id", "name", "also", "pool", "positive", "negative_hours", "loinc", "source")
NOTHING = SampleBook({}, {}, ".*", timedelta(0), timedelta(0), timedelta(0))


def read_tests(folder: Path) -> tuple[SampleBook, list[ConfigFault]]:
    """Return the kinds of tests of a city's folder and every fault of it; no file is no kind."""
    faults: list[ConfigFault] = []
    if not (folder / FILE).exists():
        return NOTHING, faults
    document = read_toml(folder / FILE, faults)
    if document is None:
        return NOTHING, faults
    document.root().only(("tube", "case", "day", "kind"))
    return _book(document), faults


def _book(document: Document) -> SampleBook:
    tube, case, day = (document.table(name) for name in ("tube", "case", "day"))
    tube.only(("days", "barcode"))
    case.only(("days",))
    day.only(("closes_hours",))
    barcode = tube.text("barcode")
    try:
        re.compile(barcode)
    except re.error as fault:
        tube.fault("barcode", f"is no pattern: {fault}")
        barcode = ".*"
    kinds: dict[str, SampleKind] = {}
    names: dict[str, SampleKind] = {}
    for entry in document.tables("kind"):
        kind = _kind(entry)
        for word in (kind.id, *kind.also):
            if names.setdefault(word.casefold(), kind) is not kind:
                entry.fault("also", f"{word!r} is another kind already")
        kinds[kind.id] = kind
    return SampleBook(
        kinds=kinds,
        names=names,
        barcode=barcode,
        tube=timedelta(days=tube.count("days", 1, 3650)),
        case=timedelta(days=case.count("days", 1, 3650)),
        closes=timedelta(hours=day.count("closes_hours", 0, 240)),
    )


def _kind(entry: Entry) -> SampleKind:
    entry.only(KIND)
    return SampleKind(
        id=entry.text("id"),
        name=entry.text("name"),
        also=entry.texts("also") if "also" in entry.values else (),
        pool=entry.count("pool", 1, 100),
        makes=entry.choice("positive", Makes),
        negative_holds=timedelta(hours=entry.count("negative_hours", 0, 8760)),
        loinc=entry.optional("loinc"),
        source=entry.text("source"),
    )

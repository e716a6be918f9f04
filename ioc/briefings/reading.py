"""A city's briefing.toml, read and checked: every fault is named with its line."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

from ioc.briefings.book import (
    AlertRule,
    BriefingBook,
    FigureRule,
    Recipient,
    SignRule,
    SourceRule,
    Texts,
    UnusualRule,
    Whole,
)
from ioc.briefings.model import FigureChart, FigureContext, FigureKind, RuleKind, Stage
from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault

FILE = "briefing.toml"
FIGURE = (
    *("id", "kind", "metrics", "less", "against", "since", "part", "source", "chart", "context"),
    *("desk", "vi", "en", "unit_vi", "unit_en"),
)
DESK = re.compile(
    r"/(entries|scans|health|reports|cameras)(\?[a-z_]+=[a-z{}_-]+(&[a-z_]+=[a-z{}_-]+)*)?"
)
RULE = ("id", "kind", "figure", "over", "percent", "least", "weight")
ROOT = (
    *("cut_off", "days", "band_days", "suppress_under", "amend_days", "missed_minutes", "send_at"),
    *("subject", "centre", "source", "figure", "map", "alert", "milestones", "milestone", "rule"),
    *("sign", "recipient"),
)


def read_briefing(folder: Path) -> tuple[BriefingBook | None, list[ConfigFault]]:
    """Return what the city of `folder` wants on its report, and every fault of its file.

    None where there is no file, or where it cannot be used: half a report would be another one.
    """
    faults: list[ConfigFault] = []
    if not (folder / FILE).exists():
        return None, faults
    document = read_toml(folder / FILE, faults)
    if document is None:
        return None, faults
    book = _book(document)
    _names(document, book)
    return (None if faults else book), faults


def _book(document: Document) -> BriefingBook:
    root = document.root()
    root.only(ROOT)
    drawn = document.table("map")
    drawn.only(("figure", "steps", "vi", "en"))
    title = document.table("milestones") if "milestones" in root.values else None
    return BriefingBook(
        cut_off=_time(root, "cut_off"),
        send_at=_time(root, "send_at"),
        days=root.count("days", 2, 59),
        band_days=root.count("band_days", 4, 56),
        suppress_under=root.count("suppress_under", 0, 100),
        amended=timedelta(days=root.count("amend_days", 1, 31)),
        missed=timedelta(minutes=root.count("missed_minutes", 0, 1440)),
        subject=_texts(document.table("subject")),
        centre=_texts(document.table("centre")),
        sources=tuple(_source(entry) for entry in document.tables("source")),
        figures=tuple(_figure(entry) for entry in document.tables("figure")),
        map_figure=drawn.text("figure"),
        map_steps=drawn.counts("steps", 1, 1_000_000),
        map_title=_texts(drawn),
        alerts=tuple(_alert(entry) for entry in document.tables("alert")),
        milestones=tuple(
            (_texts(entry), entry.count("n", 0, 10**9)) for entry in document.tables("milestone")
        ),
        milestones_title=Texts() if title is None else _texts(title),
        rules=tuple(_rule(entry) for entry in document.tables("rule")),
        signs=tuple(_sign(entry) for entry in document.tables("sign")),
        recipients=tuple(_recipient(entry) for entry in document.tables("recipient")),
    )


def _names(document: Document, book: BriefingBook) -> None:
    """Note names that lead nowhere, and what stands there twice."""
    figures, sources = {one.id for one in book.figures}, {one.id for one in book.sources}
    for table, known in (("figure", figures), ("source", sources)):
        seen: set[str] = set()
        for entry in document.tables(table):
            name = str(entry.values.get("id"))
            if name in seen:
                entry.fault("id", f"{name!r} stands twice")
            seen.add(name)
            source = entry.values.get("source")
            if table == "figure" and source not in sources:
                entry.fault("source", f"there is no [[source]] {source!r}")
        if not known:
            document.root().fault(table, f"has no [[{table}]]")
    for entry in [document.table("map"), *document.tables("rule")]:
        if entry.values.get("figure") not in figures:
            entry.fault("figure", f"there is no [[figure]] {entry.values.get('figure')!r}")


def _source(entry: Entry) -> SourceRule:
    entry.only(("id", "metrics", "places", "vi", "en", "short_vi", "short_en"))
    places = entry.choice("places", Whole) if "places" in entry.values else Whole.NOTHING
    short = Texts(entry.text("short_vi"), entry.text("short_en"))
    return SourceRule(entry.text("id"), entry.texts("metrics"), places, _texts(entry), short)


def _figure(entry: Entry) -> FigureRule:
    entry.only(FIGURE)
    kind, since = entry.choice("kind", FigureKind), entry.day("since")
    if since is not None and kind is not FigureKind.TOTAL:
        entry.fault("since", "only a total begins on a day")
    lists: Mapping[str, tuple[str, ...]] = {
        name: entry.texts(name) if name in entry.values else ()
        for name in ("less", "against", "part")
    }
    has_context = "context" in entry.values
    return FigureRule(
        id=entry.text("id"),
        kind=kind,
        metrics=entry.texts("metrics"),
        source=entry.text("source"),
        chart=entry.choice("chart", FigureChart),
        context=entry.choice("context", FigureContext) if has_context else FigureContext.NOTHING,
        name=_texts(entry),
        unit=Texts(entry.text("unit_vi"), entry.text("unit_en")),
        less=lists["less"],
        against=lists["against"],
        part=lists["part"],
        since=since,
        desk=_desk(entry),
    )


def _desk(entry: Entry) -> str | None:
    desk = entry.optional("desk")
    if desk and not DESK.fullmatch(desk):
        entry.fault("desk", f"{desk!r} is no page with its filter, like /scans?day={{day}}")
        return None
    return desk


def _rule(entry: Entry) -> UnusualRule:
    entry.only(RULE)
    values = {"over": 7, "percent": 0, "least": 0, "weight": 1.0, **entry.values}
    filled = Entry(entry.file, entry.line, values, entry.faults, entry.lines)
    return UnusualRule(
        id=filled.text("id"),
        kind=filled.choice("kind", RuleKind),
        figure=filled.text("figure"),
        over=filled.count("over", 1, 56),
        share=filled.number("percent", 0, 1000) / 100,
        least=filled.count("least"),
        weight=filled.number("weight", 0.01, 100),
    )


def _sign(entry: Entry) -> SignRule:
    entry.only(("stage", "role", "vi", "en"))
    return SignRule(entry.choice("stage", Stage), entry.text("role"), _texts(entry))


def _alert(entry: Entry) -> AlertRule:
    entry.only(("reasons", "class", "vi", "en"))
    return AlertRule(entry.texts("reasons"), entry.optional("class"), _texts(entry))


def _recipient(entry: Entry) -> Recipient:
    entry.only(("channel", "address", "vi", "en"))
    address = entry.optional("address")
    if address and not (address.startswith("IOC_") and address.replace("_", "").isalnum()):
        entry.fault("address", "names an environment variable that begins with IOC_, nothing else")
    return Recipient(entry.text("channel"), _texts(entry), address)


def _texts(entry: Entry) -> Texts:
    return Texts(entry.text("vi"), entry.text("en"))


def _time(entry: Entry, name: str) -> time:
    value = entry.text(name)
    try:
        return time.fromisoformat(value)
    except ValueError:
        entry.fault(name, f"{value!r} is no time of day like 06:00")
        return time(6)

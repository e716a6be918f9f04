"""The vaccines of a city: vaccines.toml read, every fault named."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.doses.model import MOST_NUMBER, AgeGroup, CountedDoses, Product, VaccineBook
from ioc.errors import ConfigFault

FILE = "vaccines.toml"
PRODUCT = (
    *("id", "name", "also", "doses", "intervals", "min_age", "valid_from", "valid_until"),
    *("lot", "cvx", "source"),
)
OLDEST = 130
NOTHING = VaccineBook({}, (), timedelta(0), CountedDoses.FIRST, timedelta(0), timedelta(0))


def read_vaccines(folder: Path) -> tuple[VaccineBook, list[ConfigFault]]:
    """Return the vaccines of a city's folder and every fault of it; no file is no product."""
    faults: list[ConfigFault] = []
    if not (folder / FILE).exists():
        return NOTHING, faults
    document = read_toml(folder / FILE, faults)
    if document is None:
        return NOTHING, faults
    document.root().only(("near_repeats", "interval", "day", "product", "age_group"))
    return _book(document), faults


def _book(document: Document) -> VaccineBook:
    near = document.table("near_repeats")
    near.only(("days", "counts"))
    interval, day = document.table("interval"), document.table("day")
    interval.only(("grace_days",))
    day.only(("closes_hours",))
    products: dict[str, Product] = {}
    names: dict[str, Product] = {}
    for entry in document.tables("product"):
        product = _product(entry)
        for word in (product.id, product.name, *product.also):
            if names.setdefault(word.casefold(), product) is not product:
                entry.fault("also", f"{word!r} is another product already")
        products[product.id] = product
    return VaccineBook(
        products=products,
        ages=_ages(document),
        near=timedelta(days=near.count("days", 0, 365)),
        counted=near.choice("counts", CountedDoses),
        grace=timedelta(days=interval.count("grace_days", 0, 60)),
        closes=timedelta(hours=day.count("closes_hours", 0, 240)),
        names=names,
    )


def _product(entry: Entry) -> Product:
    entry.only(PRODUCT)
    start, end = entry.days()
    lot = entry.text("lot")
    try:
        re.compile(lot)
    except re.error as fault:
        entry.fault("lot", f"is no pattern: {fault}")
        lot = ".*"
    doses, intervals = entry.count("doses", 1, MOST_NUMBER), _intervals(entry)
    if doses > len(intervals) + 1:
        entry.fault("intervals", f"names {len(intervals)} for a course of {doses}")
    return Product(
        id=entry.text("id"),
        name=entry.text("name"),
        also=entry.texts("also") if "also" in entry.values else (),
        doses=doses,
        intervals=intervals,
        min_age=entry.count("min_age", 0, OLDEST),
        valid_from=start or date.min,
        valid_until=end,
        lot=lot,
        cvx=entry.optional("cvx"),
        source=entry.text("source"),
    )


def _intervals(entry: Entry) -> tuple[timedelta, ...]:
    value = entry.values.get("intervals")
    is_sound = isinstance(value, list) and all(
        isinstance(days, int) and not isinstance(days, bool) and 0 < days <= 3650 for days in value
    )
    if not is_sound or not isinstance(value, list) or len(value) >= MOST_NUMBER:
        entry.fault("intervals", "needs a list of days between one dose and the next")
        return ()
    return tuple(timedelta(days=days) for days in value)


def _ages(document: Document) -> tuple[AgeGroup, ...]:
    groups: list[AgeGroup] = []
    for entry in document.tables("age_group"):
        entry.only(("id", "from", "until", "population"))
        start, end = entry.count("from", 0, OLDEST), entry.count("until", 1, OLDEST)
        if start >= end or (groups and start != groups[-1].end):
            entry.fault("from", "groups follow one another without a gap, each from < until")
        values: Mapping[str, object] = entry.values
        people = entry.count("population") if "population" in values else None
        groups.append(AgeGroup(entry.text("id"), start, end, people))
    return tuple(groups)

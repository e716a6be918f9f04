"""What is wrong in the bands of a city: how sure an accusation must be, and who may be asked."""

from pathlib import Path

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault, InvalidInput
from ioc.vehicles.doubt import SPOKEN, parse_doubt
from ioc.vehicles.likeness import parse_confusions

SHARES = ("permitted", "misread", "slip", "double", "act_from", "review_from")
RATES = ("permits", "vehicles", "watched")


def doubt_faults(city: Path, counts: Path) -> list[ConfigFault]:
    """Return every fault of [doubt] and [review] in city.toml, and of the counts of confusions."""
    faults: list[ConfigFault] = []
    document, confusions = read_toml(city, []), read_toml(counts, faults)
    if document is None or confusions is None:
        return faults
    document = Document(document.file, document.data, faults, document.lines)
    doubt = document.table("doubt")
    _bands(doubt, document.table("doubt.expected_false"))
    _review(document.table("review"))
    try:
        known = parse_confusions(confusions.data)
    except InvalidInput as fault:
        return [*faults, ConfigFault(counts, 0, str(fault))]
    try:
        parse_doubt(doubt.values, known)
    except InvalidInput as fault:
        # What stands above says it better.
        return faults or [ConfigFault(city, 0, str(fault))]
    return faults


def _bands(doubt: Entry, expected: Entry) -> None:
    doubt.only((*SHARES, *RATES, "expected_false"))
    shares = {name: doubt.number(name, 1e-6, 1 - 1e-6) for name in SHARES}
    if shares["review_from"] > shares["act_from"] > 1e-6:
        doubt.fault("review_from", "lies above act_from")
    for name in RATES:
        doubt.number(name, 1e-3, 1e9)
    expected.only([band.value for band in SPOKEN])
    for band in SPOKEN:
        expected.number(band.value, 0, 1)


def _review(review: Entry) -> None:
    review.only(("settle_minutes", "undo_s", "labels_may_leave"))
    review.count("settle_minutes", 1, 60)
    review.count("undo_s", 0, 60)
    if not isinstance(review.values.get("labels_may_leave"), bool):
        review.fault("labels_may_leave", "is true or false")

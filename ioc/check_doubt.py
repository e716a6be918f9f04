"""What is wrong in the bands of a city: how sure an accusation must be, and who may be asked."""

from pathlib import Path

from ioc.document import Document, read_toml
from ioc.errors import ConfigFault, InvalidInput
from ioc.vehicles.doubt import SPOKEN, parse_doubt
from ioc.vehicles.likeness import parse_confusions

SHARES = ("permitted", "misread", "slip", "act_from", "review_from")
RATES = ("permits", "vehicles", "watched")


def doubt_faults(city: Path, counts: Path) -> list[ConfigFault]:
    """Return every fault of [doubt] and [review] in city.toml, and of the counts of confusions."""
    faults: list[ConfigFault] = []
    document, confusions = read_toml(city, []), read_toml(counts, faults)
    if document is None or confusions is None:
        return faults
    document = Document(document.file, document.data, faults, document.lines)
    doubt, review = document.table("doubt"), document.table("review")
    doubt.only((*SHARES, *RATES, "expected_false"))
    review.only(("settle_minutes", "undo_s", "labels_may_leave"))
    for name in SHARES:
        doubt.number(name, 1e-6, 1 - 1e-6)
    for name in RATES:
        doubt.number(name, 1e-3, 1e9)
    for band in SPOKEN:
        document.table("doubt.expected_false").number(band.value, 0, 1)
    review.count("settle_minutes", 1, 60)
    review.count("undo_s", 0, 60)
    if not isinstance(review.values.get("labels_may_leave"), bool):
        review.fault("labels_may_leave", "is true or false")
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

"""The list of entries that repeat another one of the same person, or did; nobody is named."""

from ioc.doses.model import DoseCorrection, NearRepeat
from ioc.listing import Source, named, one_of

REPEATS = Source(
    tables="doses AS d",
    columns={
        "ref": "d.ref",
        "known_at": "d.known_at",
        "product": "d.product",
        "number": "d.number",
        "facility": "d.facility",
        "given_at": "d.given_at",
        "why": "d.why",
        "mark": "d.mark",
        "unit": "d.unit",
    },
    gaps=frozenset({"mark", "why"}),
    key="d.no",
    order=(("known_at", True),),
    filters={
        "why": one_of("d.why", NearRepeat),
        "facility": one_of("d.facility"),
        "mark": one_of("d.mark", DoseCorrection),
        "decided": named({"no": "d.mark IS NULL", "yes": "d.mark IS NOT NULL"}),
    },
    scope="d.facility",
    holds="(d.near_of IS NOT NULL OR d.mark IS NOT NULL)",
)

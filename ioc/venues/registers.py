"""The lists of the desk of scans: who was not admitted and why, which points were opened and shut.

Nothing in them is of a person: who was scanned is asked by those who trace, with a purpose.
"""

from ioc.listing import Source, by_age, named, one_of
from ioc.venues.model import AdmissionReason

# Scans have no index on the day that is written but that of their time: a list looks back so far.
SPANS = {"hour": "1 hour", "shift": "4 hours", "day": "1 day"}
REFUSALS = Source(
    tables="scans AS s",
    columns={
        "ref": "CAST(s.key AS text)",
        "scanned_at": "s.scanned_at",
        "point": "s.point",
        "is_in": "s.is_in",
        "reason": "s.reason",
        "format": "s.format",
        "proof": "s.proof",
        "source": "s.source",
    },
    gaps=frozenset({"reason"}),
    key="s.key",
    order=(("scanned_at", True),),
    filters={
        "reason": one_of("s.reason", AdmissionReason),
        "point": one_of("s.point"),
        "span": named(by_age("s.scanned_at", SPANS, ">")),
    },
    scope="s.point",
    holds="NOT s.admit AND s.scanned_at > CAST(:now AS timestamptz) - interval '1 day'",
)
CHANGES = Source(
    tables="point_states AS p",
    columns={
        "ref": "CAST(p.no AS text)",
        "since": "p.since",
        "point": "p.point",
        "is_active": "p.is_active",
        "source": "p.source",
        "known_at": "p.known_at",
    },
    key="p.no",
    order=(("since", True),),
    filters={
        "point": one_of("p.point"),
        "active": named({"yes": "p.is_active", "no": "NOT p.is_active"}),
    },
    scope="p.point",
)

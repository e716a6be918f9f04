"""The lists of people who come, as a desk pages through them: declarations, tasks, guests.

Nobody's name stands in a list: who it is, is asked of one row, with its purpose.
"""

from ioc.listing import Source, by_age, named, one_of
from ioc.people.model import DeclarationState, Means, TaskKind, TaskState

# How far back a list can be asked to begin, by the name of the span; "" is all that is kept.
SPANS = {"day": "1 day", "week": "7 days", "month": "30 days"}


DECLARATIONS = Source(
    tables="declarations AS d",
    columns={
        "ref": "d.ref",
        "received_at": "d.received_at",
        "waits_since": "d.waits_since",
        "state": "d.state",
        "unit": "d.unit",
        "people": "cardinality(d.people)",
        "origin": "d.origin",
        "means": "d.means",
        "plate": "d.plate",
        "wave": "d.wave",
        "expected_at": "d.expected_at",
        "arrived_at": "d.arrived_at",
        "arrived_by": "d.arrived_by",
    },
    gaps=frozenset({"origin", "plate", "wave", "expected_at", "arrived_at", "arrived_by"}),
    key="d.no",
    order=(("waits_since", False),),
    filters={
        "state": one_of("d.state", DeclarationState),
        "means": one_of("d.means", Means),
        "unit": one_of("d.unit"),
        "wave": one_of("d.wave"),
        "span": named(by_age("d.received_at", SPANS)),
    },
    scope="d.unit",
)
PASSAGES = Source(
    tables="passages AS p",
    columns={
        "ref": "p.person || '.' || CAST(extract(epoch FROM p.at) * 1000000 AS bigint)",
        "at": "p.at",
        "place": "p.place",
        "is_entry": "p.is_entry",
    },
    key="(p.at, p.person, p.place)",
    order=(("at", True),),
    filters={
        "place": one_of("p.place"),
        "entry": named({"yes": "p.is_entry", "no": "NOT p.is_entry"}),
        "span": named(by_age("p.at", SPANS)),
    },
    scope="p.place",
)
TASKS = Source(
    tables="tasks AS t",
    columns={
        "ref": "t.ref",
        "kind": "t.kind",
        "day": "t.day",
        "unit": "t.unit",
        "from_at": "t.from_at",
        "due_at": "t.due_at",
        "state": "t.state",
        "level": "t.level",
        "tries": "t.tries",
        "done_at": "t.done_at",
        "done_by": "t.done_by",
    },
    gaps=frozenset({"done_at", "done_by"}),
    key="t.ref",
    order=(("due_at", False),),
    filters={
        "state": one_of("t.state", TaskState),
        "kind": one_of("t.kind", TaskKind),
        "unit": one_of("t.unit"),
        "late": named(
            {
                "yes": "t.state = 'open' AND t.due_at <= :now",
                "up": "t.state = 'open' AND t.level = 2",
                "no": "NOT (t.state = 'open' AND t.due_at <= :now)",
            }
        ),
    },
    scope="t.unit",
    holds="t.from_at <= :now",
)
LODGINGS = Source(
    tables="lodgings AS l",
    columns={
        "ref": "l.ref",
        "lodging": "l.lodging",
        "unit": "l.unit",
        "from_at": "l.from_at",
        "until_at": "l.until_at",
        "received_at": "l.received_at",
    },
    gaps=frozenset({"unit"}),
    key="l.ref",
    order=(("from_at", True),),
    filters={
        "unit": one_of("l.unit"),
        "here": named(
            {
                "now": "l.from_at <= :now AND l.until_at > :now",
                "later": "l.from_at > :now",
                "over": "l.until_at <= :now",
            }
        ),
    },
    scope="l.unit",
)
WAVES = Source(
    tables="""
        waves AS w LEFT JOIN LATERAL (
            SELECT coalesce(sum(cardinality(people)), 0) AS declared,
                coalesce(sum(cardinality(people)) FILTER (
                    WHERE state IN ('approved', 'arrived')), 0) AS approved,
                coalesce(sum(cardinality(people)) FILTER (
                    WHERE arrived_at IS NOT NULL), 0) AS arrived
            FROM declarations WHERE wave = w.id AND state <> 'withdrawn'
        ) AS c ON true""",
    columns={
        "ref": "w.id",
        "name": "w.name",
        "means": "w.means",
        "origin": "w.origin",
        "arrives_at": "w.arrives_at",
        "met_at": "w.point",
        "expected": "w.expected",
        "declared": "c.declared",
        "approved": "c.approved",
        "arrived": "c.arrived",
    },
    gaps=frozenset({"origin", "met_at"}),
    key="w.id",
    order=(("arrives_at", False),),
    filters={
        "means": one_of("w.means", Means),
        "when": named({"ahead": "w.arrives_at > :now", "past": "w.arrives_at <= :now"}),
    },
    scope="w.point",
)

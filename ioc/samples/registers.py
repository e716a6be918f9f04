"""The lists of samples and cases: tubes that wait, results that came, cases. Nobody is named."""

from ioc.listing import Source, by_age, named, one_of
from ioc.samples.model import CaseState, Finding

SPANS = {"day": "1 day", "week": "7 days", "month": "30 days"}
WAITS = {"day": "1 day", "two": "2 days", "three": "3 days"}

PENDING = Source(
    tables="tests AS t",
    columns={
        "ref": "t.ref",
        "taken_at": "t.taken_at",
        "kind": "t.kind",
        "tube": "t.tube",
        "facility": "t.facility",
        "unit": "t.unit",
        "known_at": "t.known_at",
    },
    key="t.ref",
    order=(("taken_at", False),),
    filters={
        "kind": one_of("t.kind"),
        "facility": one_of("t.facility"),
        "wait": named(by_age("t.taken_at", WAITS, "<=")),
    },
    scope="t.facility",
    holds="t.result IS NULL",
)
RETURNED = Source(
    tables="test_results AS r JOIN tests AS t ON t.ref = r.test",
    columns={
        "ref": "CAST(r.no AS text)",
        "at": "r.at",
        "result": "r.result",
        "kind": "t.kind",
        "tube": "t.tube",
        "facility": "t.facility",
        "taken_at": "t.taken_at",
        "resulted_at": "r.resulted_at",
        "why": "r.why",
    },
    gaps=frozenset({"why"}),
    key="r.no",
    order=(("at", True),),
    filters={
        "result": one_of("r.result", Finding),
        "kind": one_of("t.kind"),
        "facility": one_of("t.facility"),
        "span": named(by_age("r.at", SPANS, ">")),
    },
    scope="t.facility",
)
CASES = Source(
    tables="cases AS c",
    columns={
        "ref": "c.ref",
        "state": "c.state",
        "state_since": "c.state_since",
        "unit": "c.unit",
        "facility": "c.facility",
        "positive_at": "c.positive_at",
        "opened_at": "c.opened_at",
    },
    key="c.ref",
    order=(("state_since", True),),
    filters={
        "state": one_of("c.state", CaseState),
        "unit": one_of("c.unit"),
        "facility": one_of("c.facility"),
    },
    scope="c.unit",
)

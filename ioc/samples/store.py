"""Samples, results and cases in SQL: what was taken never changes, results and steps are facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import array_literal
from ioc.samples.model import (
    Case,
    CaseDone,
    CaseState,
    CaseStep,
    Finding,
    HeldSample,
)

TEXTS, INSTANTS = "text[]", "timestamptz[]"
COLUMNS: Mapping[str, str] = {
    "person": TEXTS,
    "ref": TEXTS,
    "source": TEXTS,
    "test_id": TEXTS,
    "kind": TEXTS,
    "tube": TEXTS,
    "facility": TEXTS,
    "taken_at": INSTANTS,
    "known_at": INSTANTS,
    "unit": TEXTS,
    "result": TEXTS,
    "resulted_at": INSTANTS,
}


def add(conn: Connection, samples: Sequence[HeldSample], at: datetime) -> None:
    """Insert samples, in their order, with the results they have."""
    if samples:
        columns = zip(*map(_values, samples), strict=True)
        named = {n: array_literal(c) for n, c in zip(COLUMNS, columns, strict=True)}
        conn.execute(ADD, {**named, "at": at})


def set_results(conn: Connection, samples: Sequence[HeldSample], at: datetime) -> None:
    """Keep the results that samples have now."""
    if samples:
        conn.execute(SET_RESULTS, {**_results(samples), "at": at})


def note_results(
    conn: Connection,
    samples: Sequence[tuple[HeldSample, str | None]],
    actor: str,
    at: datetime,
) -> None:
    """Keep in the log the results that samples have now, each with why it was corrected, if so."""
    if samples:
        values = _results([one for one, _ in samples])
        reasons = array_literal(why for _, why in samples)
        conn.execute(NOTE_RESULTS, {**values, "reasons": reasons, "actor": actor, "at": at})


def of_tubes(
    conn: Connection, tubes: Sequence[str], span: tuple[datetime, datetime]
) -> list[HeldSample]:
    """Return the samples in tubes that were taken in span[0] <= t <= span[1], oldest first."""
    values = {"tubes": array_literal(tubes), "first": span[0], "last": span[1]}
    return [sample_from(row) for row in conn.execute(OF_TUBES, values)]


def of_persons(conn: Connection, persons: Sequence[str]) -> dict[str, list[HeldSample]]:
    """Return every sample of persons, by person, oldest first."""
    found: dict[str, list[HeldSample]] = {}
    for row in conn.execute(OF_PERSONS, {"persons": array_literal(persons)}):
        found.setdefault(row.person, []).append(sample_from(row))
    return found


def find(conn: Connection, refs: Sequence[str]) -> dict[str, HeldSample]:
    """Return those of the samples that exist, by ref."""
    rows = conn.execute(FIND, {"refs": array_literal(refs)})
    return {row.ref: sample_from(row) for row in rows}


def resulted_after(
    conn: Connection, no: int, limit: int
) -> list[tuple[int, HeldSample, str | None]]:
    """Return samples with a result that came after result `no`, and why it was corrected, if so."""
    rows = conn.execute(RESULTED, {"no": no, "limit": limit})
    return [(row.result_no, sample_from(row), row.why) for row in rows]


def cases_of(conn: Connection, persons: Sequence[str]) -> dict[str, list[Case]]:
    """Return every case of persons, by person."""
    found: dict[str, list[Case]] = {}
    for row in conn.execute(CASES_OF, {"persons": array_literal(persons)}):
        found.setdefault(row.person, []).append(case_from(row))
    return found


def find_case(conn: Connection, ref: str) -> Case | None:
    """Return a case by the centre's own id."""
    row = conn.execute(FIND_CASE, {"ref": ref}).one_or_none()
    return None if row is None else case_from(row)


def find_cases(conn: Connection, states: Sequence[CaseState], limit: int) -> list[Case]:
    """Return cases in one of `states`, the longest in it first."""
    values = {"states": array_literal(states), "limit": limit}
    return [case_from(row) for row in conn.execute(FIND_CASES, values)]


def pending_of(conn: Connection, before: datetime) -> list[tuple[str, int, int]]:
    """Return by facility how many samples have no result, and how many of them from before."""
    return [tuple(row) for row in conn.execute(PENDING_OF, {"before": before})]


def open_cases_of(conn: Connection) -> dict[str, int]:
    """Return by facility how many cases are not over."""
    return {row.facility: row.n for row in conn.execute(OPEN_CASES_OF)}


def put_case(conn: Connection, case: Case, done: CaseDone) -> None:
    """Keep a case as a step left it, and the step."""
    conn.execute(PUT_CASE, {**vars(case), "state": case.state.value})
    step = {**vars(done), "step": done.step.value, "state": done.state.value}
    conn.execute(ADD_STEP, {**step, "person": case.person, "case": case.ref})


def steps_of(conn: Connection, ref: str) -> list[CaseDone]:
    """Return what was done with a case, oldest first."""
    return [
        CaseDone(CaseStep(row.step), CaseState(row.state), row.at, row.actor, row.note)
        for row in conn.execute(STEPS, {"ref": ref})
    ]


def counts_held(conn: Connection, zone: str, before: datetime | None) -> Sequence[Row[Any]]:
    """Return samples held by day, facility, kind and result, as n; only those taken before."""
    return conn.execute(COUNTS, {"zone": zone, "before": before}).all()


def cases_held(conn: Connection, zone: str, before: datetime | None) -> Sequence[Row[Any]]:
    """Return cases held by day, facility and state, as n; only before."""
    return conn.execute(CASE_COUNTS, {"zone": zone, "before": before}).all()


def drop(conn: Connection, taken_before: datetime) -> list[str]:
    """Delete samples taken before an instant, their results and cases; return whose, each."""
    for statement in (DROP_RESULTS, DROP_STEPS, DROP_CASES):
        conn.execute(statement, {"before": taken_before})
    return list(conn.execute(DROP, {"before": taken_before}).scalars())


def window(taken: Sequence[datetime], width: timedelta) -> tuple[datetime, datetime]:
    """Return the span within which a tube taken at one of these instants is the same."""
    return min(taken) - width, max(taken) + width


def sample_from(row: Row[Any]) -> HeldSample:
    """Return the value of a row of tests."""
    return HeldSample(
        ref=row.ref,
        source=row.source,
        id=row.test_id,
        person=row.person,
        kind=row.kind,
        tube=row.tube,
        facility=row.facility,
        taken_at=row.taken_at,
        known_at=row.known_at,
        unit=row.unit,
        finding=None if row.result is None else Finding(row.result),
        resulted_at=row.resulted_at,
    )


def case_from(row: Row[Any]) -> Case:
    """Return the value of a row of cases."""
    return Case(**{**row._mapping, "state": CaseState(row.state)})


def _values(one: HeldSample) -> tuple[object, ...]:
    """Return the columns of a sample, in the order of COLUMNS."""
    return (
        *(one.person, one.ref, one.source, one.id, one.kind, one.tube, one.facility),
        *(one.taken_at, one.known_at, one.unit, one.finding, one.resulted_at),
    )


def _results(samples: Sequence[HeldSample]) -> dict[str, str]:
    return {
        "persons": array_literal(one.person for one in samples),
        "refs": array_literal(one.ref for one in samples),
        "results": array_literal(one.finding for one in samples),
        "instants": array_literal(one.resulted_at for one in samples),
    }


ADD = text(f"""
    INSERT INTO tests ({", ".join(COLUMNS)}, changed_at)
    SELECT *, CAST(:at AS timestamptz) FROM unnest({
    ", ".join(f"CAST(:{name} AS {kind})" for name, kind in COLUMNS.items())
})
""")
SET_RESULTS = text("""
    UPDATE tests AS t SET result = item.result, resulted_at = item.resulted_at, changed_at = :at
    FROM unnest(CAST(:persons AS text[]), CAST(:refs AS text[]), CAST(:results AS text[]),
        CAST(:instants AS timestamptz[])) AS item (person, ref, result, resulted_at)
    WHERE t.person = item.person AND t.ref = item.ref
""")
NOTE_RESULTS = text("""
    INSERT INTO test_results (person, test, result, resulted_at, why, at, actor)
    SELECT *, CAST(:at AS timestamptz), CAST(:actor AS text)
    FROM unnest(CAST(:persons AS text[]), CAST(:refs AS text[]), CAST(:results AS text[]),
        CAST(:instants AS timestamptz[]), CAST(:reasons AS text[]))
""")
OF_TUBES = text("""
    SELECT * FROM tests WHERE tube = ANY(CAST(:tubes AS text[]))
        AND taken_at >= :first AND taken_at <= :last ORDER BY taken_at, no
""")
OF_PERSONS = text("""
    SELECT * FROM tests WHERE person = ANY(CAST(:persons AS text[])) ORDER BY taken_at, no
""")
FIND = text("SELECT * FROM tests WHERE ref = ANY(CAST(:refs AS text[]))")
RESULTED = text("""
    SELECT r.no AS result_no, r.why, t.person, t.ref, t.source, t.test_id, t.kind, t.tube,
        t.facility, t.taken_at, t.known_at, t.unit, r.result, r.resulted_at
    FROM test_results AS r JOIN tests AS t ON t.ref = r.test
    WHERE r.no > :no ORDER BY r.no LIMIT :limit
""")
CASES_OF = text("SELECT * FROM cases WHERE person = ANY(CAST(:persons AS text[])) ORDER BY ref")
FIND_CASE = text("SELECT * FROM cases WHERE ref = :ref")
FIND_CASES = text("""
    SELECT * FROM cases WHERE state = ANY(CAST(:states AS text[]))
    ORDER BY state_since, ref LIMIT :limit
""")
PENDING_OF = text("""
    SELECT facility, count(*) AS n, count(*) FILTER (WHERE taken_at <= :before) AS old
    FROM tests WHERE result IS NULL GROUP BY facility
""")
OPEN_CASES_OF = text("""
    SELECT facility, count(*) AS n FROM cases
    WHERE state NOT IN ('recovered', 'died', 'discarded') GROUP BY facility
""")
PUT_CASE = text("""
    INSERT INTO cases AS c (ref, person, state, test, facility, unit, positive_at, opened_at,
        state_since)
    VALUES (:ref, :person, :state, :test, :facility, :unit, :positive_at, :opened_at,
        :state_since)
    ON CONFLICT (person, ref) DO UPDATE SET state = excluded.state,
        state_since = excluded.state_since
""")
ADD_STEP = text("""
    INSERT INTO case_steps (person, case_ref, step, state, at, actor, note)
    VALUES (:person, :case, :step, :state, :at, :actor, :note)
""")
STEPS = text("SELECT * FROM case_steps WHERE case_ref = :ref ORDER BY no")
COUNTS = text("""
    SELECT CAST(timezone(:zone, taken_at) AS date) AS day, facility, kind, result, count(*) AS n
    FROM tests WHERE CAST(:before AS timestamptz) IS NULL OR taken_at < :before
    GROUP BY 1, 2, 3, 4
""")
CASE_COUNTS = text("""
    SELECT CAST(timezone(:zone, positive_at) AS date) AS day, facility, state, count(*) AS n
    FROM cases WHERE CAST(:before AS timestamptz) IS NULL OR positive_at < :before
    GROUP BY 1, 2, 3
""")
DROP_RESULTS = text("""
    DELETE FROM test_results WHERE test IN (SELECT ref FROM tests WHERE taken_at < :before)
""")
DROP_STEPS = text("""
    DELETE FROM case_steps WHERE case_ref IN (SELECT ref FROM cases WHERE positive_at < :before)
""")
DROP_CASES = text("DELETE FROM cases WHERE positive_at < :before")
DROP = text("DELETE FROM tests WHERE taken_at < :before RETURNING person")

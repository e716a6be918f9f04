"""Doses in SQL: what was given never changes, what it counts for does; corrections are facts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from ioc.db import array_literal
from ioc.doses.model import DoseCorrection, HeldDose, NearRepeat

SMALLINTS, TEXTS, INSTANTS, FLAGS = "smallint[]", "text[]", "timestamptz[]", "boolean[]"
COLUMNS: Mapping[str, str] = {
    "person": TEXTS,
    "ref": TEXTS,
    "source": TEXTS,
    "dose_id": TEXTS,
    "product": TEXTS,
    "lot": TEXTS,
    "number": SMALLINTS,
    "facility": TEXTS,
    "given_at": INSTANTS,
    "known_at": INSTANTS,
    "age_group": TEXTS,
    "unit": TEXTS,
    "mark": TEXTS,
    "near_of": TEXTS,
    "why": TEXTS,
    "is_counted": FLAGS,
    "ordinal": SMALLINTS,
    "is_full": FLAGS,
}
JUDGED = ("mark", "near_of", "why", "is_counted", "ordinal", "is_full")


def held_of(conn: Connection, persons: Sequence[str]) -> dict[str, list[HeldDose]]:
    """Return every dose of persons, by person."""
    found: dict[str, list[HeldDose]] = {}
    for row in conn.execute(HELD, {"persons": array_literal(persons)}):
        found.setdefault(row.person, []).append(dose_from(row))
    return found


def find(conn: Connection, ref: str) -> HeldDose | None:
    """Return a dose by the centre's own id."""
    row = conn.execute(FIND, {"ref": ref}).one_or_none()
    return None if row is None else dose_from(row)


def find_many(conn: Connection, refs: Sequence[str]) -> dict[str, HeldDose]:
    """Return those of the doses that exist, by ref."""
    rows = conn.execute(FIND_MANY, {"refs": array_literal(refs)})
    return {row.ref: dose_from(row) for row in rows}


def add(conn: Connection, doses: Sequence[HeldDose]) -> None:
    """Insert doses, in their order."""
    if doses:
        columns = zip(*map(_values, doses), strict=True)
        names = zip(COLUMNS, columns, strict=True)
        conn.execute(ADD, {name: array_literal(column) for name, column in names})


def judge(conn: Connection, doses: Sequence[HeldDose]) -> None:
    """Keep what doses that are there count for now."""
    if doses:
        columns = dict(zip(COLUMNS, zip(*map(_values, doses), strict=True), strict=True))
        names = ("person", "ref", *JUDGED)
        conn.execute(JUDGE, {name: array_literal(columns[name]) for name in names})


def add_correction(
    conn: Connection, dose: HeldDose, correction: DoseCorrection, done: tuple[datetime, str, str]
) -> None:
    """Keep what was said of a dose: when, by whom, why."""
    at, actor, why = done
    values = {"person": dose.person, "dose": dose.ref, "correction": correction.value}
    conn.execute(ADD_CORRECTION, {**values, "at": at, "actor": actor, "why": why})


def near_repeats(conn: Connection, before_no: int | None, limit: int) -> list[tuple[int, HeldDose]]:
    """Return entries that repeat another with their numbers, the newest first."""
    rows = conn.execute(NEAR, {"before": before_no, "limit": limit})
    return [(row.no, dose_from(row)) for row in rows]


def repeats_of(conn: Connection) -> dict[str, int]:
    """Return by facility how many entries repeat another."""
    return {row.facility: row.n for row in conn.execute(REPEATS_OF)}


def after(conn: Connection, no: int, limit: int) -> list[tuple[int, HeldDose]]:
    """Return doses that came after number `no`, in the order in which they came."""
    return [(row.no, dose_from(row)) for row in conn.execute(AFTER, {"no": no, "limit": limit})]


def corrected_after(conn: Connection, no: int, limit: int) -> list[tuple[int, HeldDose]]:
    """Return doses that were corrected after correction `no`, in the order of the corrections."""
    rows = conn.execute(CORRECTED, {"no": no, "limit": limit})
    return [(row.correction_no, dose_from(row)) for row in rows]


def counts_held(conn: Connection, zone: str, before: datetime | None) -> Sequence[Row[Any]]:
    """Return what doses held count for: day, facility, unit, age_group, doses, near, first, full.

    With `before` only those of persons whose last was given before it.
    """
    if before is None:
        return conn.execute(COUNTS, {"zone": zone}).all()
    return conn.execute(COUNTS_OLD, {"zone": zone, "before": before}).all()


def drop(conn: Connection, given_before: datetime) -> list[str]:
    """Delete the doses of persons whose last was given before an instant; return whose, each.

    A series goes as a whole: without its first dose the second would look like one.
    """
    conn.execute(DROP_CORRECTIONS, {"before": given_before})
    return list(conn.execute(DROP, {"before": given_before}).scalars())


def dose_from(row: Row[Any]) -> HeldDose:
    """Return the value of a row of doses."""
    return HeldDose(
        ref=row.ref,
        source=row.source,
        id=row.dose_id,
        person=row.person,
        product=row.product,
        lot=row.lot,
        number=row.number,
        facility=row.facility,
        given_at=row.given_at,
        known_at=row.known_at,
        age_group=row.age_group,
        unit=row.unit,
        mark=None if row.mark is None else DoseCorrection(row.mark),
        near_of=row.near_of,
        why=None if row.why is None else NearRepeat(row.why),
        is_counted=row.is_counted,
        ordinal=row.ordinal,
        is_full=row.is_full,
    )


def _values(dose: HeldDose) -> tuple[object, ...]:
    """Return the columns of a dose, in the order of COLUMNS."""
    return (
        *(dose.person, dose.ref, dose.source, dose.id, dose.product, dose.lot, dose.number),
        *(dose.facility, dose.given_at, dose.known_at, dose.age_group, dose.unit, dose.mark),
        *(dose.near_of, dose.why, dose.is_counted, dose.ordinal, dose.is_full),
    )


HELD = text("SELECT * FROM doses WHERE person = ANY(CAST(:persons AS text[]))")
FIND = text("SELECT * FROM doses WHERE ref = :ref")
FIND_MANY = text("SELECT * FROM doses WHERE ref = ANY(CAST(:refs AS text[]))")
ADD = text(f"""
    INSERT INTO doses ({", ".join(COLUMNS)})
    SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {kind})" for name, kind in COLUMNS.items())})
""")
JUDGE = text(f"""
    UPDATE doses AS d SET {", ".join(f"{name} = item.{name}" for name in JUDGED)}
    FROM unnest({
    ", ".join(f"CAST(:{name} AS {COLUMNS[name]})" for name in ("person", "ref", *JUDGED))
}) AS item ({", ".join(("person", "ref", *JUDGED))})
    WHERE d.person = item.person AND d.ref = item.ref
""")
ADD_CORRECTION = text("""
    INSERT INTO dose_corrections (person, dose, correction, at, actor, why)
    VALUES (:person, :dose, :correction, :at, :actor, :why)
""")
NEAR = text("""
    SELECT * FROM doses
    WHERE near_of IS NOT NULL AND (CAST(:before AS bigint) IS NULL OR no < :before)
    ORDER BY no DESC LIMIT :limit
""")
REPEATS_OF = text("""
    SELECT facility, count(*) AS n FROM doses WHERE near_of IS NOT NULL GROUP BY facility
""")
AFTER = text("SELECT * FROM doses WHERE no > :no ORDER BY no LIMIT :limit")
CORRECTED = text("""
    SELECT c.no AS correction_no, d.* FROM dose_corrections AS c JOIN doses AS d ON d.ref = c.dose
    WHERE c.no > :no ORDER BY c.no LIMIT :limit
""")
OLD = """
    given_at < :before AND NOT EXISTS (
        SELECT 1 FROM doses AS younger
        WHERE younger.person = doses.person AND younger.given_at >= :before)
"""
COUNT = """
    SELECT CAST(timezone(:zone, given_at) AS date) AS day, facility, unit, age_group,
        count(*) FILTER (WHERE is_counted) AS doses,
        count(*) FILTER (WHERE near_of IS NOT NULL) AS near,
        count(*) FILTER (WHERE ordinal = 1) AS first,
        count(*) FILTER (WHERE is_full) AS full
    FROM doses
"""
COUNTS = text(f"{COUNT} GROUP BY 1, 2, 3, 4")
COUNTS_OLD = text(f"{COUNT} WHERE {OLD} GROUP BY 1, 2, 3, 4")
DROP_CORRECTIONS = text(f"""
    DELETE FROM dose_corrections WHERE dose IN (SELECT ref FROM doses WHERE {OLD})
""")
DROP = text(f"DELETE FROM doses WHERE {OLD} RETURNING person")

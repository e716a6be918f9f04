"""A list read in pages: every row once, in the order asked for, within the scope, or refused."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ioc.errors import InvalidInput
from ioc.listing import Ask, Condition, Source, named, one_of, paged, read

# Name, unit, weight: weights are missing and repeat, names are not unique.
ROWS = [
    (n, f"n{n % 7}", "abc"[n % 3], None if n % 5 == 0 else n * 37 % 11) for n in range(60)
]  # fmt: skip
SOURCE = Source(
    tables="rows AS r",
    columns={"no": "r.no", "name": "r.name", "unit": "r.unit", "weight": "r.weight"},
    key="r.no",
    order=(("no", False),),
    filters={
        "unit": one_of("r.unit", "abc"),
        "name": one_of("r.name"),
        "heavy": named({"yes": "r.weight > :limit", "no": "r.weight <= :limit"}),
        "over": Condition("r.weight > :value", int),
    },
    gaps=frozenset({"weight"}),
    scope="r.unit",
    holds="r.no < :most",
)
COLUMNS = ("no", "name", "unit", "weight")
GIVEN = {"most": 50, "limit": 5}
ORDERS = st.lists(
    st.tuples(st.sampled_from(COLUMNS), st.booleans()), max_size=3, unique_by=lambda pair: pair[0]
)
WHERE = st.fixed_dictionaries(
    {},
    optional={
        "unit": st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True).map(tuple),
        "heavy": st.sampled_from([("yes",), ("no",), ("yes", "no")]),
        "over": st.integers(0, 9).map(lambda n: (str(n),)),
    },
)


@pytest.fixture
def conn(centre):
    with centre.engine.connect() as conn:
        conn.execute(text("CREATE TEMP TABLE rows (no int, name text, unit text, weight int)"))
        for row in ROWS:
            values = dict(zip(("no", "name", "unit", "weight"), row, strict=True))
            conn.execute(text("INSERT INTO rows VALUES (:no, :name, :unit, :weight)"), values)
        yield conn


def expected(ask: Ask, units) -> list[dict]:
    """Return what a list must hold, told without a store."""
    held = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS if row[0] < GIVEN["most"]]
    tests = {
        "unit": lambda row, value: row["unit"] == value,
        "heavy": lambda row, value: (
            row["weight"] is not None and (row["weight"] > GIVEN["limit"]) is (value == "yes")
        ),
        "over": lambda row, value: row["weight"] is not None and row["weight"] > int(value),
    }
    for name, values in ask.where.items():
        held = [row for row in held if any(tests[name](row, value) for value in values)]
    held = [row for row in held if units is None or row["unit"] in units]
    order = ask.order or SOURCE.order
    held.sort(key=lambda row: row["no"], reverse=order[0][1])
    for column, descends in reversed(order):
        known = [row for row in held if row[column] is not None]
        known.sort(key=lambda row: row[column], reverse=descends)
        held = known + [row for row in held if row[column] is None]
    return held


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=ORDERS,
    where=WHERE,
    units=st.sampled_from([None, [], ["a"], ["b", "c"]]),
    size=st.integers(1, 20),
)
def test_pages_hold_every_row_once_in_order_within_the_scope(
    conn, order, where, units, size
) -> None:
    whole = expected(Ask(order=tuple(order), where=where), units)
    found = []
    for first in range(0, 60, size):
        page = read(conn, SOURCE, Ask(first, size, tuple(order), where), units, **GIVEN)
        assert page.total == (len(whole) if first == 0 else None)
        found += page.rows
    assert found == whole


NO_QUESTIONS = [
    ({"order": (("secret", False),)}, "order"),
    ({"order": (("no; DROP TABLE rows", False),)}, "order"),
    ({"where": {"secret": ("1",)}}, "secret"),
    ({"where": {"unit": ("z",)}}, "unit"),
    ({"where": {"heavy": ("maybe",)}}, "heavy"),
    ({"where": {"over": ("many",)}}, "over"),
    ({"where": {"name": ("n" * 101,)}}, "name"),
    ({"first": -1}, "first"),
    ({"first": 100_001}, "first"),
    ({"most": 0}, "most"),
    ({"most": 5_001}, "most"),
    ({"order": tuple((name, False) for name in COLUMNS)}, "order"),
]


def test_what_cannot_be_asked_is_refused_with_its_name(conn, subtests) -> None:
    for ask, field in NO_QUESTIONS:
        with subtests.test(ask=ask, field=field):
            with pytest.raises(InvalidInput) as refused:
                read(conn, SOURCE, Ask(**ask), None, **GIVEN)
            assert refused.value.field == field


def test_a_list_of_no_unit_is_empty_within_a_scope(conn) -> None:
    source = Source("rows AS r", {"no": "r.no"}, "r.no", (("no", False),))
    assert read(conn, source, Ask(), ["a"]).rows == []
    assert len(read(conn, source, Ask(), None).rows) == 60


def test_rows_in_memory_are_filtered_sorted_and_paged_with_gaps_last() -> None:
    rows = [{"a": 2, "b": "x"}, {"a": None, "b": "y"}, {"a": 1, "b": "x"}]
    order, fits = (("a", False),), {"b": lambda row, value: row["b"] == value}
    assert [row["a"] for row in paged(rows, Ask(), order, fits).rows] == [1, 2, None]
    down = paged(rows, Ask(order=(("a", True),)), order, fits)
    assert [row["a"] for row in down.rows] == [2, 1, None]
    page = paged(rows, Ask(1, 1, where={"b": ("x",)}), order, fits)
    assert ([row["a"] for row in page.rows], page.total) == ([2], 2)
    with pytest.raises(InvalidInput):
        paged(rows, Ask(where={"c": ("x",)}), order, fits)

"""Lists in pages of rows: what a table of a desk asks, and the one statement that answers it.

A subject says in its store what a list of its facts is made of (`Source`): which columns there are,
which filters may be asked, by which column a scope is kept. Sorting, filtering, paging, counting
and the scope are written here, once. A list that is counted together in memory (some hundreds of
points or units) is sorted and paged by `paged`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from ioc.errors import InvalidInput

# A page of a screen, a page of a file, and how far down a list can be read at all: who wants more
# narrows it by a filter.
MOST_ROWS, MOST_DEEP = 5_000, 100_000
MOST_ORDERS, MOST_VALUES, LONGEST_VALUE = 3, 50, 100

Value = Callable[[str], object]


@dataclass(frozen=True)
class Ask:
    """Which rows of a list: `most` of them from `first` on, in an order, of those that fit.

    `order` holds columns with whether each descends; `where` holds what is asked of a filter by its
    name: several values are alternatives.
    """

    first: int = 0
    most: int = 100
    order: tuple[tuple[str, bool], ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.first <= MOST_DEEP:
            raise InvalidInput("first", f"must lie between 0 and {MOST_DEEP}")
        if not 1 <= self.most <= MOST_ROWS:
            raise InvalidInput("most", f"must lie between 1 and {MOST_ROWS}")
        if len(self.order) > MOST_ORDERS:
            raise InvalidInput("order", f"has at most {MOST_ORDERS} columns")
        for name, values in self.where.items():
            if len(values) > MOST_VALUES or any(len(value) > LONGEST_VALUE for value in values):
                raise InvalidInput(name, "is longer than anything that can be chosen")


@dataclass(frozen=True)
class Listed:
    """A page of a list.

    `total` is how many rows fit in all: at most MOST_DEEP, and then there may be more. None where
    it was not counted anew: only a first page counts.
    """

    rows: Sequence[Mapping[str, Any]]
    total: int | None = None


@dataclass(frozen=True)
class Condition:
    """What a filter asks of the store: an SQL condition on `:value`, and how a value is read.

    With `each` the condition stands for all values at once and `:value` is their array; else it is
    asked once a value, and one that holds is enough. `cases` are fixed conditions by their name,
    which an index can serve: then there is no `:value`.
    """

    sql: str = ""
    read: Value = str
    each: bool = False
    cases: Mapping[str, str] = field(default_factory=dict)


def one_of(column: str, known: Iterable[str] | None = None) -> Condition:
    """Return the filter that a column holds one of the values; only `known` ones, where given."""
    read = str if known is None else _among(known)
    return Condition(f"{column} = ANY(CAST(:value AS text[]))", read, each=True)


def named(conditions: Mapping[str, str]) -> Condition:
    """Return the filter whose values are names of fixed conditions, such as `yes` and `no`."""
    return Condition(read=_among(conditions), cases=conditions)


def by_age(column: str, spans: Mapping[str, str], compare: str = ">=") -> dict[str, str]:
    """Return by the name of each span how a time compares with the instant so long before now.

    `spans` are intervals of PostgreSQL by name. Give it to `named`.
    """
    return {
        name: f"{column} {compare} CAST(:now AS timestamptz) - interval '{span}'"
        for name, span in spans.items()
    }


def _among(known: Iterable[str]) -> Value:
    allowed = frozenset(known)

    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(value)
        return value

    return read


@dataclass(frozen=True)
class Source:
    """What a list is made of, in SQL that stands in the code.

    Attributes:
        tables: what stands after FROM.
        columns: the expression of each column by its name; by each of them it can be sorted.
        key: an expression that is unique, the last word of every order.
        order: how it stands when nothing else is asked.
        filters: what may be asked, by name.
        gaps: the columns that may be empty: such rows stand last, whichever way it is sorted. Of
            the others an index gives the order.
        scope: the expression that holds the unit (or the place) by whose scope it is kept, or a
            whole condition on `:units`; None: it lies in no unit.
        holds: a condition that always holds, with parameters that are given when it is read.
    """

    tables: str
    columns: Mapping[str, str]
    key: str
    order: tuple[tuple[str, bool], ...]
    filters: Mapping[str, Condition] = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()
    scope: str | None = None
    holds: str = "true"


def read(
    conn: Connection,
    source: Source,
    ask: Ask,
    units: Sequence[str] | None = None,
    **given: object,
) -> Listed:
    """Return one page of a list.

    Args:
        conn: where it is kept.
        source: what it is made of.
        ask: which rows, in which order.
        units: the units (or places) of the asker's scope; None: of the whole city. A list that
            knows no unit is empty within a scope.
        given: the parameters of the source's own condition.

    Raises:
        InvalidInput: a column or a filter is none of this list, or a value none of a filter.
    """
    conditions, values = _conditions(source, ask, units)
    fitting = f"FROM {source.tables} WHERE {conditions}"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in source.columns.items())
    ordered = f"{fitting} ORDER BY {_order(source, ask)} LIMIT :_most OFFSET :_first"
    values |= {**given, "_most": ask.most, "_first": ask.first}
    rows = [dict(row._mapping) for row in conn.execute(text(f"SELECT {columns} {ordered}"), values)]
    if ask.first:
        return Listed(rows)
    if len(rows) < ask.most:
        return Listed(rows, len(rows))
    counted = f"SELECT count(*) FROM (SELECT 1 {fitting} LIMIT {MOST_DEEP}) AS fitting"
    return Listed(rows, int(conn.execute(text(counted), values).scalar_one()))


def paged(
    rows: Iterable[Mapping[str, Any]],
    ask: Ask,
    order: tuple[tuple[str, bool], ...],
    filters: Mapping[str, Callable[[Mapping[str, Any], str], bool]],
) -> Listed:
    """Return one page of rows that are all there: filtered, sorted, what is missing last.

    Raises:
        InvalidInput: a column or a filter is none of this list.
    """
    for name in ask.where:
        if name not in filters:
            raise InvalidInput(name, "is no filter of this list")
    found = [
        row
        for row in rows
        if all(
            any(filters[name](row, value) for value in values)
            for name, values in ask.where.items()
            if values
        )
    ]
    for column, descends in reversed(ask.order or order):
        if found and column not in found[0]:
            raise InvalidInput("order", f"there is no column {column!r}")
        held = [row for row in found if row[column] is not None]
        held.sort(key=lambda row: row[column], reverse=descends)
        found = held + [row for row in found if row[column] is None]
    return Listed(found[ask.first : ask.first + ask.most], min(len(found), MOST_DEEP))


def _conditions(
    source: Source, ask: Ask, units: Sequence[str] | None
) -> tuple[str, dict[str, object]]:
    parts, values = [source.holds], dict[str, object]()
    if units is not None:
        parts.append(_within(source.scope))
        values["units"] = list(units)
    for at, (name, asked) in enumerate(sorted(ask.where.items())):
        condition = source.filters.get(name)
        if condition is None:
            raise InvalidInput(name, "is no filter of this list")
        told = [_read(name, condition, value) for value in asked]
        if condition.cases:
            alternatives = [condition.cases[str(value)] for value in told]
        else:
            named_values = {f"_where_{at}_{n}": value for n, value in enumerate(told)}
            if condition.each:
                named_values = {f"_where_{at}": told}
            alternatives = [condition.sql.replace(":value", f":{one}") for one in named_values]
            values |= named_values
        if told:
            parts.append(f"(({') OR ('.join(alternatives)}))")
    return " AND ".join(parts), values


def _within(scope: str | None) -> str:
    if scope is None:
        return "false"
    return scope if ":units" in scope else f"{scope} = ANY(CAST(:units AS text[]))"


def _read(name: str, condition: Condition, value: str) -> object:
    try:
        return condition.read(value)
    except ValueError as fault:
        raise InvalidInput(name, f"cannot be {value!r}") from fault


def _order(source: Source, ask: Ask) -> str:
    terms, order = [], ask.order or source.order
    for column, descends in order:
        if column not in source.columns:
            raise InvalidInput("order", f"there is no column {column!r}")
        last = " NULLS LAST" if column in source.gaps else ""
        terms.append(f"{source.columns[column]} {_way(descends)}{last}")
    # The last term tells any two rows apart: none stands on two pages.
    return ", ".join([*terms, f"{source.key} {_way(order[0][1])}"])


def _way(descends: bool) -> str:  # noqa: FBT001 - a column's own pair
    return "DESC" if descends else "ASC"

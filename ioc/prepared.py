"""Statements that PostgreSQL plans once a connection: for the paths that run hundreds a second.

A statement sent as text is parsed and planned each time, which costs more than most of ours take to
run. One of these is prepared when a connection runs it first, and executed by name from then on.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, cast

from psycopg2 import Error
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)\b")


class Prepared:
    """A statement with named parameters, each of a type of PostgreSQL.

    >>> statement = Prepared("SELECT n FROM t WHERE a = :a OR b = :b OR c = :a", a="int", b="text")
    >>> statement.sql
    'SELECT n FROM t WHERE a = $1 OR b = $2 OR c = $1'
    >>> statement.call == f"EXECUTE {statement.name} (%(a)s, %(b)s)"
    True
    """

    def __init__(self, sql: str, **types: str) -> None:
        """Take `sql` with `:parameters`, and their types by name.

        Raises:
            KeyError: a parameter of the statement has no type.
        """
        places = {name: f"${number}" for number, name in enumerate(types, 1)}
        self.sql = _PARAMETER.sub(lambda match: places[match[1]], sql)
        self.name = f"ioc_{sha256(self.sql.encode()).hexdigest()[:16]}"
        self._prepare = f"PREPARE {self.name} ({', '.join(types.values())}) AS {self.sql}"
        self.call = f"EXECUTE {self.name} ({', '.join(f'%({name})s' for name in types)})"

    def run(self, conn: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """Run the statement on `conn` and return its rows, with their columns by name.

        It is prepared there first where that was not done yet. Past the layer of SQLAlchemy, which
        takes as long as the store does for most of these: only its errors are raised.

        Raises:
            DBAPIError: the store refused it, or is gone.
        """
        pooled = conn.connection
        known: dict[str, Any] = pooled.info.setdefault("prepared", {})
        if self.name not in known:
            # Without parameters nothing is taken for a placeholder.
            conn.exec_driver_sql(self._prepare.replace("%", "%%"))
            known[self.name] = None
        try:
            with cast("Any", pooled.dbapi_connection).cursor() as cursor:
                cursor.execute(self.call, parameters)
                if not cursor.rowcount or cursor.description is None:
                    return []
                # The columns of a statement do not change as long as its plan lives.
                make = known[self.name]
                if make is None:
                    make = known[self.name] = _row_of(cursor.description)
                return list(map(make, cursor.fetchall()))
        except Error as fault:
            raise self._told(conn, fault) from fault

    def scalars(self, conn: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """Run the statement and return the first column of its rows."""
        return [row[0] for row in self.run(conn, parameters)]

    def _told(self, conn: Connection, fault: Error) -> DBAPIError:
        """Return what SQLAlchemy would raise; a connection that is gone is not used again."""
        driver, told_by = cast("Any", conn.connection.dbapi_connection), cast("Any", fault)
        is_lost = bool(driver.closed) or conn.dialect.is_disconnect(told_by, driver, None)
        if is_lost:
            conn.invalidate(fault)
        told: Any = DBAPIError.instance(
            self.call,
            None,
            fault,
            Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=conn.dialect,
        )
        assert isinstance(told, DBAPIError)
        return told


def _row_of(description: Sequence[Sequence[Any]]) -> Callable[[Iterable[Any]], Any]:
    """Return what makes a row of values of these columns, each a field by its name."""
    names = [str(column[0]) for column in description]
    row: Any = namedtuple("Row", names)  # type: ignore[misc]
    return cast("Callable[[Iterable[Any]], Any]", row._make)

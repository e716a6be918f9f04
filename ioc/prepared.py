"""Statements that PostgreSQL plans once a connection: for the paths that run hundreds a second.

A statement sent as text is parsed and planned each time, which costs more than most of ours take to
run. One of these is prepared when a connection runs it first, and executed by name from then on.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, CursorResult

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

    def run(self, conn: Connection, parameters: Mapping[str, Any]) -> CursorResult[Any]:
        """Run the statement on `conn`, and prepare it there first where that was not done yet."""
        known = conn.connection.info.setdefault("prepared", set())
        if self.name not in known:
            # Without parameters nothing is taken for a placeholder.
            conn.exec_driver_sql(self._prepare.replace("%", "%%"))
            known.add(self.name)
        return conn.exec_driver_sql(self.call, dict(parameters))

"""The one store of truth: engine, table catalogue, aware times, transactions that repeat."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, DateTime, Engine, MetaData, create_engine, text
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import TypeDecorator

from ioc.clock import require_aware
from ioc.errors import InvalidInput, Unavailable
from ioc.rights import grant_rights

metadata = MetaData()

# 40001 serialization_failure, 40P01 deadlock_detected: PostgreSQL manual, appendix A.
REPEATABLE = frozenset({"40001", "40P01"})
# feature_not_supported: a table was changed under the plan of a prepared statement.
STALE_PLAN = "0A000"
TRIES = 5
MIGRATION_LOCK = 0x10C0001
# No statement of ours runs long enough for compiling it, or for starting workers, to pay: starting
# two took 20 ms of a sum of 283 rows. What is prepared is planned once.
OPTIONS = (
    "-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
    " -c plan_cache_mode=force_generic_plan"
)

T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored and returned in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else require_aware("time", value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


def open_engine(url: str, *, pool_size: int = 8) -> Engine:
    """Return an engine on the PostgreSQL at `url`; nothing is connected yet.

    Raises:
        InvalidInput: the url is not of the form postgresql+psycopg2://…
    """
    if not url.startswith("postgresql+psycopg2://"):
        raise InvalidInput("IOC_DATABASE_URL", "must begin with postgresql+psycopg2://")
    # What the address asks for comes last and stands: on Citus, plans made for their values.
    own = make_url(url).query.get("options", "")
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        # A failure is logged; whom it was about is nobody's business who reads the log.
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "options": f"{OPTIONS} {own}"},
    )


def transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction and return its result; all of it happened, or nothing.

    A deadlock or a serialisation failure repeats the whole of `work`, at most five times. Once it
    is repeated on new connections: where a migration changed a table meanwhile, and where the store
    went away before the commit was asked for. That costs less than asking each time whether it is
    there.

    Raises:
        Unavailable: the store cannot be reached.
    """
    for attempt in range(1, TRIES + 1):
        is_worked = False
        try:
            with engine.begin() as conn:
                result = work(conn)
                is_worked = True
        except DBAPIError as fault:
            is_lost = fault.connection_invalidated and not is_worked
            if attempt == 1 and (is_lost or sqlstate(fault) == STALE_PLAN):
                engine.dispose()
                continue
            if sqlstate(fault) in REPEATABLE and attempt < TRIES:
                continue
            raise _translated(fault) from fault
        else:
            return result
    raise AssertionError("unreachable")


def text_array(values: Iterable[str]) -> str:
    """Return texts as one array literal: `CAST(:texts AS text[])` reads thousands at once.

    A list would be written into the statement text by text, and each be parsed as an expression.

    >>> text_array(["43C16839", "a,b"])
    '{"43C16839","a,b"}'
    """
    texts = list(values)
    quoted = '","'.join(texts)
    if "\\" in quoted or quoted.count('"') != 2 * max(len(texts) - 1, 0):
        quoted = '","'.join(t.replace("\\", "\\\\").replace('"', '\\"') for t in texts)
    return f'{{"{quoted}"}}' if texts else "{}"


def array_literal(values: Iterable[object]) -> str:
    """Return values of any kind as one array literal; None is NULL. See `text_array`.

    >>> array_literal(["a,b", None, 3])
    '{"a,b",NULL,"3"}'
    """
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    element = str(value)
    if "\\" in element or '"' in element:
        element = element.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{element}"'


def ping(engine: Engine) -> None:
    """Return when the store answers.

    Raises:
        Unavailable: it does not.
    """
    transact(engine, lambda conn: conn.execute(text("SELECT 1")).scalar_one())


def sqlstate(fault: DBAPIError) -> str:
    """Return PostgreSQL's five-letter code of `fault`, or an empty string."""
    return str(getattr(fault.orig, "pgcode", "") or "")


def _translated(fault: DBAPIError) -> Exception:
    lost: Any = fault.connection_invalidated
    # 57P0x: shutting down or starting up; 53300: too many connections; 25006, 53100: disk
    gone = sqlstate(fault)[:4] == "57P0" or sqlstate(fault) in {"53300", "25006", "53100"}
    if lost or gone or (isinstance(fault, OperationalError) and not sqlstate(fault)):
        return Unavailable(f"the store does not answer: {fault.orig}")
    return fault


def migrate(engine: Engine) -> None:
    """Bring the schema of the store to this version; one process at a time, others wait.

    Raises:
        Unavailable: the store cannot be reached.
    """
    # Here: services never migrate, and loading it would take a fifth of their start.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    def work(conn: Connection) -> None:
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        grant_rights(conn)

    transact(engine, work)

"""The one store of truth: engine, table catalogue, aware times, transactions that repeat."""

import errno
import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, DateTime, Engine, MetaData, create_engine, text
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import TypeDecorator

from ioc.clock import require_aware
from ioc.errors import InvalidInput, Unavailable
from ioc.rights import grant_rights
from ioc.traces import span

if TYPE_CHECKING:
    from alembic.config import Config

metadata = MetaData()

# 40001 serialization_failure, 40P01 deadlock_detected: PostgreSQL manual, appendix A.
REPEATABLE = frozenset({"40001", "40P01"})
# feature_not_supported: a table was changed under the plan of a prepared statement.
STALE_PLAN = "0A000"
READ_ONLY_DISK = os.strerror(errno.EROFS)
TRIES = 5
MIGRATION_LOCK = 0x10C0001
MIGRATIONS = Path(__file__).parent / "migrations"
# lock_not_available. Whoever waits for a table holds up all that come after him: so briefly, and
# then lets them through.
LOCKED = "55P03"
LOCK_WAIT, LOCK_PAUSE_S, MIGRATION_PATIENCE_S = "400ms", 0.4, 60.0
# Whoever writes facts enters their ids here first. Shut before anything else is locked: or a writer
# who is in holds one table and waits for another, and the migration the other way round.
DOORS = text("""
    SELECT relname FROM pg_class WHERE oid IN (to_regclass('intake'), to_regclass('scan_ids'))
    ORDER BY relname
""")
# Held by the timekeeper that leads, for as long as it does.
LEADER_LOCK = 0x10C0010
# No statement of ours runs long enough for compiling it, or for starting workers, to pay: starting
# two took 20 ms of a sum of 283 rows. What is prepared is planned once.
OPTIONS = (
    "-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0"
    " -c plan_cache_mode=force_generic_plan"
    " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=12000 -c idle_in_transaction_session_timeout=60000"
)
# A machine that lost its power, or a line, says nothing: after these seconds both ends know. The
# system's own figures are two hours, in which a lost writer holds his locks and a reader waits. One
# who lives and stops in the middle of a transaction is given up after a minute.
KEEPALIVES = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,
}

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
        # The connection used last: its statements are prepared, and its server's memory is warm.
        pool_use_lifo=True,
        # A failure is logged; whom it was about is nobody's business who reads the log.
        hide_parameters=True,
        connect_args={"connect_timeout": 3, "options": f"{OPTIONS} {own}", **KEEPALIVES},
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
    with span("transaction"):
        return _repeated(engine, work)


def _repeated(engine: Engine, work: Callable[[Connection], T]) -> T:
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


def server_of(conn: Connection) -> int:
    """Return the major version of the store's server."""
    return int(conn.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def sqlstate(fault: DBAPIError) -> str:
    """Return PostgreSQL's five-letter code of `fault`, or an empty string."""
    return str(getattr(fault.orig, "pgcode", "") or "")


def _translated(fault: DBAPIError) -> Exception:
    lost: Any = fault.connection_invalidated
    # 57P0x: shutting down or starting up; 53xxx: disk full, too many connections; 25006: read-only
    # replica; 58xxx: the disk fails. A disk that turned read-only is told as a lack of rights.
    state = sqlstate(fault)
    gone = state[:4] == "57P0" or state[:2] in {"53", "58"} or state == "25006"
    gone = gone or (state == "42501" and READ_ONLY_DISK in str(fault.orig))
    if lost or gone or (isinstance(fault, OperationalError) and not sqlstate(fault)):
        return Unavailable(f"the store does not answer: {fault.orig}")
    return fault


def migrate(engine: Engine, scripts: Path = MIGRATIONS) -> None:
    """Bring the schema of the store to this version; one process at a time, others wait.

    Each migration is one transaction: one that is broken off is not there at all, and the next call
    goes on from it. Services go on writing meanwhile: who must wait for a table gives way after
    `LOCK_WAIT` and tries again, so that nobody queues behind him for longer.

    Args:
        engine: of the store, under the role that owns its tables.
        scripts: the folder of migrations.

    Raises:
        Unavailable: the store cannot be reached, or a table was in use for a minute.
    """
    config = _alembic(scripts)
    while not _patiently(engine, lambda conn: _step(conn, config)):
        pass


def take_back(engine: Engine, revision: str, scripts: Path = MIGRATIONS) -> None:
    """Bring the schema back to an earlier revision, with all but what later ones brought.

    The rights of services are given anew by the version that goes with it, when it starts.

    Raises:
        InvalidInput: there is no such revision before the present one.
        Unavailable: the store cannot be reached, or a table was in use for a minute.
    """
    from alembic import command  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = _alembic(scripts)

    def work(conn: Connection) -> None:
        _shut_doors(conn)
        config.attributes["connection"] = conn
        command.downgrade(config, revision)

    try:
        _patiently(engine, work)
    except CommandError as fault:
        raise InvalidInput("revision", str(fault)) from fault


def _alembic(scripts: Path) -> "Config":
    # Here: services never migrate, and loading it would take a fifth of their start.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(scripts))
    return config


def _patiently(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction, which gives way where a table is in use and tries again."""
    limit = time.monotonic() + MIGRATION_PATIENCE_S
    while True:
        try:
            return transact(engine, work)
        except DBAPIError as fault:
            if sqlstate(fault) != LOCKED:
                raise
            if time.monotonic() > limit:
                raise Unavailable(
                    f"a table is in use, by a backup perhaps: {fault.orig}"
                ) from fault
            time.sleep(LOCK_PAUSE_S)


def _step(conn: Connection, config: "Config") -> bool:
    """Run the next migration, or give the rights anew where there is none: then tell so."""
    from alembic import command  # noqa: PLC0415
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    head = ScriptDirectory.from_config(config).get_current_head()
    present = MigrationContext.configure(conn).get_current_revision()
    if present != head:
        _shut_doors(conn)
        config.attributes["connection"] = conn
        # Nobody works in an empty store: all of it at once is quicker.
        command.upgrade(config, "+1" if present else "head")
        return False
    # Some hundred statements, in which no writer is kept out: the doors are open again.
    conn.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
    grant_rights(conn)
    return True


def _shut_doors(conn: Connection) -> None:
    """Let no writer of facts begin; those who are in may finish."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    conn.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
    for door in conn.execute(DOORS).scalars():
        conn.execute(text(f"LOCK TABLE {door} IN SHARE ROW EXCLUSIVE MODE"))

"""What is asked of PostgreSQL's own catalogue: version, schema, rights, clock, safety."""

import re
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from ioc import migrations
from ioc.rights import RIGHTS

# Durable only while all of them hold: PostgreSQL manual, "Reliability and the Write-Ahead Log".
SAFETY = ("fsync", "full_page_writes", "synchronous_commit")
RIGHT = re.compile(r"(\w+)(?: \(([^)]*)\))?")
Held = set[tuple[str, str, str, str]]


def newest_revision() -> str:
    """Return the revision of the schema that this version of the software needs."""
    folder = Path(next(iter(migrations.__path__))) / "versions"
    return max(file.stem[:4] for file in folder.glob("[0-9]*.py"))


def revision(conn: Connection) -> str | None:
    """Return the revision of the schema, None where nothing was ever made."""
    if conn.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return None
    found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def version(conn: Connection) -> int:
    """Return the major version of the server."""
    return int(conn.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def unsafe(conn: Connection) -> list[str]:
    """Return the settings by which a commit that was answered could be lost."""
    return [name for name in SAFETY if conn.execute(text(f"SHOW {name}")).scalar_one() == "off"]


def instant(conn: Connection) -> datetime:
    """Return the time of the store's machine."""
    found: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def roles(conn: Connection) -> dict[str, bool]:
    """Return the roles of our services that exist, and whether each may do anything it likes."""
    rows = conn.execute(ROLES, {"roles": list(RIGHTS)})
    return {row.rolname: row.rolsuper for row in rows}


def expected_rights() -> Held:
    """Return what each role is to be given: role, table, right, column (empty: all of it)."""
    return {
        (role, table, right, column.strip())
        for role, tables in RIGHTS.items()
        for table, told in tables.items()
        for right, columns in RIGHT.findall(told)
        for column in (columns or "").split(",")
    }


def held_rights(conn: Connection) -> Held:
    """Return what each role was given."""
    return {tuple(row) for row in conn.execute(HELD, {"roles": list(RIGHTS)})}


ROLES = text("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = ANY(:roles)")
HELD = text("""
    SELECT r.rolname, c.relname, a.privilege_type, ''
    FROM pg_class AS c, aclexplode(c.relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND r.rolname = ANY(:roles)
    UNION
    SELECT r.rolname, c.relname, a.privilege_type, t.attname
    FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid,
        aclexplode(t.attacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = ANY(:roles)
""")

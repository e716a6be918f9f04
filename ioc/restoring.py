"""A backup put back: the store as it was then, without what was purged or erased since.

What answers for people never goes back in time: the audit, the certificates, requests and breaches
of now are carried over, where the backup is of the same store.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text

from ioc import audit
from ioc.backups import CHUNK, DUMP, Backup, read_backup, require_whole, saved_picture
from ioc.centre import Centre
from ioc.db import migrate, server_of, transact
from ioc.embedded.binaries import connection_env, postgres_tool
from ioc.errors import Conflict, NotFound, Unavailable
from ioc.evidence import path_of
from ioc.holds.service import keep_all
from ioc.subjects.service import erase_again
from ioc.upkeep import purge_and_certify, recount

CARRIED = "carried"
CHAIN = ("audit", "audit_link", "audit_open")
ACCOUNTS = (
    *("purge_certificates", "subject_requests", "erasures", "breaches", "breach_steps"),
    *("audit_findings", "legal_holds", "hold_rows", "hold_pictures"),
)


@dataclass(frozen=True)
class Restored:
    """What came of it: `is_chain_whole` where the audit of now was carried over.

    `purged` and `erased` are the rows of the backup that were past their days, or of whom somebody
    had asked for deletion, since; `differences` are tallies that are not their facts.
    """

    backup: Backup
    is_chain_whole: bool
    purged: int
    erased: int
    pictures: int
    differences: list[str]


def restore(centre: Centre, name: str, actor: str) -> Restored:
    """Put the store back as it was when a backup was made. The services must be stopped.

    All of it is loaded, or nothing. A restore that was cut off after that is finished by the same
    command again.

    Raises:
        NotFound: there is no such backup.
        Conflict: somebody else uses the store, or the backup is older than the policy allows.
        Unavailable: the backup was changed, or PostgreSQL's programs fail.
    """
    backup = read_backup(centre, _folder(centre, name))
    if centre.now() - backup.made_at > centre.city.policy.backups:
        raise Conflict(f"{name} is older than backups are kept: what it holds is to be forgotten")
    require_whole(backup)
    centre.engine.dispose()
    is_same, prelude = transact(centre.engine, lambda conn: _prepare(conn, backup))
    centre.engine.dispose()
    _load(centre, backup, prelude)
    migrate(centre.engine)
    transact(centre.engine, _take_back)
    if not is_same:
        _set_heads_aside(centre, backup)
    detail = {"backup": name, "made_at": backup.made_at.isoformat(), "same_chain": is_same}
    audit.record(centre, actor, "restored", f"backup:{name}", None, detail)
    keep_all(centre)
    erased = erase_again(centre)
    purged = sum(purge_and_certify(centre).says["removed"].values())
    pictures = _bring_pictures(centre)
    return Restored(backup, is_same, purged, erased, pictures, recount(centre))


def _folder(centre: Centre, name: str) -> Path:
    folder = centre.settings.backup_dir / name
    if folder.parent != centre.settings.backup_dir or not folder.is_dir():
        raise NotFound("backup", name)
    return folder


def _prepare(conn: Connection, backup: Backup) -> tuple[bool, str]:
    """Tell whether the store's audit goes on from the backup's, and what is run before the dump."""
    others = conn.execute(OTHERS).scalar_one()
    if others:
        raise Conflict(f"{others} other connections use the store: stop the services first")
    known = set(conn.execute(TABLES).scalars())
    link = None
    if "audit_link" in known:
        link = conn.execute(LINK, {"seq": backup.audit_seq}).scalar_one_or_none()
    is_new = backup.audit_seq == 0
    is_same = is_new or (link is not None and bytes(link).hex() == backup.audit_hash)
    lines = ["BEGIN;"]
    if conn.execute(HAS_SCHEMA, {"name": CARRIED}).scalar_one():
        # A restore was cut off: what it carried is still the newest.
        is_same = True
    else:
        kept = [name for name in (*(CHAIN if is_same else ()), *ACCOUNTS) if name in known]
        lines.append(f"CREATE SCHEMA {CARRIED};")
        lines += [f"CREATE TABLE {CARRIED}.{name} AS TABLE public.{name};" for name in kept]
    return is_same, "\n".join([*lines, "DROP SCHEMA public CASCADE;", "CREATE SCHEMA public;", ""])


def _load(centre: Centre, backup: Backup, prelude: str) -> None:
    """Run the prelude and the dump as one transaction."""
    server = transact(centre.engine, server_of)
    centre.engine.dispose()
    env = connection_env(centre.settings.database_url)
    read = [str(postgres_tool("pg_restore", server, os.environ)), "--no-owner", "--no-privileges"]
    write = [str(postgres_tool("psql", server, os.environ)), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    with tempfile.TemporaryFile() as reading, tempfile.TemporaryFile() as writing:
        reader = subprocess.Popen(
            [*read, "--file=-", str(backup.folder / DUMP)],
            stdout=subprocess.PIPE,
            stderr=reading,
        )
        writer = subprocess.Popen(
            write, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=writing
        )
        assert reader.stdout is not None
        assert writer.stdin is not None
        try:
            writer.stdin.write(prelude.encode())
            shutil.copyfileobj(reader.stdout, writer.stdin, CHUNK)
            # Without its last word all of it is rolled back.
            is_read = reader.wait() == 0
            writer.stdin.write(b"COMMIT;\n" if is_read else b"ROLLBACK;\n")
        except BrokenPipeError:
            # psql gave up and says why.
            is_read = True
        finally:
            with suppress(BrokenPipeError):
                writer.stdin.close()
            reader.stdout.close()
            reader.wait()
        if writer.wait() or not is_read:
            raise Unavailable(f"nothing was restored: {_words(reading)} {_words(writing)}".strip())


def _take_back(conn: Connection) -> None:
    """Put what was carried over beside what the backup holds of it."""
    held = set(conn.execute(CARRIED_TABLES, {"name": CARRIED}).scalars())
    for table in (*CHAIN, *ACCOUNTS):
        if table not in held:
            continue
        columns = list(conn.execute(COLUMNS, {"name": CARRIED, "table": table}).scalars())
        names = ", ".join(columns)
        if table == "audit_open":
            conn.execute(text("DELETE FROM audit_open"))
        if table in ("subject_requests", "breaches", "legal_holds"):
            # Rows of these are changed: what is known now stands.
            conn.execute(
                text(f"DELETE FROM {table} WHERE no IN (SELECT no FROM {CARRIED}.{table})")
            )
        conn.execute(
            text(
                f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
                f" SELECT {names} FROM {CARRIED}.{table} ON CONFLICT DO NOTHING"
            )
        )
        if conn.execute(SEQUENCE, {"table": table}).scalar_one_or_none():
            conn.execute(
                text(f"{NEXT} (SELECT coalesce(max(no), 0) + 1 FROM {table}), false)"),
                {"table": table},
            )
    conn.execute(text(f"DROP SCHEMA IF EXISTS {CARRIED} CASCADE"))


def _set_heads_aside(centre: Centre, backup: Backup) -> None:
    """Let the heads of the backup's audit stand again; those of another chain are kept beside."""
    file = centre.settings.state_dir / audit.HEADS
    if file.exists():
        file.replace(file.with_name(f"{file.stem}.before-{backup.folder.name}.log"))
    if (backup.folder / audit.HEADS).exists():
        shutil.copy2(backup.folder / audit.HEADS, file)


def _bring_pictures(centre: Centre) -> int:
    """Copy back the pictures that the store names and the folder lacks; return how many."""
    names = transact(centre.engine, lambda conn: list(conn.execute(PICTURES).scalars()))
    done = 0
    for name in names:
        target = path_of(centre, name)
        saved = None if target.exists() else saved_picture(centre.settings.backup_dir, name)
        if saved is not None:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = target.with_suffix(".new")
            shutil.copy2(saved, draft)
            draft.replace(target)
            done += 1
    return done


def _words(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read()[-500:].decode("utf-8", "replace").strip()


OTHERS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'
""")
TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
CARRIED_TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = :name")
COLUMNS = text("""
    SELECT c.column_name FROM information_schema.columns AS c
    WHERE c.table_schema = :name AND c.table_name = :table AND EXISTS (
        SELECT 1 FROM information_schema.columns AS p WHERE p.table_schema = 'public'
            AND p.table_name = c.table_name AND p.column_name = c.column_name)
    ORDER BY c.ordinal_position
""")
HAS_SCHEMA = text("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = :name)")
LINK = text("SELECT hash FROM audit_link WHERE seq = :seq")
SEQUENCE = text("""
    SELECT 1 FROM information_schema.columns WHERE table_schema = 'public'
        AND table_name = :table AND column_name = 'no' AND is_identity = 'YES'
""")
NEXT = "SELECT setval(pg_get_serial_sequence(:table, 'no'),"
PICTURES = text("SELECT sha256 FROM evidence")

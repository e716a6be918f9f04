"""The archive as the store sees it: whether its log is followed, and what it has not got yet."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from ioc.log_receiver import NAME


@dataclass(frozen=True)
class ArchiveState:
    """What the store keeps for the archive.

    Attributes:
        is_followed: it reads the log now.
        has_gap: log that it had not got was dropped, since it was away too long.
        behind_bytes: log that it has not kept yet; 0 where there is a gap.
    """

    is_followed: bool
    has_gap: bool
    behind_bytes: int


def archive_state(conn: Connection) -> ArchiveState | None:
    """Return how the archive does; None where nobody ever began one."""
    row = conn.execute(SLOT, {"name": NAME}).one_or_none()
    if row is None:
        return None
    return ArchiveState(bool(row.active), row.wal_status == "lost", int(row.behind or 0))


# A slot stands as long as its archive is meant to go on, also while that is away.
SLOT = text("""
    SELECT active, wal_status, pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
        restart_lsn
    ) AS behind
    FROM pg_replication_slots WHERE slot_name = :name
""")

"""Displays on walls: a token each, bound to one screen, ended by hand."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE displays (
    name text PRIMARY KEY,
    wall text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    seen_at timestamptz,
    revoked_at timestamptz
);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE displays")

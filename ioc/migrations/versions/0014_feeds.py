"""Feeds: how far each was read."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# A row a feed: it is changed at every round, and there are a handful.
TABLE = """
CREATE TABLE feed_cursors (
    feed text PRIMARY KEY,
    cursor text,
    read_at timestamptz,
    items bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    failed_at timestamptz,
    fault text
);
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE feed_cursors")

"""Accounts: the agency a person works for."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE users ADD COLUMN agency text")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE users DROP COLUMN agency")

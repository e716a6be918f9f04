"""Alerts that became known too late to act on say by how much."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was raised before was in time, or nobody noted it."""
    op.execute("ALTER TABLE alerts ADD COLUMN late_s integer")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE alerts DROP COLUMN late_s")

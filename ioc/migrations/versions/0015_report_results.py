"""When the picture of an answer was let be seen by everybody."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was seen by all before stays so."""
    op.execute("ALTER TABLE reports ADD COLUMN published_at timestamptz")
    op.execute("UPDATE reports SET published_at = changed_at WHERE answer_picture IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE reports DROP COLUMN published_at")

"""What was wrong with a camera, from when to when."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE camera_faults (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    camera text NOT NULL,
    fault text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    CHECK (until >= since)
);
CREATE UNIQUE INDEX camera_faults_on ON camera_faults (camera, fault) WHERE until IS NULL;
CREATE INDEX camera_faults_over ON camera_faults (until) WHERE until IS NOT NULL;
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE camera_faults")

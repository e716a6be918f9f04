"""When a key was last used; which content of the city's files was in force when."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE api_keys ADD COLUMN used_at timestamptz;

CREATE TABLE config_versions (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file text NOT NULL,
    digest text NOT NULL,
    version integer,
    since timestamptz NOT NULL,
    until timestamptz
);
CREATE UNIQUE INDEX config_versions_in_force ON config_versions (file) WHERE until IS NULL;
"""


def upgrade() -> None:
    """Make the column and the table."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE config_versions; ALTER TABLE api_keys DROP COLUMN used_at")

"""Legal holds: what is kept apart of a person, a plate or an alert, beyond its day."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE legal_holds (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL,
    review_on date NOT NULL,
    held_at timestamptz NOT NULL,
    held_by text NOT NULL,
    kept_at timestamptz,
    released_at timestamptz,
    released_by text,
    why_released text
);
CREATE UNIQUE INDEX legal_holds_standing ON legal_holds (kind, subject) WHERE released_at IS NULL;

-- Rows as they stood when they were kept; one that changed since stands there once more.
CREATE TABLE hold_rows (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hold bigint NOT NULL,
    of_table text NOT NULL,
    digest text NOT NULL,
    content jsonb NOT NULL,
    kept_at timestamptz NOT NULL,
    UNIQUE (hold, of_table, digest)
);
CREATE TRIGGER hold_rows_append_only BEFORE UPDATE OR TRUNCATE ON hold_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- What the purge of pictures leaves.
CREATE TABLE hold_pictures (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hold bigint NOT NULL,
    sha256 text NOT NULL,
    UNIQUE (sha256, hold)
);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE hold_pictures, hold_rows, legal_holds")

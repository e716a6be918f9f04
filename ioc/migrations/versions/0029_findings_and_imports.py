"""A look-up asked about is judged later; each import of a file leaves a row."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE audit_findings DROP CONSTRAINT audit_findings_pkey;
ALTER TABLE audit_findings ADD COLUMN no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
-- Of one look-up: asked about once, judged once.
CREATE UNIQUE INDEX audit_findings_asked ON audit_findings (entry) WHERE finding = 'unclear';
CREATE UNIQUE INDEX audit_findings_judged ON audit_findings (entry) WHERE finding <> 'unclear';

-- One file that was imported: `file` is its name alone. Without an end it was broken off.
CREATE TABLE import_runs (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file text NOT NULL,
    sha256 text NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    actor text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    recorded bigint,
    repeated bigint,
    refused bigint
);
CREATE INDEX import_runs_by_time ON import_runs (began_at);
"""


def upgrade() -> None:
    """Make the table, and let a look-up have two findings."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop it; of two findings the first goes, for its look-up was judged since."""
    op.execute("""
        DROP TABLE import_runs;
        DELETE FROM audit_findings AS f WHERE finding = 'unclear' AND EXISTS (
            SELECT 1 FROM audit_findings WHERE entry = f.entry AND no > f.no);
        DROP INDEX audit_findings_asked, audit_findings_judged;
        ALTER TABLE audit_findings DROP COLUMN no;
        ALTER TABLE audit_findings ADD PRIMARY KEY (entry);
    """)

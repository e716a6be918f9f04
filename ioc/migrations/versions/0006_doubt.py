"""What a read may be of, and what people said of it."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DOUBT = """
CREATE TABLE doubts (
    sighting text PRIMARY KEY,
    seen_at timestamptz NOT NULL,
    alert bigint NOT NULL,
    camera text NOT NULL,
    plate text NOT NULL,
    band text NOT NULL,
    accused double precision NOT NULL,
    reason text NOT NULL,
    rule text NOT NULL,
    candidates jsonb NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX doubts_by_alert ON doubts (alert, seen_at);
CREATE INDEX doubts_by_time ON doubts (known_at);

CREATE TABLE reviews (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert bigint NOT NULL,
    sighting text NOT NULL,
    seen_at timestamptz NOT NULL,
    camera text NOT NULL,
    plate text NOT NULL,
    answer text NOT NULL,
    truth text,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    plate_picture text,
    frame_picture text,
    may_leave boolean NOT NULL,
    undone_at timestamptz,
    applied_at timestamptz,
    raised bigint
);
-- One answer stands for a question; what was taken back stays to be seen.
CREATE UNIQUE INDEX reviews_standing ON reviews (alert) WHERE undone_at IS NULL;
CREATE INDEX reviews_waiting ON reviews (decided_at) WHERE undone_at IS NULL AND applied_at IS NULL;
CREATE INDEX reviews_by_time ON reviews (decided_at);
"""


def upgrade() -> None:
    op.execute(DOUBT)


def downgrade() -> None:
    op.execute("DROP TABLE reviews")
    op.execute("DROP TABLE doubts")

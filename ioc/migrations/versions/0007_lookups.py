"""Plates seen, each once and findable by both ends; requests to look further back; audit by subject."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LOOKUPS = """
-- One row a plate: a search costs by what fits, not by how often it passed.
CREATE TABLE plates_seen (
    plate text PRIMARY KEY,
    fold text NOT NULL,
    backwards text NOT NULL,
    last_seen_at timestamptz NOT NULL,
    last_no bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX plates_seen_by_head ON plates_seen (fold text_pattern_ops);
CREATE INDEX plates_seen_by_tail ON plates_seen (backwards text_pattern_ops);
CREATE INDEX plates_seen_by_no ON plates_seen (last_no);
CREATE INDEX plates_seen_by_time ON plates_seen (last_seen_at);

CREATE TABLE trail_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plate text NOT NULL,
    since timestamptz NOT NULL,
    purpose text NOT NULL,
    case_number text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    is_approved boolean NOT NULL DEFAULT false,
    usable_until timestamptz,
    CHECK (decided_by IS NULL OR decided_by <> asked_by)
);
CREATE INDEX trail_requests_waiting ON trail_requests (asked_at) WHERE decided_at IS NULL;
CREATE INDEX trail_requests_of ON trail_requests (asked_by, asked_at);

CREATE INDEX audit_by_subject ON audit (subject, no);
"""


def upgrade() -> None:
    op.execute(LOOKUPS)


def downgrade() -> None:
    op.execute("DROP INDEX audit_by_subject")
    op.execute("DROP TABLE trail_requests")
    op.execute("DROP TABLE plates_seen")

"""The outbox of notices."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NOTICES = """
CREATE TABLE notices (
    id uuid PRIMARY KEY,
    channel text NOT NULL,
    topic text NOT NULL,
    about text NOT NULL,
    recipient text NOT NULL,
    dedupe text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    words jsonb NOT NULL,
    terms jsonb NOT NULL,
    facts jsonb NOT NULL,
    pictures text[] NOT NULL,
    put_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    tried_at timestamptz,
    state text NOT NULL DEFAULT 'waiting',
    delivered_at timestamptz,
    fault text,
    UNIQUE (channel, recipient, dedupe)
);
CREATE INDEX notices_due ON notices (channel, next_at) WHERE state = 'waiting';
CREATE INDEX notices_tried ON notices (channel, tried_at) WHERE tried_at IS NOT NULL;
CREATE INDEX notices_about ON notices (about);
CREATE INDEX notices_by_time ON notices (put_at);
CREATE TABLE notice_files (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice uuid NOT NULL REFERENCES notices ON DELETE CASCADE,
    name text NOT NULL,
    media_type text NOT NULL,
    content bytea NOT NULL
);
CREATE INDEX notice_files_of ON notice_files (notice);
"""


def upgrade() -> None:
    op.execute(NOTICES)


def downgrade() -> None:
    op.execute("DROP TABLE notice_files")
    op.execute("DROP TABLE notices")

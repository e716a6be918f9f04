"""Signing in: how a session was opened, the second factor, the identity at a provider."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# `proof` is what a session still waits for; a secret lies enciphered, of a recovery code its HMAC.
TABLES = """
ALTER TABLE sessions
    ADD COLUMN agent text NOT NULL DEFAULT '',
    ADD COLUMN way text NOT NULL DEFAULT 'password',
    ADD COLUMN proof text NOT NULL DEFAULT 'done';

ALTER TABLE users ADD COLUMN subject text;
CREATE UNIQUE INDEX users_by_subject ON users (subject) WHERE subject IS NOT NULL;

CREATE TABLE second_factors (
    user_name text PRIMARY KEY REFERENCES users (name),
    secret bytea NOT NULL,
    made_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    user_name text NOT NULL REFERENCES users (name),
    code_hash text NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_name, code_hash)
);
"""


def upgrade() -> None:
    """Make the tables and columns."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE recovery_codes; DROP TABLE second_factors")
    op.execute("ALTER TABLE users DROP COLUMN subject")
    op.execute("ALTER TABLE sessions DROP COLUMN agent, DROP COLUMN way, DROP COLUMN proof")

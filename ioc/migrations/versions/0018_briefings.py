"""The digital report: frozen issues, who signed them, what came later."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE briefings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number integer NOT NULL CHECK (number > 0),
    version integer NOT NULL CHECK (version > 0),
    day date NOT NULL,
    cut_off timestamptz NOT NULL,
    digest text NOT NULL,
    frozen_at timestamptz NOT NULL,
    frozen_by text NOT NULL,
    text text NOT NULL,
    UNIQUE (number, version),
    UNIQUE (day, version)
);
CREATE TABLE briefing_signatures (
    no bigint GENERATED ALWAYS AS IDENTITY,
    briefing bigint NOT NULL REFERENCES briefings ON DELETE CASCADE,
    stage text NOT NULL,
    role text NOT NULL,
    account text NOT NULL,
    name text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (briefing, stage, role),
    UNIQUE (briefing, account)
);
CREATE TABLE briefing_amendments (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    briefing bigint NOT NULL REFERENCES briefings ON DELETE CASCADE,
    figure text NOT NULL,
    n bigint NOT NULL,
    noted_at timestamptz NOT NULL
);
CREATE INDEX briefing_amendments_of ON briefing_amendments (briefing, figure, no DESC);
"""
NAMES = ("briefings", "briefing_signatures", "briefing_amendments")


def upgrade() -> None:
    """Make the tables; nobody changes a row of them."""
    op.execute(TABLES)
    for name in NAMES:
        op.execute(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop them."""
    for name in reversed(NAMES):
        op.execute(f"DROP TABLE {name}")

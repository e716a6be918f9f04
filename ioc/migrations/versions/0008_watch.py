"""Lists of plates, journeys of red vehicles, what a verdict rests on."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE plate_lists (
    id text PRIMARY KEY,
    kind text NOT NULL,
    owner text NOT NULL,
    source text NOT NULL,
    purpose text NOT NULL,
    review_on date NOT NULL,
    loaded_at timestamptz,
    known_at timestamptz NOT NULL
);
CREATE TABLE list_entries (
    ref text NOT NULL,
    version integer NOT NULL,
    list text NOT NULL REFERENCES plate_lists,
    entry_id text NOT NULL,
    plate text NOT NULL,
    reason text NOT NULL,
    priority text,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    note text,
    entered_by text NOT NULL,
    known_at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    superseded_at timestamptz,
    PRIMARY KEY (ref, version),
    CHECK (approved_by <> entered_by)
);
CREATE INDEX list_entries_by_plate ON list_entries (plate);
CREATE INDEX list_entries_waiting ON list_entries (list, known_at)
    WHERE approved_at IS NULL AND superseded_at IS NULL;
CREATE INDEX list_entries_by_end ON list_entries (valid_until);

-- One row a red permit that was seen to enter: does the vehicle come to its site in time?
CREATE TABLE journeys (
    permit text PRIMARY KEY,
    plate text NOT NULL,
    site text,
    sighting text NOT NULL,
    camera text NOT NULL,
    entered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    arrived_at timestamptz,
    overdue_at timestamptz,
    ended_at timestamptz,
    alert bigint
);
CREATE INDEX journeys_open ON journeys (permit) WHERE ended_at IS NULL AND overdue_at IS NULL;
CREATE INDEX journeys_late ON journeys (permit) WHERE arrived_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX journeys_by_entry ON journeys (entered_at);

ALTER TABLE sightings ADD COLUMN not_read text, ADD COLUMN rule_version integer,
    ADD COLUMN rests_on text;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in ("journeys", "list_entries", "plate_lists"):
        op.execute(f"DROP TABLE {table}")
    for column in ("not_read", "rule_version", "rests_on"):
        op.execute(f"ALTER TABLE sightings DROP COLUMN {column}")

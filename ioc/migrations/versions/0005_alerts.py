"""Alerts by their sightings, deadlines of units, patrols, shelves of noisy cameras, hand-overs."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ALERTS = """
ALTER TABLE alerts ADD COLUMN unit_due_at timestamptz;
DROP INDEX alerts_open;
CREATE INDEX alerts_open ON alerts (desk, raised_at) WHERE closed_at IS NULL;
CREATE INDEX sightings_by_alert ON sightings (alert, seen_at) WHERE alert IS NOT NULL;

-- Where every unit is and what it does. One unit is on one alert, one alert has one unit.
CREATE TABLE patrols (
    id text PRIMARY KEY,
    status text NOT NULL,
    alert bigint UNIQUE,
    changed_at timestamptz NOT NULL,
    lat double precision,
    lon double precision,
    camera text,
    placed_at timestamptz,
    known_at timestamptz
);

-- A camera that cries over one rule again and again: its alerts are kept, and shelved together.
CREATE TABLE mutes (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    camera text NOT NULL,
    rule text NOT NULL,
    muted_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    lifted_at timestamptz,
    lifted_by text
);
CREATE INDEX mutes_by_end ON mutes (until_at) WHERE lifted_at IS NULL;

CREATE TABLE handovers (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    giver text NOT NULL,
    taker text NOT NULL,
    note text,
    summary jsonb NOT NULL
);
CREATE INDEX handovers_by_time ON handovers (at);
CREATE TRIGGER handovers_append_only BEFORE UPDATE OR TRUNCATE ON handovers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER handovers_kept BEFORE DELETE ON handovers
    FOR EACH ROW EXECUTE FUNCTION refuse_early_delete();
"""


def upgrade() -> None:
    op.execute(ALERTS)


def downgrade() -> None:
    for table in ("handovers", "mutes", "patrols"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP INDEX sightings_by_alert")
    op.execute("DROP INDEX alerts_open")
    op.execute("ALTER TABLE alerts DROP COLUMN unit_due_at")
    op.execute("CREATE INDEX alerts_open ON alerts (desk, raised_at) WHERE state <> 'closed'")

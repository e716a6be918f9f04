"""Who watches the cameras: the workers of the fleet, and the hands each camera went through."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = """
-- heard_at goes by the clock of the store, which is one for all machines: it tells who is there.
-- All other times go by that of the centre, as the reads do.
CREATE TABLE fleet_workers (
    name text PRIMARY KEY,
    run text NOT NULL,
    node text NOT NULL,
    offers text[] NOT NULL,
    weight double precision NOT NULL CHECK (weight > 0),
    is_leaving boolean NOT NULL DEFAULT false,
    rolls_among integer,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE fleet_leases (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    camera text NOT NULL,
    worker text NOT NULL,
    run text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    heir text,
    is_heir_ready boolean NOT NULL DEFAULT false
);
-- No two workers have one camera, whatever they believe.
CREATE UNIQUE INDEX fleet_leases_open ON fleet_leases (camera) WHERE until IS NULL;
CREATE INDEX fleet_leases_by_camera ON fleet_leases (camera, number);
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE fleet_leases, fleet_workers")

"""Permits as dated versions that say who, when and why; registrations and what was done with them."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PERMITS = """
ALTER TABLE permits
    ADD COLUMN appeal text,
    ADD COLUMN registration text,
    ADD COLUMN people text[] NOT NULL DEFAULT '{}',
    ADD COLUMN held_from timestamptz,
    ADD COLUMN held_until timestamptz,
    ADD COLUMN is_void boolean NOT NULL DEFAULT false,
    ADD COLUMN change text NOT NULL DEFAULT 'grant',
    ADD COLUMN actor text,
    ADD COLUMN why text;
-- Until now the newest version spoke of all time.
UPDATE permits SET is_void = true WHERE superseded_at IS NOT NULL;
UPDATE permits SET change = 'revoke' WHERE version > 1;
-- Versions that were followed by another and still speak of what was seen before.
CREATE INDEX permits_held ON permits (plate) WHERE superseded_at IS NOT NULL AND NOT is_void;
CREATE INDEX permits_red ON permits (destination, known_at)
    WHERE permit_class = 'red' AND roads <> '{}';
CREATE INDEX permits_by_registration ON permits (registration) WHERE registration IS NOT NULL;
ALTER TABLE sightings ADD COLUMN permit_version integer;
"""

REGISTRATIONS = """
CREATE TABLE registrations (
    ref text PRIMARY KEY,
    no bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    registration_id text NOT NULL,
    plate text NOT NULL,
    kind text NOT NULL,
    seats integer,
    colour text,
    holder text,
    driver text,
    phone text,
    mail text,
    origin text,
    destination text,
    route text,
    roads text[] NOT NULL DEFAULT '{}',
    from_at timestamptz,
    until_at timestamptz,
    goods text,
    companions integer,
    people text[] NOT NULL DEFAULT '{}',
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    waits_since timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text,
    permit text
);
CREATE INDEX registrations_waiting ON registrations (waits_since, no)
    WHERE state IN ('received', 'appealed');
CREATE INDEX registrations_asked ON registrations (waits_since, no) WHERE state = 'asked';
CREATE INDEX registrations_by_plate ON registrations (plate, received_at);
CREATE INDEX registrations_by_decision ON registrations (decided_at)
    WHERE decided_at IS NOT NULL;
CREATE INDEX registrations_by_time ON registrations (received_at);

CREATE TABLE registration_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    registration text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    note text,
    permit text
);
CREATE INDEX registration_steps_by_registration ON registration_steps (registration, no);
CREATE TRIGGER registration_steps_append_only BEFORE UPDATE OR TRUNCATE ON registration_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(PERMITS)
    op.execute(REGISTRATIONS)


def downgrade() -> None:
    op.execute("DROP TABLE registration_steps, registrations")
    op.execute("ALTER TABLE sightings DROP COLUMN permit_version")
    op.execute(
        "ALTER TABLE permits DROP COLUMN appeal, DROP COLUMN registration, DROP COLUMN people,"
        " DROP COLUMN held_from, DROP COLUMN held_until, DROP COLUMN is_void, DROP COLUMN change,"
        " DROP COLUMN actor, DROP COLUMN why"
    )

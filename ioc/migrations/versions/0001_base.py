"""Intake, tallies, audit, evidence; permits, sightings; alerts."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INTAKE_PARTS = 8

BASE = """
CREATE TABLE intake (
    source text NOT NULL,
    kind text NOT NULL,
    id text NOT NULL,
    content_hash bytea NOT NULL,
    ref text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (source, kind, id)
) PARTITION BY HASH (id);
CREATE INDEX intake_by_time ON intake USING brin (received_at)
    WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE refused (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    kind text NOT NULL,
    item_id text,
    field text NOT NULL,
    why text NOT NULL,
    content text,
    received_at timestamptz NOT NULL
);
CREATE INDEX refused_by_time ON refused (received_at);

CREATE TABLE tally (
    metric text NOT NULL,
    place text NOT NULL,
    bucket timestamptz NOT NULL,
    slot smallint NOT NULL,
    n bigint NOT NULL,
    folded bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (metric, bucket, place, slot)
) WITH (fillfactor = 70);
CREATE INDEX tally_unfolded ON tally (metric, bucket) WHERE n <> folded;
CREATE INDEX tally_by_time ON tally USING brin (bucket) WITH (pages_per_range = 32);
CREATE TABLE tally_quarter (
    metric text NOT NULL, bucket timestamptz NOT NULL, n bigint NOT NULL,
    PRIMARY KEY (metric, bucket)
);
CREATE TABLE tally_day (
    metric text NOT NULL, place text NOT NULL, day date NOT NULL, n bigint NOT NULL,
    PRIMARY KEY (metric, day, place)
);
CREATE TABLE tally_total (
    metric text NOT NULL, place text NOT NULL, n bigint NOT NULL,
    PRIMARY KEY (metric, place)
);
CREATE TABLE presence (
    metric text NOT NULL, place text NOT NULL, day date NOT NULL,
    PRIMARY KEY (metric, day, place)
);
CREATE TABLE seal (
    kind text NOT NULL, day date NOT NULL, metric text NOT NULL, place text NOT NULL,
    n bigint NOT NULL, sealed_at timestamptz NOT NULL,
    PRIMARY KEY (kind, day, metric, place)
);

CREATE TABLE evidence (
    sha256 text PRIMARY KEY,
    kind text NOT NULL,
    camera text NOT NULL,
    taken_at timestamptz NOT NULL,
    bytes integer NOT NULL
);
CREATE INDEX evidence_by_time ON evidence (taken_at);

CREATE TABLE audit (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    purpose text,
    detail jsonb NOT NULL
);
CREATE INDEX audit_by_time ON audit USING brin (at);
CREATE TABLE audit_link (
    seq bigint PRIMARY KEY,
    no bigint NOT NULL UNIQUE REFERENCES audit,
    prior bytea NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL
);
-- What waits to be linked: finding it must not cost more as the audit grows.
CREATE TABLE audit_open (
    no bigint PRIMARY KEY
);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- What is past its days may be deleted; nothing younger than a year ever is.
CREATE FUNCTION refuse_early_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > clock_timestamp() - interval '360 days' THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_early_delete();
CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

VEHICLES = """
CREATE TABLE permits (
    ref text NOT NULL,
    version integer NOT NULL,
    source text NOT NULL,
    permit_id text NOT NULL,
    plate text NOT NULL,
    permit_class text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    holder text,
    destination text,
    roads text[] NOT NULL DEFAULT '{}',
    deadline timestamptz,
    revoked_at timestamptz,
    known_at timestamptz NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (ref, version)
);
CREATE INDEX permits_in_force ON permits (plate) WHERE superseded_at IS NULL;
CREATE INDEX permits_by_end ON permits (valid_until);

CREATE TABLE sightings (
    no bigint GENERATED ALWAYS AS IDENTITY,
    ref text NOT NULL,
    source text NOT NULL,
    read_id text NOT NULL,
    camera text NOT NULL,
    plate text NOT NULL,
    confidence double precision NOT NULL,
    characters jsonb NOT NULL,
    colour text NOT NULL,
    layout text,
    direction text NOT NULL,
    lane integer,
    seen_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    rule text NOT NULL,
    permit text,
    permit_class text,
    alert bigint,
    is_entry boolean NOT NULL,
    plate_picture text,
    frame_picture text,
    PRIMARY KEY (seen_at, ref)
) PARTITION BY RANGE (seen_at);
CREATE INDEX sightings_by_plate ON sightings (plate, seen_at);
CREATE INDEX sightings_by_camera ON sightings (camera, seen_at);
CREATE INDEX sightings_by_no ON sightings (no);

-- Days of facts are made and dropped by a role that does not own the tables.
CREATE FUNCTION create_sightings_day(name text, starts timestamptz, ends timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(x'10C0004'::bigint);
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF sightings FOR VALUES FROM (%L) TO (%L)',
        'sightings_' || name, starts, ends);
END $$;
CREATE FUNCTION drop_sightings_day(name text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'sightings_' || name);
END $$;
REVOKE ALL ON FUNCTION create_sightings_day, drop_sightings_day FROM PUBLIC;
"""

ALERTS = """
CREATE TABLE incident (
    key text PRIMARY KEY,
    held_at timestamptz NOT NULL
);
CREATE INDEX incident_by_time ON incident USING brin (held_at);
CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desk text NOT NULL,
    priority text NOT NULL,
    state text NOT NULL,
    plate text NOT NULL,
    reason text NOT NULL,
    rule text NOT NULL,
    camera text NOT NULL,
    sighting text NOT NULL,
    permit text,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    sightings integer NOT NULL,
    plate_picture text,
    frame_picture text,
    owner text,
    unit text,
    level smallint NOT NULL DEFAULT 0,
    shelved_from text,
    shelved_until timestamptz,
    outcome text,
    closed_at timestamptz
);
CREATE INDEX alerts_by_incident ON alerts (plate, reason, first_seen_at);
CREATE INDEX alerts_open ON alerts (desk, raised_at) WHERE state <> 'closed';
CREATE INDEX alerts_by_time ON alerts (raised_at);
CREATE INDEX alerts_by_closing ON alerts (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE alert_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert bigint NOT NULL REFERENCES alerts,
    step text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    state text NOT NULL,
    unit text,
    note text
);
CREATE INDEX alert_steps_by_alert ON alert_steps (alert, no);
CREATE TRIGGER alert_steps_append_only BEFORE UPDATE OR TRUNCATE ON alert_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alert_steps_kept BEFORE DELETE ON alert_steps
    FOR EACH ROW EXECUTE FUNCTION refuse_early_delete();
"""


def upgrade() -> None:
    op.execute(BASE)
    for part in range(INTAKE_PARTS):
        op.execute(
            f"CREATE TABLE intake_{part} PARTITION OF intake"
            f" FOR VALUES WITH (MODULUS {INTAKE_PARTS}, REMAINDER {part})"
        )
    op.execute(VEHICLES)
    op.execute(ALERTS)


def downgrade() -> None:
    for table in (
        "alert_steps", "alerts", "incident", "sightings", "permits",
        "audit_open", "audit_link", "audit", "evidence", "seal", "presence",
        "tally_total", "tally_day", "tally_quarter", "tally", "refused", "intake",
    ):
        op.execute(f"DROP TABLE {table}")
    for function in (
        "refuse_change", "refuse_early_delete", "create_sightings_day", "drop_sightings_day",
    ):
        op.execute(f"DROP FUNCTION {function}")

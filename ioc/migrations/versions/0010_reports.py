"""Reports, what was done with them, who sent them (apart), and hotline calls."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE reports (
    ref text PRIMARY KEY,
    no bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    report_id text NOT NULL,
    token text NOT NULL,
    service text NOT NULL,
    sort text NOT NULL,
    lat double precision,
    lon double precision,
    address text,
    place text,
    unit text,
    description text NOT NULL,
    attributes jsonb NOT NULL DEFAULT '{}',
    media_url text,
    picture text,
    requested_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    agency text NOT NULL,
    held_since timestamptz NOT NULL,
    waits_since timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    promised_at timestamptz NOT NULL,
    escalates_at timestamptz,
    overdue_at timestamptz,
    level smallint NOT NULL DEFAULT 0,
    closed_at timestamptz,
    duplicate_of text,
    answer text,
    answer_picture text,
    stars smallint CHECK (stars BETWEEN 1 AND 5)
);
CREATE INDEX reports_open ON reports (agency, due_at) WHERE closed_at IS NULL;
CREATE INDEX reports_escalating ON reports (escalates_at) WHERE escalates_at IS NOT NULL;
CREATE INDEX reports_by_time ON reports (requested_at, no);
CREATE INDEX reports_by_no ON reports (no);
CREATE INDEX reports_by_change ON reports (changed_at);
CREATE INDEX reports_by_receipt ON reports (received_at);
CREATE INDEX reports_near ON reports (service, lat);
CREATE INDEX reports_by_token ON reports (token);
CREATE INDEX reports_repeating ON reports (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- What was done, and what tallies count: service, unit and agency are those of that moment.
CREATE TABLE report_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    party text NOT NULL,
    agency text NOT NULL,
    service text NOT NULL,
    unit text,
    note text,
    picture text,
    is_in_time boolean
);
CREATE INDEX report_steps_by_report ON report_steps (report, no);
CREATE INDEX report_steps_by_time ON report_steps (at, no);
CREATE INDEX report_steps_closing ON report_steps (at) WHERE is_in_time IS NOT NULL;
CREATE TRIGGER report_steps_append_only BEFORE UPDATE OR TRUNCATE ON report_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who sent a report. No service may read it: only through the function, which writes down who asks.
CREATE TABLE reporters (
    report text PRIMARY KEY,
    name text,
    phone text,
    email text,
    device text,
    account text
);
CREATE FUNCTION reveal_reporter(asked text, who text, why text)
RETURNS SETOF reporters LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF coalesce(btrim(why), '') = '' OR coalesce(btrim(who), '') = '' THEN
        RAISE EXCEPTION 'who sent a report is told to nobody without a name and a purpose'
            USING ERRCODE = 'check_violation';
    END IF;
    WITH entry AS (
        INSERT INTO audit (at, actor, action, subject, purpose, detail)
        VALUES (clock_timestamp(), who, 'reporter_seen', 'report:' || asked, why, '{}')
        RETURNING no
    )
    INSERT INTO audit_open (no) SELECT no FROM entry;
    RETURN QUERY SELECT * FROM reporters WHERE report = asked;
END $$;
REVOKE ALL ON FUNCTION reveal_reporter FROM PUBLIC;

CREATE TABLE calls (
    ref text PRIMARY KEY,
    source text NOT NULL,
    call_id text NOT NULL,
    line text NOT NULL,
    branch text,
    direction text NOT NULL,
    at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    topic text NOT NULL,
    ticket text
);
CREATE INDEX calls_by_time ON calls USING brin (at) WITH (pages_per_range = 32);
CREATE INDEX calls_by_ticket ON calls (ticket) WHERE ticket IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP FUNCTION reveal_reporter")
    for table in ("calls", "reporters", "report_steps", "reports"):
        op.execute(f"DROP TABLE {table}")

"""Personal data guarded: certificates of purges, requests of subjects, erasures, breaches, samples."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = """
-- What each night's purge removed, signed; `content` holds the digest of the one before it.
CREATE TABLE purge_certificates (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    made_at timestamptz NOT NULL,
    content text NOT NULL,
    signature text NOT NULL,
    signer text NOT NULL
);
CREATE TRIGGER purge_certificates_append_only BEFORE UPDATE OR TRUNCATE ON purge_certificates
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What people ask of us; who they are is sealed under a secret that is not in the store.
CREATE TABLE subject_requests (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    about text NOT NULL,
    sealed bytea NOT NULL,
    checked text NOT NULL,
    received_at timestamptz NOT NULL,
    received_by text NOT NULL,
    acknowledge_by date NOT NULL,
    answer_by timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by text,
    outcome jsonb
);
CREATE INDEX subject_requests_open ON subject_requests (answer_by) WHERE answered_at IS NULL;
CREATE INDEX subject_requests_by_time ON subject_requests (received_at);
-- The ledger of erasures: a restore does them again.
CREATE TABLE erasures (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mark uuid NOT NULL UNIQUE,
    about text NOT NULL,
    sealed bytea NOT NULL,
    erased_at timestamptz NOT NULL,
    actor text NOT NULL
);

CREATE TABLE breaches (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what text NOT NULL,
    kinds text[] NOT NULL,
    people integer,
    discovered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    told_at timestamptz,
    closed_at timestamptz
);
CREATE INDEX breaches_open ON breaches (due_at) WHERE closed_at IS NULL;
CREATE TABLE breach_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    breach bigint NOT NULL REFERENCES breaches,
    step text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    note text NOT NULL
);
CREATE INDEX breach_steps_of ON breach_steps (breach, no);
CREATE TRIGGER breach_steps_append_only BEFORE UPDATE OR TRUNCATE ON breach_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What the auditor found of look-ups drawn for him; `entry` is the number of the audit's row.
CREATE TABLE audit_findings (
    entry bigint PRIMARY KEY,
    month date NOT NULL,
    finding text NOT NULL,
    note text,
    found_at timestamptz NOT NULL,
    found_by text NOT NULL
);
CREATE INDEX audit_findings_of ON audit_findings (month);

-- Nobody looks without saying why, by whatever way a row comes in. Rows of before stay as they are.
ALTER TABLE audit ADD CONSTRAINT audit_purpose CHECK (
    btrim(coalesce(purpose, '')) <> ''
    OR action !~ '_(seen|read|searched|traced|looked_up|opened|printed|page|shown|exported|told)$'
) NOT VALID;
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE audit DROP CONSTRAINT audit_purpose")
    op.execute(
        "DROP TABLE audit_findings, breach_steps, breaches, erasures, subject_requests,"
        " purge_certificates"
    )

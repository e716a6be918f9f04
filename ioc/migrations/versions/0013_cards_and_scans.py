"""Cards of the personal-QR format; points that open and shut, scans by day, who is inside."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CARDS = """
-- What stands on a card is rebuilt from the person: nothing personal is kept twice.
CREATE TABLE cards (
    qid text PRIMARY KEY,
    person text NOT NULL,
    medium text NOT NULL,
    state text NOT NULL,
    unit text,
    replaces text,
    source text NOT NULL,
    card_id text NOT NULL,
    issued_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    ended_at timestamptz,
    printed_at timestamptz
);
CREATE INDEX cards_by_person ON cards (person);
CREATE INDEX cards_replacing ON cards (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX cards_by_time ON cards USING brin (issued_at) WITH (pages_per_range = 32);
CREATE INDEX cards_by_knowledge ON cards USING brin (known_at) WITH (pages_per_range = 32);
CREATE INDEX cards_unprinted ON cards (issued_at, qid)
    WHERE printed_at IS NULL AND state = 'issued' AND medium <> 'phone';
-- What gates must know: cards that ended. Few, and read by those who scan a few rows at a time.
CREATE TABLE card_ends (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    qid text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE card_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    card text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    why text
);
CREATE INDEX card_steps_by_card ON card_steps (card, no);
"""

SCANS = """
CREATE TABLE point_states (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    point text NOT NULL,
    is_active boolean NOT NULL,
    since timestamptz NOT NULL,
    source text NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX point_states_by_point ON point_states (point, since);

-- One narrow row an id ever sent: scans come by the million, and each id is asked for.
CREATE TABLE scan_ids (
    key uuid PRIMARY KEY,
    digest bigint NOT NULL,
    day date NOT NULL,
    admit boolean NOT NULL,
    reason text
);
CREATE INDEX scan_ids_by_day ON scan_ids USING brin (day)
    WITH (pages_per_range = 32, autosummarize = on);
-- No index on the day that is being written but this one, a few pages large; a day that is over
-- gets those of tracing (finish_scans_day).
CREATE TABLE scans (
    key uuid NOT NULL,
    person uuid NOT NULL,
    point text NOT NULL,
    is_in boolean NOT NULL,
    scanned_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    format text NOT NULL,
    proof text NOT NULL,
    admit boolean NOT NULL,
    reason text,
    source text NOT NULL
) PARTITION BY RANGE (scanned_at);
CREATE INDEX scans_by_time ON scans USING brin (scanned_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- In and out of a site since its day began, by writer: a row for each, so that none waits.
CREATE TABLE occupancy (
    site text NOT NULL,
    day date NOT NULL,
    slot smallint NOT NULL,
    ins bigint NOT NULL,
    outs bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (site, day, slot)
) WITH (fillfactor = 50);

CREATE FUNCTION create_scans_day(name text, starts timestamptz, ends timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(x'10C0005'::bigint);
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF scans FOR VALUES FROM (%L) TO (%L)',
        'scans_' || name, starts, ends);
END $$;
CREATE FUNCTION finish_scans_day(name text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(x'10C0005'::bigint);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (person, scanned_at)',
        'scans_' || name || '_person', 'scans_' || name);
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON %I (point, scanned_at)',
        'scans_' || name || '_point', 'scans_' || name);
END $$;
CREATE FUNCTION drop_scans_day(name text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'scans_' || name);
END $$;
REVOKE ALL ON FUNCTION create_scans_day, finish_scans_day, drop_scans_day FROM PUBLIC;

-- A device belongs to points; a key without any may send for every one.
ALTER TABLE api_keys ADD COLUMN points text[] NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    op.execute(CARDS)
    op.execute(SCANS)


def downgrade() -> None:
    op.execute("ALTER TABLE api_keys DROP COLUMN points")
    op.execute("DROP FUNCTION create_scans_day, finish_scans_day, drop_scans_day")
    op.execute("DROP TABLE occupancy, scans, scan_ids, point_states")
    op.execute("DROP TABLE card_steps, card_ends, cards")

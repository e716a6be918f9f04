"""Doses, tests, cases, paper totals, what is held of a person, days that were amended."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# By person, as every question on the way in is one of a person: docs/adr/0027.
TABLES = """
CREATE TABLE health_standing (
    person text PRIMARY KEY,
    doses smallint NOT NULL DEFAULT 0,
    last_dose_at timestamptz,
    full_at timestamptz,
    positive_at timestamptz,
    recovered_at timestamptz,
    negative_until timestamptz
) WITH (fillfactor = 80);

CREATE TABLE doses (
    person text NOT NULL,
    ref text NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    dose_id text NOT NULL,
    product text NOT NULL,
    lot text NOT NULL,
    number smallint NOT NULL,
    facility text NOT NULL,
    given_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    age_group text NOT NULL,
    unit text NOT NULL,
    mark text,
    near_of text,
    why text,
    is_counted boolean NOT NULL,
    ordinal smallint,
    is_full boolean NOT NULL,
    PRIMARY KEY (person, ref)
);
CREATE INDEX doses_by_ref ON doses (ref);
CREATE INDEX doses_by_no ON doses (no);
CREATE INDEX doses_by_time ON doses USING brin (given_at) WITH (pages_per_range = 32);
CREATE INDEX doses_near ON doses (no) WHERE near_of IS NOT NULL;
CREATE TABLE dose_corrections (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    dose text NOT NULL,
    correction text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    why text NOT NULL
);
CREATE INDEX dose_corrections_by_dose ON dose_corrections (dose);

CREATE TABLE tests (
    person text NOT NULL,
    ref text NOT NULL,
    no bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    test_id text NOT NULL,
    kind text NOT NULL,
    tube text NOT NULL,
    facility text NOT NULL,
    taken_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    unit text NOT NULL,
    result text,
    resulted_at timestamptz,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (person, ref)
) WITH (fillfactor = 80);
CREATE INDEX tests_by_ref ON tests (ref);
CREATE INDEX tests_by_no ON tests (no);
CREATE INDEX tests_by_tube ON tests (tube, taken_at);
CREATE INDEX tests_by_time ON tests USING brin (taken_at) WITH (pages_per_range = 32);
CREATE TABLE test_results (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    test text NOT NULL,
    result text NOT NULL,
    resulted_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    why text
);
CREATE INDEX test_results_by_test ON test_results (test, no);

CREATE TABLE cases (
    ref text NOT NULL,
    person text NOT NULL,
    state text NOT NULL,
    test text NOT NULL,
    facility text NOT NULL,
    unit text NOT NULL,
    positive_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    state_since timestamptz NOT NULL,
    PRIMARY KEY (person, ref)
);
CREATE INDEX cases_by_ref ON cases (ref);
CREATE INDEX cases_open ON cases (state, state_since)
    WHERE state NOT IN ('recovered', 'died', 'discarded');
CREATE TABLE case_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    case_ref text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    note text
);
CREATE INDEX case_steps_by_case ON case_steps (case_ref, no);

CREATE TABLE paper_totals (
    facility text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    n integer NOT NULL,
    ref text NOT NULL,
    source text NOT NULL,
    total_id text NOT NULL,
    known_at timestamptz NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (facility, day, kind, version)
);
CREATE INDEX paper_totals_by_day ON paper_totals (day);

CREATE TABLE amendments (
    metric text NOT NULL,
    place text NOT NULL,
    day date NOT NULL,
    noted_on date NOT NULL,
    n bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (metric, day, place, noted_on)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in (
        *("amendments", "paper_totals", "case_steps", "cases", "test_results", "tests"),
        *("dose_corrections", "doses", "health_standing"),
    ):
        op.execute(f"DROP TABLE {table}")

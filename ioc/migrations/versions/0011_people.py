"""People who come: declarations, who was seen to come in, tasks of stations, waves, guests, pairs."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DECLARATIONS = """
CREATE TABLE declarations (
    ref text PRIMARY KEY,
    no bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    declaration_id text NOT NULL,
    people text[] NOT NULL,
    declared_by text,
    manner text NOT NULL,
    phone text,
    origin text,
    route text,
    unit text NOT NULL,
    cell text,
    address text,
    plate text,
    means text NOT NULL,
    wave text,
    expected_at timestamptz,
    post text,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    waits_since timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text,
    arrived_at timestamptz,
    arrived_by text
);
CREATE INDEX declarations_waiting ON declarations (waits_since, no)
    WHERE state IN ('received', 'came');
CREATE INDEX declarations_coming ON declarations (plate)
    WHERE state IN ('received', 'approved', 'refused') AND plate IS NOT NULL;
CREATE INDEX declarations_by_wave ON declarations (wave) WHERE wave IS NOT NULL;
CREATE INDEX declarations_by_time ON declarations (received_at);

CREATE TABLE declaration_people (
    person text NOT NULL,
    declaration text NOT NULL,
    PRIMARY KEY (person, declaration)
);
CREATE INDEX declaration_people_of ON declaration_people (declaration);

CREATE TABLE declaration_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration text NOT NULL,
    step text NOT NULL,
    was text,
    state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    unit text NOT NULL,
    people integer NOT NULL,
    note text,
    of_at timestamptz
);
CREATE INDEX declaration_steps_of ON declaration_steps (declaration, no);
CREATE TRIGGER declaration_steps_append_only BEFORE UPDATE OR TRUNCATE ON declaration_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

ENTRIES = """
-- Who was seen to come in; `head` is who stands for a person by the merges of today, `is_entry`
-- whether nothing was seen of him shortly before.
CREATE TABLE passages (
    person text NOT NULL,
    at timestamptz NOT NULL,
    place text NOT NULL,
    head text NOT NULL,
    is_entry boolean NOT NULL,
    PRIMARY KEY (person, at, place)
);
CREATE INDEX passages_by_head ON passages (head, at);
CREATE INDEX passages_by_time ON passages (at);
-- A row to hold for each person who ever came in: two writers never tell his entries at once.
CREATE TABLE entrants (head text PRIMARY KEY, held bigint NOT NULL DEFAULT 0)
    WITH (fillfactor = 70);
"""

TASKS = """
CREATE TABLE tasks (
    ref text PRIMARY KEY,
    declaration text NOT NULL,
    unit text NOT NULL,
    kind text NOT NULL,
    day integer NOT NULL,
    from_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL,
    level integer NOT NULL,
    tries integer NOT NULL,
    done_at timestamptz,
    done_by text,
    UNIQUE (declaration, kind, day)
);
CREATE INDEX tasks_open ON tasks (due_at, unit) WHERE state = 'open';
CREATE INDEX tasks_of_unit ON tasks (unit, due_at);

CREATE TABLE task_calls (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    note text
);
CREATE INDEX task_calls_of ON task_calls (task, no);
CREATE TRIGGER task_calls_append_only BEFORE UPDATE OR TRUNCATE ON task_calls
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

STAYS = """
CREATE TABLE waves (
    id text PRIMARY KEY,
    source text NOT NULL,
    means text NOT NULL,
    name text NOT NULL,
    expected integer NOT NULL,
    arrives_at timestamptz NOT NULL,
    origin text,
    point text,
    received_at timestamptz NOT NULL
);
CREATE INDEX waves_by_time ON waves (arrives_at);

CREATE TABLE lodgings (
    ref text PRIMARY KEY,
    source text NOT NULL,
    lodging_id text NOT NULL,
    person text NOT NULL,
    lodging text NOT NULL,
    unit text,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX lodgings_of ON lodgings (person);
CREATE INDEX lodgings_by_end ON lodgings (until_at);
"""

PAIRS = """
CREATE TABLE person_pairs (
    ref text PRIMARY KEY,
    one text NOT NULL,
    other text NOT NULL,
    why text NOT NULL,
    share real NOT NULL,
    found_at timestamptz NOT NULL,
    state text NOT NULL,
    kept text,
    decided_at timestamptz,
    decided_by text,
    note text,
    UNIQUE (one, other)
);
CREATE INDEX person_pairs_by_state ON person_pairs (state, share DESC, found_at);
CREATE INDEX person_pairs_of_other ON person_pairs (other);

CREATE TABLE person_pair_steps (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pair text NOT NULL,
    step text NOT NULL,
    state text NOT NULL,
    kept text,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    note text NOT NULL
);
CREATE INDEX person_pair_steps_of ON person_pair_steps (pair, no);
CREATE TRIGGER person_pair_steps_append_only BEFORE UPDATE OR TRUNCATE ON person_pair_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

NAMES = (
    *("person_pair_steps", "person_pairs", "lodgings", "waves", "task_calls", "tasks"),
    *("entrants", "passages", "declaration_steps", "declaration_people", "declarations"),
)


def upgrade() -> None:
    for statement in (DECLARATIONS, ENTRIES, TASKS, STAYS, PAIRS):
        op.execute(statement)


def downgrade() -> None:
    op.execute(f"DROP TABLE {', '.join(NAMES)}")

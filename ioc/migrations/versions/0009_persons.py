"""Persons by reference, their numbers sealed beside them, and what was said of them otherwise."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PERSONS = """
-- One row a document that somebody showed; `head` stands for all whom a merge made one.
CREATE TABLE persons (
    ref text PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    born_on date,
    birth_year integer,
    sex text,
    unit text,
    head text NOT NULL,
    -- Keyed digests of the parts of the number: a slip leaves one of the two alike.
    number_head bigint NOT NULL,
    number_tail bigint NOT NULL,
    also text[] NOT NULL DEFAULT '{}',
    met_at timestamptz NOT NULL,
    last_met_on date NOT NULL
);
CREATE INDEX persons_by_name ON persons (name_key, birth_year);
CREATE INDEX persons_by_birth ON persons (born_on) WHERE born_on IS NOT NULL;
CREATE INDEX persons_also ON persons USING gin (also) WHERE also <> '{}';
CREATE INDEX persons_merged ON persons (head) WHERE head <> ref;
CREATE INDEX persons_by_meeting ON persons (last_met_on);

CREATE TABLE person_numbers (
    person text PRIMARY KEY,
    sealed bytea NOT NULL
);
CREATE TABLE person_variants (
    person text NOT NULL,
    name text NOT NULL,
    name_key text NOT NULL,
    born_on date,
    birth_year integer,
    said_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (person, name_key, born_on, birth_year)
);
-- Met and not yet compared with the others.
CREATE TABLE persons_fresh (person text PRIMARY KEY);
"""


def upgrade() -> None:
    op.execute(PERSONS)


def downgrade() -> None:
    op.execute("DROP TABLE persons_fresh, person_variants, person_numbers, persons")

"""Cameras that read plates themselves: their readings, their keys, how they were measured."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# What each of two readings of one sighting said, as it came: `sighting` and `seen_at` find it.
READINGS = """
CREATE TABLE readings (
    ref text PRIMARY KEY,
    sighting text NOT NULL,
    seen_at timestamptz NOT NULL,
    camera text NOT NULL,
    source text NOT NULL,
    read_id text NOT NULL,
    plate text NOT NULL,
    not_read text,
    confidence double precision NOT NULL,
    read_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL,
    claimed_at timestamptz,
    claimed double precision,
    is_claim boolean NOT NULL,
    is_late boolean NOT NULL
);
CREATE INDEX readings_by_camera ON readings (camera, read_at);
CREATE INDEX readings_by_arrival ON readings (camera, known_at) WHERE is_claim AND NOT is_late;
CREATE INDEX readings_by_sighting ON readings (sighting);
CREATE INDEX readings_by_time ON readings USING brin (known_at)
    WITH (pages_per_range = 32, autosummarize = on);
"""
# The secret itself is in no table: it is derived from the installation's and this number.
READERS = """
CREATE TABLE self_readers (
    camera text PRIMARY KEY,
    key_version integer NOT NULL DEFAULT 0,
    key_made_at timestamptz,
    former_until timestamptz,
    slope double precision,
    shift double precision,
    unsaid double precision,
    labelled integer NOT NULL DEFAULT 0,
    right_n integer NOT NULL DEFAULT 0,
    learned_at timestamptz
);
"""


# No service may change a sighting; this does where the store holds both readings of it. When and
# where it was seen never changes.
JOIN = """
CREATE FUNCTION join_sightings(rows jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    UPDATE sightings AS s SET plate = item.plate, confidence = item.confidence,
        characters = item.characters, colour = item.colour, layout = item.layout,
        direction = item.direction, lane = item.lane, outcome = item.outcome,
        reason = item.reason, rule = item.rule, permit = item.permit,
        permit_class = item.permit_class, permit_version = item.permit_version,
        alert = item.alert, is_entry = item.is_entry, plate_picture = item.plate_picture,
        frame_picture = item.frame_picture, not_read = item.not_read,
        rule_version = item.rule_version, rests_on = item.rests_on
    FROM jsonb_populate_recordset(CAST(NULL AS sightings), rows) AS item
    WHERE s.ref = item.ref AND s.seen_at = item.seen_at
      AND EXISTS (SELECT 1 FROM readings AS r WHERE r.sighting = s.ref AND r.is_claim)
      AND EXISTS (SELECT 1 FROM readings AS r WHERE r.sighting = s.ref AND NOT r.is_claim);
END $$;
REVOKE ALL ON FUNCTION join_sightings FROM PUBLIC;
"""
# A sighting that two readings change may be asked about twice, each time with its own candidates.
DOUBTS = """
ALTER TABLE doubts DROP CONSTRAINT doubts_pkey;
ALTER TABLE doubts ADD PRIMARY KEY (sighting, alert);
"""
DOUBTS_BACK = """
DELETE FROM doubts AS d USING doubts AS e WHERE d.sighting = e.sighting AND d.alert > e.alert;
ALTER TABLE doubts DROP CONSTRAINT doubts_pkey;
ALTER TABLE doubts ADD PRIMARY KEY (sighting);
"""


def upgrade() -> None:
    op.execute(READINGS)
    op.execute(READERS)
    op.execute(JOIN)
    op.execute(DOUBTS)


def downgrade() -> None:
    op.execute(DOUBTS_BACK)
    op.execute("DROP FUNCTION join_sightings")
    op.execute("DROP TABLE self_readers")
    op.execute("DROP TABLE readings")

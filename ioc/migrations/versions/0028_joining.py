"""A sighting that two readings change is put in anew; pictures that come later are added."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Put in anew: where sightings are spread over machines, their plate says on which they lie. It has
# a new number, so that whoever follows sightings by number is told of it.
JOIN = """
CREATE OR REPLACE FUNCTION join_sightings(rows jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    item sightings%ROWTYPE;
BEGIN
    FOR item IN SELECT * FROM jsonb_populate_recordset(CAST(NULL AS sightings), rows) LOOP
        DELETE FROM sightings AS s
        WHERE s.ref = item.ref AND s.seen_at = item.seen_at AND s.camera = item.camera
          AND s.source = item.source AND s.read_id = item.read_id AND s.known_at = item.known_at
          AND EXISTS (SELECT 1 FROM readings AS r WHERE r.sighting = item.ref AND r.is_claim)
          AND EXISTS (SELECT 1 FROM readings AS r WHERE r.sighting = item.ref AND NOT r.is_claim);
        IF FOUND THEN
            INSERT INTO sightings (ref, source, read_id, camera, plate, confidence, characters, colour, layout, direction,
                lane, seen_at, known_at, outcome, reason, rule, permit, permit_class,
                permit_version, alert, is_entry, plate_picture, frame_picture, not_read,
                rule_version, rests_on)
            VALUES (item.ref, item.source, item.read_id, item.camera, item.plate, item.confidence,
                item.characters, item.colour, item.layout, item.direction, item.lane,
                item.seen_at, item.known_at, item.outcome, item.reason, item.rule,
                item.permit, item.permit_class, item.permit_version, item.alert,
                item.is_entry, item.plate_picture, item.frame_picture, item.not_read,
                item.rule_version, item.rests_on);
        END IF;
    END LOOP;
END $$;
"""
# Some cameras send the plate first and the pictures later: they fill what is empty, nothing else.
PICTURES = """
CREATE FUNCTION add_pictures(reading text, plate_name text, frame_name text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    part record;
    joined bigint;
BEGIN
    SELECT sighting, seen_at INTO part FROM readings WHERE ref = reading AND is_claim;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE sightings SET plate_picture = coalesce(plate_picture, plate_name),
        frame_picture = coalesce(frame_picture, frame_name)
    WHERE ref = part.sighting AND seen_at = part.seen_at
      AND (plate_picture IS NULL OR frame_picture IS NULL)
    RETURNING alert INTO joined;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE alerts SET plate_picture = coalesce(plate_picture, plate_name),
        frame_picture = coalesce(frame_picture, frame_name)
    WHERE id = joined AND sighting = part.sighting;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION add_pictures FROM PUBLIC;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION join_sightings(rows jsonb)
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
"""


def upgrade() -> None:
    op.execute(JOIN)
    op.execute(PICTURES)


def downgrade() -> None:
    op.execute("DROP FUNCTION add_pictures")
    op.execute(BEFORE)

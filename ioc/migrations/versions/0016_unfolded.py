"""Tallies: what is not folded is found for sure, and days are summed from their index alone."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# PostgreSQL cannot know how often two columns differ, and took every sum for one of the whole
# table: with ten million facts it read all of it. How often their difference is not 0 it counts.
UNFOLDED = """
DROP INDEX tally_unfolded;
CREATE INDEX tally_unfolded ON tally (metric, bucket) WHERE n - folded <> 0;
CREATE STATISTICS tally_open ON (n - folded) FROM tally;
ALTER TABLE tally_day DROP CONSTRAINT tally_day_pkey;
ALTER TABLE tally_day ADD PRIMARY KEY (metric, day, place) INCLUDE (n);
ANALYZE tally;
"""
BEFORE = """
DROP STATISTICS tally_open;
DROP INDEX tally_unfolded;
CREATE INDEX tally_unfolded ON tally (metric, bucket) WHERE n <> folded;
ALTER TABLE tally_day DROP CONSTRAINT tally_day_pkey;
ALTER TABLE tally_day ADD PRIMARY KEY (metric, day, place);
"""


def upgrade() -> None:
    """Make index, statistics and key anew."""
    op.execute(UNFOLDED)


def downgrade() -> None:
    """Make them as they were."""
    op.execute(BEFORE)

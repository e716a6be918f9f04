"""Lists of the desks: samples that wait, results by when they came, doses somebody decided of."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.execute("CREATE INDEX declarations_by_unit ON declarations (unit, received_at)")
    op.execute("CREATE INDEX doses_marked ON doses (no) WHERE mark IS NOT NULL")
    op.execute("CREATE INDEX tests_pending ON tests (taken_at) WHERE result IS NULL")
    op.execute(
        "CREATE INDEX test_results_by_time ON test_results USING brin (at)"
        " WITH (pages_per_range = 32)"
    )


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP INDEX declarations_by_unit, doses_marked, tests_pending, test_results_by_time")

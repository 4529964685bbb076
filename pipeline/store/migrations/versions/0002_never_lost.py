"""Deaths, claims and births; one open job for one analysis; what a report refers to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_DOUBLES = """
UPDATE jobs SET state = 'cancelled', message = 'the same analysis is under way', finished_s = created_s
WHERE state IN ('queued', 'running') AND EXISTS (
    SELECT 1 FROM jobs AS other WHERE other.digest = jobs.digest AND other.id <> jobs.id
    AND other.state IN ('queued', 'running')
    AND (other.created_s < jobs.created_s OR (other.created_s = jobs.created_s AND other.id < jobs.id)))
"""


def upgrade() -> None:
    """Add the columns; of open jobs for the same analysis only the oldest goes on."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("deaths", sa.Integer, nullable=False, server_default="0"))
        jobs.add_column(sa.Column("deaths_by_memory", sa.Integer, nullable=False, server_default="0"))
        jobs.add_column(sa.Column("claim", sa.String(32)))
    with op.batch_alter_table("workers") as workers:
        workers.add_column(sa.Column("birth", sa.String(120), nullable=False, server_default=""))
        workers.add_column(sa.Column("memory_kills", sa.Integer, nullable=False, server_default="0"))
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("needs", sa.JSON))
        reports.add_column(sa.Column("reviews_key", sa.String(64)))
    op.execute(_DOUBLES)
    still_open = sa.text("state IN ('queued', 'running')")
    op.create_index(
        "one_open_job",
        "jobs",
        ["digest"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    """Drop what was added."""
    op.drop_index("one_open_job", "jobs")
    for table, names in {
        "jobs": ("deaths", "deaths_by_memory", "claim"),
        "workers": ("birth", "memory_kills"),
        "reports": ("needs", "reviews_key"),
    }.items():
        with op.batch_alter_table(table) as altered:
            for name in names:
                altered.drop_column(name)

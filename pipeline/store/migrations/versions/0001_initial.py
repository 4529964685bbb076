"""The first tables: listings, reports, jobs, stage runs, artefacts, workers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    _listings()
    _jobs()
    _reports()
    _stage_runs()
    _artefacts_and_workers()


def _listings() -> None:
    op.create_table(
        "listings",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("photos", sa.Integer, nullable=False),
        sa.Column("reviews", sa.Integer, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("created_s", sa.Float(53), nullable=False),
        sa.Column("updated_s", sa.Float(53), nullable=False),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("queue", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("listing_id", sa.String(200)),
        sa.Column("stage", sa.String(80), nullable=False),
        sa.Column("fraction", sa.Float(53), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("advice", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(200)),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("created_s", sa.Float(53), nullable=False),
        sa.Column("started_s", sa.Float(53)),
        sa.Column("heartbeat_s", sa.Float(53)),
        sa.Column("finished_s", sa.Float(53)),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "listing_id", sa.String(200), sa.ForeignKey("listings.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("created_s", sa.Float(53), nullable=False),
    )
    op.create_index("reports_by_listing", "reports", ["listing_id", "id"])


def _stage_runs() -> None:
    op.create_table(
        "stage_runs",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("scope", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("fraction", sa.Float(53), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("key", sa.String(64)),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.Column("started_s", sa.Float(53), nullable=False),
    )
    op.create_index("stages_by_job", "stage_runs", ["job_id", "id"])


def _artefacts_and_workers() -> None:
    op.create_table(
        "artefacts",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float(53), nullable=False),
        sa.Column("created_s", sa.Float(53), nullable=False),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("queue", sa.String(8), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("started_s", sa.Float(53), nullable=False),
        sa.Column("heartbeat_s", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Drop everything."""
    for table in ("workers", "artefacts", "stage_runs", "reports", "jobs", "listings"):
        op.drop_table(table)

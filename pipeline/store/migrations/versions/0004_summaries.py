"""What lists and maps need of a result, so that they read none."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "summaries",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("about", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("summaries")

"""Lengths that people measured in rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "typed_lengths",
        sa.Column(
            "listing_id",
            sa.String(200),
            sa.ForeignKey("listings.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("room_id", sa.String(200), primary_key=True),
        sa.Column("of", sa.String(12), primary_key=True),
        sa.Column("metres", sa.Float, nullable=False),
        sa.Column("units", sa.Float),
        sa.Column("measure", sa.String(64)),
        sa.Column("created_s", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("typed_lengths")

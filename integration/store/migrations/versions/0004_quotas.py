"""Calls of the day, counted across processes; turns at searching; how far history is read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from integration.store.types import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "quotas",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.Column("of", sa.Integer(), nullable=True),
        sa.Column("ours", sa.Integer(), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("search_owner", sa.Text(), nullable=True),
        sa.Column("search_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("crm"),
    )
    op.create_table(
        "calls_made",
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("crm", "hour"),
    )
    op.add_column("cursors", sa.Column("history_read", sa.Integer(), nullable=True))
    op.add_column("cursors", sa.Column("history_total", sa.Integer(), nullable=True))
